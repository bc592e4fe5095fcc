"""Credentials for what cannot send a bearer: tickets in the URL, stream passwords by Basic (contract §5)."""

import threading
from datetime import datetime, timezone

import pytest
import requests

from service import DEADLINE_S, Socket, jpeg, until


@pytest.fixture(scope="module")
def user(service):
    return service.user()


@pytest.fixture(scope="module")
def camera(user):
    return user.camera()


@pytest.fixture
def live(camera):
    """The camera connected: sends pictures from `start` to `stop`."""
    socket = camera.socket()
    stop = threading.Event()

    def run():
        number = 0
        while not stop.is_set():
            try:
                message = socket.recv(0.05)
                number = 1 if message["type"] == "start" else 0 if message["type"] == "stop" else number
            except TimeoutError:
                number += 1 if number else 0
            if number:
                socket.send(jpeg(number))

    thread = threading.Thread(target=run)
    thread.start()
    yield socket
    stop.set()
    thread.join()
    socket.close()


def ticket(user, camera, purpose, **members):
    answer = user.call("POST", f"/api/camera/devices/{camera.id}/tickets", json={"purpose": purpose, **members})
    assert answer.status_code == 201, answer.text
    return answer.json()


def left_s(made):
    return (datetime.fromisoformat(made["expires_at"].replace("Z", "+00:00")) - datetime.now(timezone.utc)).total_seconds()


def test_a_ticket_opens_a_snapshot_and_nothing_else(service, user, camera, live):
    made = ticket(user, camera, "snapshot")
    assert made["url"] == f"{service.url}/api/camera/devices/{camera.id}/snapshot?ticket={made['ticket']}"
    assert 200 < left_s(made) <= 300
    for _ in range(2):
        picture = requests.get(made["url"], timeout=DEADLINE_S)
        assert picture.status_code == 200 and picture.headers["Content-Type"] == "image/jpeg"
    stream = made["url"].replace("/snapshot?", "/stream?")
    other = user.camera()
    for url in (stream, made["url"].replace(camera.id, other.id), made["url"][:-1] + "_", made["url"] + "A"):
        refused = requests.get(url, timeout=DEADLINE_S)
        assert refused.status_code == 401 and refused.headers["WWW-Authenticate"].startswith("Bearer")
        assert refused.json()["code"] == "unauthenticated"
    device = requests.get(f"{service.url}/api/camera/devices/{camera.id}?ticket={made['ticket']}", timeout=DEADLINE_S)
    assert device.status_code == 401


def test_a_ticket_opens_a_stream(user, camera, live):
    made = ticket(user, camera, "stream", ttl_s=86400)
    assert left_s(made) > 86000
    with requests.get(made["url"], stream=True, timeout=DEADLINE_S) as stream:
        assert stream.status_code == 200
        assert stream.headers["Content-Type"].startswith("multipart/x-mixed-replace")
        assert next(stream.iter_content(100))
    head = requests.head(made["url"], timeout=DEADLINE_S)
    assert head.status_code == 200


def test_a_ticket_opens_ws_once_for_its_one_device(service, user, camera):
    other = user.camera()
    made = ticket(user, camera, "ws", ttl_s=3600)
    assert left_s(made) <= 30
    assert made["url"] == f"{service.ws_url}?ticket={made['ticket']}"
    with Socket(service, path=f"?ticket={made['ticket']}") as socket:
        assert socket.registered["role"] == "user" and socket.registered["user_id"] == user.id
        socket.send({"type": "watch", "device_id": other.id, "id": 1})
        assert socket.text("error")["code"] == "not_found"
        socket.watch(camera.id)
    with pytest.raises(Exception, match="401"):
        Socket(service, path=f"?ticket={made['ticket']}")


def test_tickets_end(service, user, camera):
    gone = user.camera()
    made = ticket(user, gone, "snapshot")
    short = ticket(user, camera, "snapshot", ttl_s=1)
    assert user.call("DELETE", f"/api/camera/devices/{gone.id}").status_code == 200
    assert requests.get(made["url"], timeout=DEADLINE_S).status_code == 401
    until(lambda: requests.get(short["url"], timeout=DEADLINE_S).status_code == 401)


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "purpose"), ({"purpose": "all"}, "purpose"), ({"purpose": 1}, "purpose"),
     ({"purpose": "ws", "ttl_s": 0}, "ttl_s"), ({"purpose": "ws", "ttl_s": 86401}, "ttl_s"),
     ({"purpose": "ws", "ttl_s": "9"}, "ttl_s")],
)
def test_what_is_wrong_with_a_ticket_is_said(user, camera, body, field):
    answer = user.call("POST", f"/api/camera/devices/{camera.id}/tickets", json=body)
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == field


