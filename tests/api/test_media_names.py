"""The stream and the snapshot by the names that other programs ask for, contract §5. What a stream is and does is held
by test_mjpeg.py; here: that these names give the same, and which camera they mean."""

import base64
import contextlib
import io
import re
import shutil
import subprocess
import time

import pytest
import requests
from PIL import Image
from service import DEADLINE_S, jpeg, until
from test_accounts import is_problem
from test_mjpeg import Feed, Stream
from test_tickets import ticket

OPTIONAL = ["/mjpeg", "/streaming/stream"]
STREAMS = [f"{path}?device_id=" for path in OPTIONAL] + ["/api/stream.mjpeg?src="]
ALL = [*STREAMS, "/api/frame.jpeg?src="]
NOBODY = "0" * 24


@pytest.fixture(scope="module")
def user(service):
    return service.user()


@pytest.fixture
def fresh(service):
    """A user without cameras."""
    return service.user()


def member(path):
    return re.search(r"\?(\w+)=", path)[1]


def is_invalid(answer, field):
    assert [fault["field"] for fault in is_problem(answer, 422, "invalid")["errors"]] == [field]


def is_online(camera, wanted=True):
    until(lambda: camera.user.call("GET", f"/api/camera/devices/{camera.id}").json()["online"] is wanted)


@contextlib.contextmanager
def online(camera, width):
    """Its pictures tell by their width whose they are."""
    with Feed(camera, width=width, height=48) as feed:
        is_online(camera)
        yield feed
    is_online(camera, False)


def width_of(user, path, token=True, headers=None):
    """The width of the first picture of a stream."""
    with Stream(user, None, path=path, token=token, headers=headers) as stream:
        assert stream.head() == 200, stream.problem()
        return Image.open(io.BytesIO(stream.part()[1])).width


def password_of(user, camera):
    return user.call("POST", f"/api/camera/devices/{camera.id}/stream-passwords", json={"name": "tablet"}).json()


