"""The WebSockets that other systems speak, contract §5: /streaming/ws-stream and go2rtc's /api/ws."""

import base64
import contextlib
import json
import threading

import pytest
import requests
from websockets.exceptions import InvalidStatus

from service import DEADLINE_S, Socket, jpeg

STREAM = "/streaming/ws-stream"
PREFIX = "data:image/jpeg;base64,"
AWAY = "Camera not connected"


@pytest.fixture(scope="module")
def user(service):
    return service.user()


@pytest.fixture
def camera(user):
    return user.camera()


class Feed:
    """A connected camera that sends picture after picture while it is told to."""

    def __init__(self, camera, filler=0):
        self.socket, self.over = camera.socket(), threading.Event()
        self.pictures = [jpeg(number, filler=filler) for number in range(8)]
        self.starts = []
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        sent, running = 0, False
        with contextlib.suppress(Exception):
            while not self.over.is_set():
                try:
                    said = self.socket.recv(0.03)
                    running = said["type"] == "start" if said["type"] in ("start", "stop") else running
                    if said["type"] == "start":
                        self.starts.append(said["fps"])
                except TimeoutError:
                    if running:
                        self.socket.send(self.pictures[sent % 8])
                        sent += 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.socket.close()


def stream(service, query="", headers=None, **options):
    return Socket(service, headers, at=STREAM, path=query, registered=False, **options)


def go2rtc(service, query, headers=None, **options):
    return Socket(service, headers, at="/api/ws", path=query, registered=False, **options)


def heard(socket):
    return socket.ws.recv(timeout=DEADLINE_S)


def picture(socket):
    """The next picture as bytes; that the camera was not there yet is passed over."""
    while (message := heard(socket)) == AWAY:
        pass
    assert message.startswith(PREFIX)
    return base64.b64decode(message[len(PREFIX) :], validate=True)


def refusal(open_it):
    with pytest.raises(InvalidStatus) as refused:
        open_it()
    return refused.value.response


def closed(socket):
    """Code and reason of the close."""
    code = socket.close_code()
    return code, socket.ws.protocol.close_rcvd.reason


def test_pictures_are_data_urls_byte_for_byte(service, user, camera):
    with Feed(camera, filler=40000) as feed, stream(service, f"?device_id={camera.id}", user.bearer) as viewer:
        for _ in range(3):
            assert picture(viewer) in feed.pictures
        assert feed.starts == [10]
        with stream(service, f"?device_id={camera.id}&fps=4.5", user.bearer) as other:
            assert picture(other) in feed.pictures
        assert user.call("GET", f"/api/camera/devices/{camera.id}").json()["viewers"] >= 1


def test_a_large_picture(service, user, camera):
    with Feed(camera, filler=4_500_000) as feed, stream(service, f"?device_id={camera.id}", user.bearer) as viewer:
        assert picture(viewer) in feed.pictures


def test_who_may(service, user, camera):
    query = f"?device_id={camera.id}"
    token = user.tokens["access_token"]
    page = {"Cookie": "session=" + cookie(service, user)}
    ticket = user.call("POST", f"/api/camera/devices/{camera.id}/tickets", json={"purpose": "ws"}).json()["ticket"]
    with Feed(camera) as feed:
        with stream(service, f"?ticket={ticket}") as viewer:  # it names its camera
            assert picture(viewer) in feed.pictures
        for origin in (None, service.url):
            with stream(service, query, page, origin=origin) as viewer:
                assert picture(viewer) in feed.pictures
        with stream(service, query) as viewer:
            viewer.send(token)
            assert picture(viewer) in feed.pictures
            viewer.send("more")
            viewer.send("{}")
            assert picture(viewer) in feed.pictures
    assert refusal(lambda: stream(service, f"?ticket={ticket}")).status_code == 401
    assert refusal(lambda: stream(service, query, user.bearer, origin="https://evil.example")).status_code == 403
    for bearer in ("nonsense", camera.key):
        bad = {"Authorization": f"Bearer {bearer}"}
        assert refusal(lambda: stream(service, query, bad)).status_code == 401
    for first in ("nonsense", camera.key, json.dumps({"type": "register", "role": "user", "token": token})):
        with stream(service, query) as viewer:
            viewer.send(first)
            assert viewer.close_code() == 4401
    with stream(service, query) as silent:
        assert silent.close_code() == 4401


def test_a_query_may_be_percent_encoded(service, user, camera):
    def encoded(text):
        return "".join(f"%{byte:02x}" for byte in text.encode())

    for at, member, first in ((STREAM, "device_id", AWAY), ("/api/ws", "src", '{"type":"mjpeg"}')):
        made = user.call("POST", f"/api/camera/devices/{camera.id}/tickets", json={"purpose": "ws"}).json()["ticket"]
        query = f"?{encoded(member)}={encoded(camera.id)}&fps={encoded('5.5')}&ticket={encoded(made)}"
        with Socket(service, at=at, path=query, registered=False) as viewer:
            if member == "src":
                viewer.send({"type": "mjpeg"})
            assert heard(viewer) == first
    for crooked, status in (("%00", 422), ("%ff", 400), ("&" * 64, 431)):
        assert refusal(lambda: stream(service, f"?device_id={crooked}", user.bearer)).status_code == status


def cookie(service, user):
    login = {"email": user.email, "password": user.password}
    answer = service.call("POST", "/api/login", json=login, headers={"Origin": service.url})
    return answer.cookies["session"]