def test_strangers_get_no_tickets(service, camera):
    for path in ("tickets", "stream-passwords"):
        body = {"purpose": "stream", "name": "x"}
        answer = service.user().call("POST", f"/api/camera/devices/{camera.id}/{path}", json=body)
        assert answer.status_code == 404
        assert service.call("POST", f"/api/camera/devices/{camera.id}/{path}", json=body).status_code == 401


def test_stream_passwords(service, user, camera, live):
    base = f"/api/camera/devices/{camera.id}/stream-passwords"
    made = user.call("POST", base, json={"name": "Kitchen tablet"})
    assert made.status_code == 201 and set(made.json()) == {"id", "username", "password"}
    made = made.json()
    listed = user.call("GET", base).json()["stream_passwords"]
    assert [p["name"] for p in listed] == ["Kitchen tablet"]
    assert set(listed[0]) == {"id", "name", "username", "created_at"}
    good = (made["username"], made["password"])
    snapshot = f"{service.url}/api/camera/devices/{camera.id}/snapshot"
    assert requests.get(snapshot, auth=good, timeout=DEADLINE_S).status_code == 200
    with requests.get(snapshot.replace("snapshot", "stream"), auth=good, stream=True, timeout=DEADLINE_S) as stream:
        assert stream.status_code == 200
    other = user.camera()
    for url, auth in (
        (snapshot, (made["username"], "wrong")),
        (snapshot, ("nobody", "x")),
        (snapshot, ("", "")),
        (snapshot.replace(camera.id, other.id), good),
    ):
        refused = requests.get(url, auth=auth, timeout=DEADLINE_S)
        assert refused.status_code == 401 and refused.headers["WWW-Authenticate"].startswith("Basic")
    assert requests.get(f"{service.url}/api/camera/devices", auth=good, timeout=DEADLINE_S).status_code == 401
    assert service.user().call("DELETE", f"{base}/{made['id']}").status_code == 404
    assert user.call("DELETE", f"{base}/{made['id']}").status_code == 204
    assert user.call("DELETE", f"{base}/{made['id']}").status_code == 404
    assert requests.get(snapshot, auth=good, timeout=DEADLINE_S).status_code == 401
    assert user.call("GET", base).json() == {"stream_passwords": []}


def test_who_is_asked_for_a_password(service, user, camera):
    """Many players send one only then; a browser would open a window over its page."""
    snapshot = f"/api/camera/devices/{camera.id}/snapshot"

    def asked(path, query="", **headers):
        answer = service.call("GET", path + query, headers=headers)
        assert answer.status_code == 401
        return [challenge.strip().split(" ")[0] for challenge in answer.headers["WWW-Authenticate"].split(", ")]

    for path in (snapshot, snapshot.replace("snapshot", "stream"), "/mjpeg"):
        assert asked(path)[:2] == ["Bearer", "Basic"]
        for query, headers in (
            ("", {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0)"}),
            ("", {"Authorization": "Bearer nonsense"}),
            ("?ticket=nonsense", {}),
        ):
            assert asked(path, query, **headers) == ["Bearer"]
    assert asked("/api/me") == ["Bearer"]


def test_a_stream_ends_with_its_password(service, user, camera, live):
    base = f"/api/camera/devices/{camera.id}/stream-passwords"
    url = f"{service.url}/api/camera/devices/{camera.id}/stream"
    made, kept = (user.call("POST", base, json={"name": name}).json() for name in ("lost tablet", "kitchen"))

    def stream(password):
        return requests.get(url, auth=(password["username"], password["password"]), stream=True, timeout=DEADLINE_S)

    with stream(made) as ends, stream(kept) as stays:
        assert next(ends.iter_content(100)) and next(stays.iter_content(100))
        assert user.call("DELETE", f"{base}/{made['id']}").status_code == 204
        for _ in ends.iter_content(100):
            pass
        assert next(stays.iter_content(100))
    assert user.call("DELETE", f"{base}/{kept['id']}").status_code == 204


def test_so_many_stream_passwords_and_no_more(user):
    base = f"/api/camera/devices/{user.camera().id}/stream-passwords"
    for i in range(20):
        assert user.call("POST", base, json={"name": f"p{i}"}).status_code == 201
    full = user.call("POST", base, json={"name": "one more"})
    assert full.status_code == 409 and full.json()["code"] == "conflict"
    assert user.call("POST", base, json={"name": ""}).status_code == 422
