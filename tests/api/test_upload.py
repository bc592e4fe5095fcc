"""Frames by HTTP, contract §6: by raw sockets, in the words of the cameras that do so."""

import json
import os
import re
import socket
import sqlite3
import threading

import pytest

from service import DEADLINE_S, Socket, jpeg, split_header, until

UPLOADS = ("/upload", "/api/v1/stream/stream", "/api/v1/stream/fast")
BOUNDARY = "----ESP32CAMBoundary"
RAW_BYTES = 614400  # RGB565, 640x480


@pytest.fixture(scope="module")
def user(service):
    return service.user()


def device(user):
    """A camera with a key typed in."""
    made = user.call("POST", "/api/camera/devices", json={"device_name": "Pusher", "camera_model": "GENERIC_ONVIF"})
    assert made.status_code == 201, made.text
    return made.json()


def connect(service):
    return socket.create_connection(("127.0.0.1", service.port), DEADLINE_S)


def form(picture):
    head = 'Content-Disposition: form-data; name="image"; filename="frame.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    return f"--{BOUNDARY}\r\n{head}".encode() + picture + f"\r\n--{BOUNDARY}--\r\n".encode()


def post(path, body, content_type, key=None, more=""):
    """A request as bytes, (head, body)."""
    secret = f"X-API-Key: {key}\r\n" if key else ""
    head = (f"POST {path} HTTP/1.1\r\nHost: cam.local\r\n{more}{secret}"
            f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n")
    return head.encode(), body


def generation_a(path, picture, key):
    """Arduino's HTTPClient: one socket for all frames."""
    more = "User-Agent: ESP32HTTPClient\r\nConnection: keep-alive\r\nAccept-Encoding: identity;q=1,chunked;q=0.1,*;q=0\r\n"
    return post(path, form(picture), f"multipart/form-data; boundary={BOUNDARY}", key, more)


def generation_b(path, body, key, kind=f"multipart/form-data; boundary={BOUNDARY}", more=""):
    """A raw socket for each frame, the head in small pieces."""
    fields = (f"POST {path} HTTP/1.1", "Host: cam.local", f"X-API-Key: {key}", "X-Device-Id: ESP32-CAM-001",
              f"Content-Length: {len(body)}", f"Content-Type: {kind}", f"{more}Connection: close", "")
    return [f"{field}\r\n".encode() for field in fields] + [body]


def generation_c(picture, key):
    """A bare JPEG."""
    more = ("Connection: keep-alive\r\nDevice-ID: ESP32-CAM-001\r\nDevice-Uptime: 12000\r\nDevice-FreeHeap: 150000\r\n"
            "Device-WifiRssi: -61\r\n")
    return post("/api/v1/stream/fast", picture, "image/jpeg", key, more)


class Answer:
    """One answer, read from a file to the end of its body."""

    def __init__(self, file):
        self.line = file.readline().decode()
        assert self.line.endswith("\r\n"), f"no answer: {self.line!r}"
        self.status = int(self.line.split()[1])
        self.headers = {}
        while (line := file.readline()) != b"\r\n":
            name, _, value = line.decode().partition(":")
            self.headers[name.lower()] = value.strip()
        self.body = file.read(int(self.headers["content-length"]))
        self.json = json.loads(self.body)

    @property
    def says_keep_alive(self):
        return "keep-alive" in self.headers.get("connection", "").lower()


def ask(service, *pieces):
    """One request on a connection of its own; the answer and whether the server closed behind it."""
    with connect(service) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in pieces:
            s.sendall(piece)
        return Answer(s.makefile("rb"))


def call(service, method, path, key=None, **kwargs):
    return service.call(method, path, headers={"X-API-Key": key} if key else {}, **kwargs)


def bad(answer, status, error=None):
    """An error as such cameras want it: told in the body's first bytes, no word of staying."""
    assert answer.status == status, (answer.line, answer.body)
    assert answer.body.startswith(b'{"error":"')
    assert not answer.says_keep_alive and "content-encoding" not in answer.headers
    assert answer.headers["content-type"] == "application/problem+json" and answer.json["status"] == status
    assert answer.headers["x-request-id"]
    if error:
        assert answer.json["error"] == error
    return answer.json


def good(answer, picture):
    assert answer.line == "HTTP/1.1 200 OK\r\n", (answer.line, answer.body)
    assert answer.json["status"] == "success" and answer.json["size"] == len(picture)
    assert isinstance(answer.json["timestamp"], int)
    assert "content-encoding" not in answer.headers
    return answer


def test_probe_trial_and_registration(service, user):
    key = device(user)["device_key"]
    for path in UPLOADS:
        for who in (key, "nonsense", None):
            probe = call(service, "GET", path, who)
            assert probe.status_code == 405 and "POST" in probe.headers["Allow"]
            assert probe.text.startswith('{"error":"') and "keep-alive" not in probe.headers.get("Connection", "").lower()
        trial = json.dumps({"test": "ESP32-camera-connectivity", "timestamp": 1}).encode()
        bad(ask(service, *post(path, trial, "application/json", key)), 400, "No image uploaded")
    said = {"deviceId": "ESP32-CAM-001", "deviceName": "Camera #1", "deviceType": "camera", "ipAddress": "192.168.4.17",
            "capabilities": ["streaming", "recording", "capture"]}
    registered = call(service, "POST", "/api/v1/devices/register", key, json=said)
    assert registered.status_code == 200
    assert registered.json() == {"success": True, "deviceId": "ESP32-CAM-001", "status": "online"}


def test_a_connection_for_each_frame(service, user):
    camera = device(user)
    with user.socket() as viewer:
        viewer.watch(camera["device_id"], max_fps=60, max_age_ms=60000)
        for number in range(20):
            picture = jpeg(number, filler=8000)
            path = UPLOADS[number % 3]
            with connect(service) as s:
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for piece in generation_b(path, form(picture), camera["device_key"]):
                    s.sendall(piece)
                assert s.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"
            head, body = split_header(viewer.frame())
            assert body == picture and head["seq"] == number + 1
            assert head["captured_us"] == head["received_us"]


def test_one_connection_for_all_frames(service, user):
    camera = device(user)
    with user.socket() as viewer, connect(service) as s:
        viewer.watch(camera["device_id"], max_fps=60, max_age_ms=60000)
        answers = s.makefile("rb")
        for number in range(25):
            picture = jpeg(number, filler=20000)
            as_a = generation_a("/api/v1/stream/stream", picture, camera["device_key"])
            for piece in generation_c(picture, camera["device_key"]) if number % 5 == 4 else as_a:
                s.sendall(piece)
            assert good(Answer(answers), picture).says_keep_alive
            assert split_header(viewer.frame())[1] == picture


def test_what_is_no_picture(service, user):
    key = device(user)["device_key"]
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    other = form(jpeg(1)).replace(b'name="image"', b'name="other"')
    for body, content_type in (
        (other, kind), (form(b""), kind), (form(jpeg(1))[:-30], kind), (form(jpeg(1)), "multipart/form-data"),
        (b"", "image/jpeg"), (b"", kind), (jpeg(1), "image/png"), (b"image=1", "application/x-www-form-urlencoded"),
        (b"x" * 70000, "application/x-www-form-urlencoded"),
    ):
        bad(ask(service, *post("/upload", body, content_type, key)), 400, "No image uploaded")
    raw = generation_b("/upload", os.urandom(RAW_BYTES), key, "application/octet-stream",
                       "X-Frame-Format: RGB565\r\nX-Frame-Width: 640\r\nX-Frame-Height: 480\r\n")
    assert "RGB565" in bad(ask(service, *raw), 400, "No image uploaded")["detail"]
    assert bad(ask(service, *post("/upload", b"no jpeg", "image/jpeg", key)), 422)["code"] == "bad_frame"
    cut = jpeg(1, filler=3000)[:-200]
    assert bad(ask(service, *post("/upload", form(cut), kind, key)), 422)["code"] == "bad_frame"
    extra = b'--edge\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--edge\r\n'
    picture = jpeg(2)
    body = extra + form(picture).split(b"\r\n", 1)[1].rsplit(f"--{BOUNDARY}".encode(), 1)[0] + b"--edge--"
    good(ask(service, *post("/upload", body, 'multipart/form-data; boundary="edge"', key)), picture)
    good(ask(service, *post("/upload", picture, "image/jpeg\t", f"{key} ")), picture)  # blanks behind a value


def test_a_bad_key_is_refused_before_the_body(service, user):
    key = device(user)["device_key"]
    wrong = key[:-1] + ("A" if key[-1] != "A" else "B")
    for secret in (None, wrong, "dev-api-key-change-in-production", "", "vcd_" + "0" * 24 + "_" + "a" * 43):
        for path in (*UPLOADS, "/api/v1/devices/register", "/api/v1/devices/heartbeat"):
            head, _ = post(path, b" " * RAW_BYTES, "image/jpeg", secret, "Connection: keep-alive\r\n")
            with connect(service) as s:
                s.sendall(head)  # not a byte of the body
                file = s.makefile("rb")
                answer = Answer(file)
                told = bad(answer, 401, "Invalid API key")
                assert told["code"] == "unauthenticated" and answer.headers["www-authenticate"]
                assert file.read() == b""  # it closes
    assert call(service, "POST", "/upload", wrong, data=b"").status_code == 401
    assert call(service, "POST", "/upload", data=b"").status_code == 401
    # Whatever else may be said against it, the key comes first.
    head, _ = post("/upload", b" " * 10_000_000, "image/jpeg", wrong)
    bad(ask(service, head), 401)


def test_too_large(fresh_service):
    service = fresh_service(MAX_FRAME_BYTES="100000")
    key = device(service.user())["device_key"]
    limit = 100000
    inside = jpeg(1, filler=limit - 2000)
    inside = inside[:2] + b"\xff\xfe" + (limit - len(inside) - 2).to_bytes(2, "big") + bytes(limit - len(inside) - 4) + inside[2:]
    assert len(inside) == limit
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    good(ask(service, *post("/upload", inside, "image/jpeg", key)), inside)
    good(ask(service, *post("/upload", form(inside), kind, key)), inside)
    above = inside[:2] + b"\xff\xfe\x00\x02" + inside[2:]
    assert bad(ask(service, *post("/upload", form(above), kind, key)), 413)["code"] == "too_large"
    bad(ask(service, *post("/upload", bytes(limit + 1), "application/octet-stream", key)), 413)  # before it is no picture
    head, _ = post("/upload", bytes(500000), "image/jpeg", key)
    bad(ask(service, head), 413)  # by what it says, before it comes
    chunk = b"%x\r\n" % 60000 + bytes(60000) + b"\r\n"
    chunked = f"POST /upload HTTP/1.1\r\nHost: cam.local\r\nX-API-Key: {key}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    bad(ask(service, chunked, chunk, chunk, chunk), 413)
    # Other routes keep their limit.
    head, body = post("/api/v1/devices/heartbeat", b" " * 70000, "application/json", key)
    bad(ask(service, head, body), 413)


def test_chunked_and_expecting(service, user):
    key = device(user)["device_key"]
    picture = jpeg(3, filler=50000)
    head = f"POST /upload HTTP/1.1\r\nHost: cam.local\r\nX-API-Key: {key}\r\nContent-Type: image/jpeg\r\n"
    chunks = b"".join(b"%x\r\n" % len(part) + part + b"\r\n" for part in (picture[:7], picture[7:30000], picture[30000:]))
    good(ask(service, f"{head}Transfer-Encoding: chunked\r\n\r\n".encode(), chunks, b"0\r\n\r\n"), picture)
    # Only who asks for it is told to go on; who has a bad key is not.
    with connect(service) as s:
        file = s.makefile("rb")
        s.sendall(f"{head}Content-Length: {len(picture)}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert file.readline() == b"HTTP/1.1 100 Continue\r\n" and file.readline() == b"\r\n"
        s.sendall(picture)
        good(Answer(file), picture)
    wrong = head.replace(key, key[:-3] + "abc")
    bad(ask(service, f"{wrong}Content-Length: {len(picture)}\r\nExpect: 100-continue\r\n\r\n".encode()), 401)


def test_an_old_client_is_told_to_stay_by_a_200_only(service, user):
    key = device(user)["device_key"]
    with connect(service) as s:
        file = s.makefile("rb")
        for number in range(3):
            head, body = generation_a("/upload", jpeg(number), key)
            s.sendall(head.replace(b"HTTP/1.1", b"HTTP/1.0") + body)
            assert good(Answer(file), jpeg(number)).says_keep_alive
        head, body = post("/upload", b"{}", "application/json", key, "Connection: keep-alive\r\n")
        s.sendall(head.replace(b"HTTP/1.1", b"HTTP/1.0") + body)
        bad(Answer(file), 400)
        assert file.read() == b""


def test_rate(fresh_service):
    service = fresh_service(RATE_UPLOAD="3/h", RATE_DEFAULT="40/h")
    user = service.user()
    one, two = device(user)["device_key"], device(user)["device_key"]
    for _ in range(3):
        good(ask(service, *post("/upload", jpeg(1), "image/jpeg", one)), jpeg(1))
    answer = ask(service, *post("/upload", jpeg(1), "image/jpeg", one))
    assert bad(answer, 429)["code"] == "rate_limited" and int(answer.headers["retry-after"]) > 0
    assert bad(ask(service, *post("/upload", b"x", "image/jpeg", one)), 422)  # that comes first
    good(ask(service, *post("/upload", jpeg(1), "image/jpeg", two)), jpeg(1))
    # Good keys never count against their address; bad ones do, and do the good ones no harm.
    seen = [call(service, "POST", "/upload", "nonsense").status_code for _ in range(50)]
    assert seen[0] == 401 and seen[-1] == 429
    good(ask(service, *post("/upload", jpeg(1), "image/jpeg", two)), jpeg(1))


def test_parallel_uploads(service, user):
    cameras = [device(user) for _ in range(8)]
    pictures = {camera["device_id"]: jpeg(n, filler=30000) for n, camera in enumerate(cameras)}
    faults = []

    def send(camera):
        try:
            for _ in range(10):
                picture = pictures[camera["device_id"]]
                good(ask(service, *generation_b("/upload", form(picture), camera["device_key"])), picture)
        except Exception as fault:  # noqa: BLE001  (told by the main thread)
            faults.append(fault)

    threads = [threading.Thread(target=send, args=(camera,)) for camera in cameras for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    for camera in cameras:
        shot = user.call("GET", f"/api/camera/devices/{camera['device_id']}/snapshot?max_age_ms=60000")
        assert shot.content == pictures[camera["device_id"]] and shot.headers["X-Frame-Seq"] == "20"


def test_onboarding_ends_with_the_first_upload(service, user):
    camera = user.camera()
    token = camera.pending["device_token"]
    said = {"device_token": token, "device_uid": camera.uid}
    again = service.call("POST", "/api/camera/activate", json=said)  # a lost answer: another key
    assert again.status_code == 200
    stage = lambda: service.call("GET", f"/api/camera/check-status/{token}").json()["stage"]  # noqa: E731
    bad(ask(service, *post("/upload", jpeg(1), "image/jpeg", camera.key)), 401)
    key = again.json()["device_key"]
    assert call(service, "POST", "/api/v1/devices/heartbeat", key, json={}).status_code == 200
    assert stage() == "activated"  # a report is no connect
    good(ask(service, *post("/upload", jpeg(1), "image/jpeg", key)), jpeg(1))
    assert service.call("POST", "/api/camera/activate", json=said).status_code == 409
    until(lambda: stage() == "first_frame")


def test_online_viewers_commands_snapshot(service, user):
    camera = device(user)
    id, key = camera["device_id"], camera["device_key"]
    get = lambda: user.call("GET", f"/api/camera/devices/{id}").json()  # noqa: E731
    with user.socket() as viewer:
        assert viewer.watch(id)["online"] is False
        good(ask(service, *post("/upload", jpeg(1), "image/jpeg", key)), jpeg(1))
        assert viewer.text("camera")["online"] is True
        assert split_header(viewer.frame())[1] == jpeg(1)
        assert get()["online"] is True and get()["status"] == "active"
        assert user.call("GET", f"/api/camera/devices/{id}/snapshot?max_age_ms=60000").content == jpeg(1)
        viewer.send({"type": "command", "id": 7, "device_id": id, "name": "light", "args": {"on": True}})
        ack = viewer.text("ack")
        assert ack["ok"] is False and ack["error"] == "camera_offline"
        # A connection of the same device wins, and its end shows.
        with Socket(service, headers={"Authorization": f"Bearer {key}"}) as device_socket:
            good(ask(service, *post("/upload", jpeg(2), "image/jpeg", key)), jpeg(2))
            assert split_header(viewer.frame())[1] == jpeg(2)
            device_socket.send({"type": "goodbye"})
            assert viewer.text("camera")["online"] is False
        assert get()["online"] is False and get()["offline_reason"] == "goodbye"
        good(ask(service, *post("/upload", jpeg(3), "image/jpeg", key)), jpeg(3))
        assert viewer.text("camera")["online"] is True


def test_an_mjpeg_stream_of_uploads(service, user):
    camera = device(user)
    id, key = camera["device_id"], camera["device_key"]
    good(ask(service, *post("/upload", jpeg(0), "image/jpeg", key)), jpeg(0))
    done = threading.Event()

    def send():
        number = 1
        while not done.is_set():
            ask(service, *post("/upload", jpeg(number), "image/jpeg", key))
            number += 1

    sender = threading.Thread(target=send)
    sender.start()
    try:
        with user.call("GET", f"/api/camera/devices/{id}/stream", stream=True) as stream:
            assert stream.status_code == 200
            text = b""
            while len(re.findall(rb"\xff\xd8\xff.*?\xff\xd9", text, re.S)) < 5:
                text += stream.raw.read1(65536) or pytest.fail("the stream ended")
    finally:
        done.set()
        sender.join()


def test_silence_and_reports(service, user):
    camera = device(user)
    id, key = camera["device_id"], camera["device_key"]
    get = lambda: user.call("GET", f"/api/camera/devices/{id}").json()  # noqa: E731
    beat = {"deviceId": "whatever", "uptime": 61500, "freeHeap": 143000, "wifiRssi": -58, "status": "online"}
    said = {"deviceId": "ESP32-CAM-001", "deviceName": "Renamed", "ipAddress": "192.168.4.18"}
    with user.socket() as viewer:
        viewer.watch(id)
        answer = call(service, "POST", "/api/v1/devices/heartbeat", key, json=beat)
        assert answer.status_code == 200 and answer.json() == {"message": "Heartbeat received", "status": "success"}
        told = viewer.text("telemetry")
        assert told == {"type": "telemetry", "device_id": id, "rssi": -58, "heap": 143000, "uptime_s": 61}
        before = get()
        assert before["online"] is False and before["telemetry"] == {"rssi": -58, "heap": 143000, "uptime_s": 61}
        good(ask(service, *post("/upload", jpeg(1), "image/jpeg", key)), jpeg(1))
        assert call(service, "POST", "/api/v1/devices/register", key, json=said).status_code == 200
        assert viewer.text("camera")["online"] is True
        assert viewer.text("camera")["online"] is False  # 15 s later
        gone = get()
        assert gone["online"] is False and gone["offline_reason"] == "silent"
        assert gone["device_name"] == "Pusher" and gone["local_ip"] == "192.168.4.18"
        beat["uptime"] += 30000

        def later():
            assert call(service, "POST", "/api/v1/devices/heartbeat", key, json=beat).status_code == 200
            now = get()
            return now["last_seen"] > gone["last_seen"] and now

        after = until(later)
        assert after["online"] is False and after["telemetry"]["uptime_s"] == 91
    for crooked in (b"", b"[]", b"{", b'{"uptime":"x","wifiRssi":{},"freeHeap":1.5}'):
        answer = ask(service, *post("/api/v1/devices/heartbeat", crooked, "application/json", key))
        if crooked.startswith(b'{"'):
            assert answer.status == 200  # what makes no sense is passed over
        else:
            bad(answer, 400)


def test_online_as_soon_as_it_is_told(service, user):
    for number in range(10):
        camera = device(user)
        good(ask(service, *post("/upload", jpeg(number), "image/jpeg", camera["device_key"])), jpeg(number))
        told = user.call("GET", f"/api/camera/devices/{camera['device_id']}").json()
        assert told["online"] is True and told["status"] == "active"


def test_a_report_after_activation(service, user):
    """The minute in which a camera's first frame is waited for is not over because the camera reports."""
    camera = user.camera()
    for what in ("register", "heartbeat"):
        assert call(service, "POST", f"/api/v1/devices/{what}", camera.key, json={"uptime": 1000}).status_code == 200
        told = user.call("GET", f"/api/camera/devices/{camera.id}").json()
        assert told["status"] == "active" and told["online"] is False


def test_rotation_ends_the_old_key(service, user):
    camera = device(user)
    id, key = camera["device_id"], camera["device_key"]
    with user.socket() as viewer:
        viewer.watch(id)
        good(ask(service, *post("/upload", jpeg(1), "image/jpeg", key)), jpeg(1))
        good(ask(service, *post("/upload", jpeg(2), "image/jpeg", key)), jpeg(2))
        assert viewer.text("camera")["online"] is True
        new = user.call("POST", f"/api/camera/devices/{id}/rotate-key").json()["device_key"]
        assert viewer.text("camera")["online"] is False
        bad(ask(service, *post("/upload", jpeg(3), "image/jpeg", key)), 401)
        good(ask(service, *post("/upload", jpeg(4), "image/jpeg", new)), jpeg(4))
        assert viewer.text("camera")["online"] is True
        user.call("DELETE", f"/api/camera/devices/{id}")
        assert viewer.text("error")["code"] == "removed"
        bad(ask(service, *post("/upload", jpeg(5), "image/jpeg", new)), 401)


def test_a_camera_that_was_reset(service, user):
    """The old key dies when the camera first uploads with the new one."""
    first = user.camera(uid="reset-upload")
    good(ask(service, *post("/upload", jpeg(1), "image/jpeg", first.key)), jpeg(1))
    second = user.camera(uid="reset-upload")
    assert second.id == first.id
    good(ask(service, *post("/upload", jpeg(2), "image/jpeg", first.key)), jpeg(2))
    good(ask(service, *post("/upload", jpeg(3), "image/jpeg", second.key)), jpeg(3))
    bad(ask(service, *post("/upload", jpeg(4), "image/jpeg", first.key)), 401)
    good(ask(service, *post("/upload", jpeg(5), "image/jpeg", second.key)), jpeg(5))


@pytest.mark.skipif("TEST_MONGO_URI" in os.environ, reason="locks a file of SQLite")
def test_a_known_key_needs_no_store(fresh_service):
    service = fresh_service()
    user = service.user()
    known, stranger = device(user), device(user)
    good(ask(service, *post("/upload", jpeg(1), "image/jpeg", known["device_key"])), jpeg(1))
    lock = sqlite3.connect(os.path.join(service.folder, "data", "visionconnect.db"), isolation_level=None)
    with connect(service) as waiting:
        lock.execute("BEGIN IMMEDIATE")  # nobody else may write
        for piece in post("/upload", jpeg(2), "image/jpeg", stranger["device_key"]):
            waiting.sendall(piece)  # its first connect has to be kept
        for number in range(10):
            good(ask(service, *generation_b("/upload", form(jpeg(number)), known["device_key"])), jpeg(number))
            said = {"deviceId": "x", "ipAddress": "10.0.0.7"}
            assert call(service, "POST", "/api/v1/devices/register", known["device_key"], json=said).status_code == 200
        lock.execute("ROLLBACK")
        answer = Answer(waiting.makefile("rb"))
        assert answer.status in (200, 503)  # it may have waited too long
    lock.close()
    good(ask(service, *post("/upload", jpeg(2), "image/jpeg", stranger["device_key"])), jpeg(2))


@pytest.mark.skipif("TEST_MONGO_URI" in os.environ, reason="locks a file of SQLite")
def test_reports_do_not_hold_up_users(fresh_service):
    """What is kept of them later would wait for the store one by one, with everybody else behind it."""
    service = fresh_service()
    user = service.user()
    key = device(user)["device_key"]
    good(ask(service, *post("/upload", jpeg(1), "image/jpeg", key)), jpeg(1))
    lock = sqlite3.connect(os.path.join(service.folder, "data", "visionconnect.db"), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    for _ in range(400):
        assert call(service, "POST", "/api/v1/devices/register", key, json={"ipAddress": "10.0.0.7"}).status_code == 200
    asked = {"camera_model": "VIRTUAL_CAMERA", "device_name": "Late"}
    answer = user.call("POST", "/api/camera/devices", json=asked)
    assert answer.status_code == 503
    lock.execute("ROLLBACK")
    lock.close()


def test_after_a_restart_the_next_frame_passes(fresh_service):
    service = fresh_service()
    key = device(service.user())["device_key"]
    good(ask(service, *post("/upload", jpeg(1), "image/jpeg", key)), jpeg(1))
    assert service.stop() == 0
    with pytest.raises(ConnectionRefusedError):
        connect(service)
    service.start()
    good(ask(service, *post("/upload", jpeg(2), "image/jpeg", key)), jpeg(2))


def test_metrics(fresh_service):
    service = fresh_service(METRICS_TOKEN="m" * 32)
    key = device(service.user())["device_key"]
    for _ in range(3):
        good(ask(service, *post("/upload", jpeg(1), "image/jpeg", key)), jpeg(1))
    bearer = {"Authorization": "Bearer " + "m" * 32}
    lines = ("frames_in_total 3", "cameras_pushing 1", 'http_requests_total{method="POST",route="/upload",status="200"} 3')
    wanted = {f"visionconnect_{line}" for line in lines}
    until(lambda: wanted <= set(service.call("GET", "/metrics", headers=bearer).text.splitlines()))
    assert key not in service.output()