def test_a_page_from_elsewhere_signs_in_by_message(fresh_service):
    service = fresh_service(CORS_ORIGINS="null")
    user = service.user()
    camera = user.camera()
    with Feed(camera) as feed, stream(service, f"?device_id={camera.id}", origin="null") as viewer:
        viewer.send(user.tokens["access_token"])
        assert picture(viewer) in feed.pictures


def test_a_camera_that_is_away(service, user, camera):
    with stream(service, f"?device_id={camera.id}", user.bearer) as viewer:
        assert [heard(viewer) for _ in range(2)] == [AWAY, AWAY]
        for _ in range(2):
            with Feed(camera) as feed:
                assert picture(viewer) in feed.pictures
            while heard(viewer) != AWAY:
                pass


def test_the_one_camera_that_is_online(service):
    user = service.user()
    _, second, third = user.camera(), user.camera(), user.camera()
    with stream(service, "", user.bearer) as early:
        assert heard(early) == AWAY
        with Feed(second) as feed:
            assert picture(early) in feed.pictures
    with Feed(second) as feed:
        with stream(service, "", user.bearer) as viewer:
            assert picture(viewer) in feed.pictures
        with stream(service, "", service.user().bearer) as another:
            assert heard(another) == AWAY
        with Feed(third), stream(service, "", user.bearer) as viewer:
            code, reason = closed(viewer)
            assert code == 4400 and "device_id" in reason


def test_what_is_not_his(service, user, camera):
    other = service.user()
    for device in (camera.id, "f" * 24, "nonsense"):
        with stream(service, f"?device_id={device}", other.bearer) as viewer:
            assert viewer.close_code() == 4404


def test_it_ends_with_the_right(service):
    user = service.user()
    camera, other = user.camera(), user.camera()
    with Feed(camera), stream(service, f"?device_id={camera.id}", user.bearer) as viewer:
        picture(viewer)
        assert user.call("DELETE", f"/api/camera/devices/{camera.id}").status_code == 200
        assert viewer.close_code() == 4410
    with stream(service, f"?device_id={other.id}", user.bearer) as viewer:
        assert heard(viewer) == AWAY
        assert user.call("POST", "/api/logout").status_code == 204
        assert viewer.close_code() == 4401


def test_go2rtc(service, user, camera):
    with Feed(camera) as feed, go2rtc(service, f"?src={camera.id}", user.bearer) as viewer:
        viewer.send({"type": "mse", "value": "avc1.640029"})
        assert viewer.recv() == {"type": "error", "value": "mse: unknown type"}
        for _ in range(2):
            viewer.send('{"type":"mjpeg"}')
            while isinstance(said := heard(viewer), bytes):
                assert said in feed.pictures
            assert said == '{"type":"mjpeg"}'
        for _ in range(3):
            assert heard(viewer) in feed.pictures
    for device in (camera.id, "nonsense"):
        with go2rtc(service, f"?src={device}", service.user().bearer) as viewer:
            viewer.send({"type": "mjpeg"})
            assert viewer.recv() == {"type": "error", "value": "mjpeg: stream not found"}
    for wrong in ("nonsense", "[]", "{}", b"\xff\xd8"):
        with go2rtc(service, f"?src={camera.id}", user.bearer) as viewer:
            viewer.send(wrong)
            assert viewer.close_code() == 4400
    assert refusal(lambda: go2rtc(service, f"?src={camera.id}")).status_code == 401
    page = {"Cookie": "session=" + cookie(service, user)}
    go2rtc(service, f"?src={camera.id}", page, origin=service.url).close()
    assert refusal(lambda: go2rtc(service, f"?src={camera.id}", page, origin="https://evil.example")).status_code == 403


def test_go2rtc_ends_with_the_right(service, user, camera):
    with go2rtc(service, f"?src={camera.id}", user.bearer) as viewer:
        viewer.send({"type": "mjpeg"})
        assert viewer.recv() == {"type": "mjpeg"}
        assert user.call("DELETE", f"/api/camera/devices/{camera.id}").status_code == 200
        assert viewer.close_code() == 4410


def test_refused_before_the_handshake(service, user, camera):
    for at, query in ((STREAM, f"?device_id={camera.id}"), ("/api/ws", f"?src={camera.id}")):
        for fps in ("", "0", "x", "1.", "241", "1e1"):
            answer = refusal(lambda: Socket(service, user.bearer, at=at, path=f"{query}&fps={fps}", registered=False))
            assert answer.status_code == 422 and json.loads(answer.body)["code"] == "invalid"
            assert [fault["field"] for fault in json.loads(answer.body)["errors"]] == ["fps"]
        assert service.call("GET", at + query).status_code == 426
        assert service.call("HEAD", at + query).status_code == 426
        posted = requests.post(service.url + at, timeout=DEADLINE_S)
        assert posted.status_code == 405 and posted.headers["Allow"]
    answer = refusal(lambda: go2rtc(service, "", user.bearer))
    assert answer.status_code == 422 and json.loads(answer.body)["errors"][0]["field"] == "src"


def test_they_count_for_the_account(fresh_service):
    service = fresh_service(MAX_CONNECTIONS_PER_ACCOUNT="2")
    user = service.user()
    camera = user.camera()
    with stream(service, f"?device_id={camera.id}", user.bearer) as a, stream(service, "", user.bearer) as b:
        assert heard(a) == heard(b) == AWAY
        with stream(service) as third:
            third.send(user.tokens["access_token"])
            assert third.close_code() == 4429
        assert refusal(lambda: go2rtc(service, f"?src={camera.id}", user.bearer)).status_code == 429
