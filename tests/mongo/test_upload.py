"""Frames by HTTP while the database is away or says nothing: a camera it knows is answered all the same."""

import requests
from service import DEADLINE_S, jpeg, split_header, until


def upload(service, key, picture):
    """The status; on a connection of its own."""
    headers = {"X-API-Key": key, "Content-Type": "image/jpeg"}
    return requests.post(service.url + "/upload", picture, headers=headers, timeout=DEADLINE_S).status_code


def test_a_known_camera_needs_no_database(proxy, behind):
    service = behind()
    user = service.user()
    known, stranger = user.camera(), user.camera()
    wrong = known.key[:40] + ("A" if known.key[40] != "A" else "B") + known.key[41:]
    with user.socket() as viewer:
        viewer.watch(known.id, max_age_ms=60000)
        assert upload(service, known.key, jpeg(1)) == 200
        assert split_header(viewer.frame())[1] == jpeg(1)
        number = 1
        for fault, end in ((proxy.away, proxy.back), (proxy.hush, proxy.speak)):
            fault()
            for _ in range(5):
                number += 1
                assert upload(service, known.key, jpeg(number)) == 200
                assert split_header(viewer.frame())[1] == jpeg(number)
            assert upload(service, stranger.key, jpeg(1)) == 503
            assert upload(service, wrong, jpeg(1)) == 503  # nobody can tell
            end()
            until(lambda: upload(service, wrong, jpeg(1)) == 401)
    until(lambda: upload(service, stranger.key, jpeg(1)) == 200)