def basic_of(user, camera):
    made = password_of(user, camera)
    pair = base64.b64encode(f"{made['username']}:{made['password']}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


# ---- the same stream ----


@pytest.mark.parametrize("path", STREAMS)
def test_the_stream_of_the_device(user, path):
    camera = user.camera()
    with online(camera, 80) as feed:
        with Stream(user, None, path=path + camera.id) as stream:
            assert stream.head() == 200
            assert re.fullmatch(r"multipart/x-mixed-replace; ?boundary=frame", stream.headers["content-type"])
            assert stream.headers["cache-control"] == "no-store" and stream.headers["x-request-id"]
            last = 0.0
            for _ in range(3):
                headers, picture = stream.part()
                assert headers["content-type"] == "image/jpeg" and Image.open(io.BytesIO(picture)).width == 80
                assert re.fullmatch(r"\d+\.\d{6}", headers["x-timestamp"]) and float(headers["x-timestamp"]) > last
                last = float(headers["x-timestamp"])
        with Stream(user, None, path=f"{path}{camera.id}&fps=4") as stream:
            assert stream.head() == 200
            until(lambda: 4 in feed.starts)
        is_invalid(user.call("GET", f"{path}{camera.id}&fps=0"), "fps")
        with Stream(user, None, path=path + camera.id, method="HEAD") as stream:
            assert stream.head() == 200 and stream.headers["content-type"].startswith("multipart/x-mixed-replace")
            assert stream.file.read() == b""
    with Feed(camera), Stream(user, None, path=path + camera.id) as stream:
        assert stream.head() == 200 and stream.part()
        assert user.call("DELETE", f"/api/camera/devices/{camera.id}").status_code == 200
        stream.ends()


@pytest.mark.parametrize("path", ALL)
def test_who_may_and_what_is_said(service, user, path):
    camera = user.camera()
    is_problem(user.call("GET", path + camera.id), 409, "camera_offline")
    is_problem(service.call("GET", path + camera.id), 401, "unauthenticated")
    key = service.call("GET", path + camera.id, headers={"Authorization": f"Bearer {camera.key}"})
    assert key.status_code == 401
    mine = is_problem(user.call("GET", path + NOBODY), 404, "not_found")
    theirs = is_problem(service.user().call("GET", path + camera.id), 404, "not_found")
    assert mine == theirs
    for crooked in ("", "nonsense", camera.id[1:], camera.id + "0", "A" * 24):
        is_invalid(user.call("GET", path + crooked), member(path))
    assert user.call("HEAD", path + camera.id).status_code == 409
    refused = is_problem(user.call("POST", path + camera.id), 405, "method_not_allowed")
    assert refused["detail"]


@pytest.mark.parametrize("path", ["/api/stream.mjpeg", "/api/frame.jpeg"])
def test_src_is_wanted(user, path):
    camera = user.camera()
    purpose = "stream" if "stream" in path else "snapshot"
    with online(camera, 80):
        is_invalid(user.call("GET", path), "src")
        is_invalid(user.call("GET", f"{path}?device_id={camera.id}"), "src")
        is_invalid(user.service.call("GET", f"{path}?ticket={ticket(user, camera, purpose)['ticket']}"), "src")


def test_a_silent_camera_is_told_after_five_seconds(fresh):
    camera = fresh.camera()
    with camera.socket():
        is_online(camera)
        began = time.monotonic()
        is_problem(fresh.call("GET", "/mjpeg"), 504, "camera_timeout")
        assert time.monotonic() - began > 4.5


# ---- which camera ----


@pytest.mark.parametrize("path", OPTIONAL)
def test_left_out_it_is_the_one_that_is_online(service, fresh, path):
    is_problem(fresh.call("GET", path), 409, "camera_offline")
    left, right = fresh.camera(), fresh.camera()
    fresh.camera()
    fresh.onboard()
    foreign = service.user().camera()
    with online(foreign, 64):
        is_problem(fresh.call("GET", path), 409, "camera_offline")
        with online(right, 96):
            assert width_of(fresh, path) == 96
            assert fresh.call("HEAD", path).status_code == 200
            is_invalid(fresh.call("GET", path + "?fps=0"), "fps")
            is_problem(fresh.call("GET", f"{path}?device_id={left.id}"), 409, "camera_offline")
            with online(left, 80):
                is_invalid(fresh.call("GET", path), "device_id")
                assert width_of(fresh, f"{path}?device_id={left.id}") == 80
                assert width_of(fresh, f"{path}?device_id={right.id}") == 96
            assert width_of(fresh, path) == 96
    is_problem(fresh.call("GET", path), 409, "camera_offline")
    is_problem(service.call("GET", path), 401, "unauthenticated")


def test_cameras_that_upload_count_too(service, fresh):
    cameras = [fresh.camera(), fresh.camera()]

    def answer():
        for camera in cameras:
            headers = {"X-API-Key": camera.key, "Content-Type": "image/jpeg"}
            assert service.call("POST", "/upload", data=jpeg(1), headers=headers).status_code == 200
        return fresh.call("GET", "/mjpeg")

    until(lambda: answer().status_code == 422)  # at once, but on a machine that stands still for longer than they count


# ---- credentials ----


@pytest.mark.parametrize("path", OPTIONAL)
def test_a_narrow_credential_means_its_device(service, fresh, path):
    left, right = fresh.camera(), fresh.camera()
    made, basic = ticket(fresh, left, "stream")["ticket"], basic_of(fresh, left)
    with online(right, 96):
        is_problem(service.call("GET", f"{path}?ticket={made}"), 409, "camera_offline")
        is_problem(service.call("GET", path, headers=basic), 409, "camera_offline")
        with online(left, 80):
            for query in ("", f"device_id={left.id}"):
                assert width_of(fresh, f"{path}?ticket={made}&{query}", token=False) == 80
                assert width_of(fresh, f"{path}?{query}", token=False, headers=basic) == 80
        foreign = service.call("GET", f"{path}?ticket={made}&device_id={right.id}")
        is_problem(foreign, 401, "unauthenticated")
        asked = service.call("GET", f"{path}?device_id={right.id}", headers=basic)
        is_problem(asked, 401, "unauthenticated")
        assert asked.headers["WWW-Authenticate"].startswith("Basic")
        is_invalid(service.call("GET", f"{path}?ticket={made}&device_id=x"), "device_id")
    assert fresh.call("DELETE", f"/api/camera/devices/{left.id}").status_code == 200
    is_problem(service.call("GET", f"{path}?ticket={made}"), 401, "unauthenticated")
    is_problem(service.call("GET", path, headers=basic), 401, "unauthenticated")


@pytest.mark.parametrize("path", ALL)
def test_tickets_passwords_and_cookies_open_it(service, user, path):
    camera, other = user.camera(), user.camera()
    right, wrong = ("snapshot", "stream") if "frame" in path else ("stream", "snapshot")
    good, bad = (ticket(user, camera, purpose)["ticket"] for purpose in (right, wrong))
    ours = {"Sec-Fetch-Site": "same-origin"}
    body = {"username": user.email, "password": user.password}
    login = service.call("POST", "/api/login", json=body, headers=ours)
    cookie = {"Cookie": login.headers["Set-Cookie"].split(";")[0]}
    with online(camera, 80):
        for query, headers in ((f"&ticket={good}", {}), ("", basic_of(user, camera)), ("", cookie)):
            with requests.get(service.url + path + camera.id + query, headers=headers, stream=True,
                              timeout=DEADLINE_S) as answer:
                assert answer.status_code == 200, answer.text
                assert next(answer.iter_content(100))
        for crooked in (f"{camera.id}&ticket={bad}", f"{camera.id}&ticket={good}A", f"{other.id}&ticket={good}"):
            is_problem(service.call("GET", path + crooked), 401, "unauthenticated")


# ---- go2rtc's snapshot ----


def test_a_frame(user):
    camera = user.camera()
    path = f"/api/frame.jpeg?src={camera.id}"
    with camera.socket() as device:
        is_online(camera)
        device.send(jpeg(7))
        until(lambda: user.call("GET", f"{path}&max_age_ms=60000").content == jpeg(7))
        answer = user.call("GET", f"{path}&max_age_ms=60000")
        assert answer.status_code == 200 and answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["X-Frame-Seq"].isdigit()
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer.headers["X-Captured-At"])
        head = user.call("HEAD", f"{path}&max_age_ms=60000")
        assert head.status_code == 200 and head.headers["Content-Length"] == str(len(jpeg(7))) and not head.content
        is_invalid(user.call("GET", f"{path}&max_age_ms=60001"), "max_age_ms")
        is_problem(user.call("GET", f"{path}&max_age_ms=0"), 504, "camera_timeout")


# ---- a client that is not ours ----


@pytest.mark.skipif(not shutil.which("ffprobe"), reason="ffprobe is not installed")
@pytest.mark.parametrize("path", ["/mjpeg?", "/streaming/stream?", "/api/stream.mjpeg?src={id}&"])
def test_ffprobe_reads_it(service, fresh, path):
    camera = fresh.camera()
    url = service.url + path.format(id=camera.id)
    made = password_of(fresh, camera)
    by_name = url.replace("//", f"//{made['username']}:{made['password']}@")
    with online(camera, 320):
        for source in (f"{url}ticket={ticket(fresh, camera, 'stream')['ticket']}", by_name):
            run = subprocess.run(["ffprobe", "-v", "error", "-i", source, "-read_intervals", "%+#20", "-show_entries",
                                  "frame=width,height", "-of", "csv=p=0"], stdin=subprocess.DEVNULL,
                                 capture_output=True, text=True, timeout=5 * DEADLINE_S)
            assert run.returncode == 0, run.stderr
            frames = run.stdout.split()
            assert len(frames) >= 20 and set(frames) == {"320,48"}, frames[:5]
