"""MJPEG over HTTP, contract §5, with clients that are not ours: sockets, curl, ffprobe, ffmpeg. How long a stream
outlives its camera and its pace are held by tests/unit/relay/test_stream.c, under a clock that waits for nobody."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time

import pytest

from service import DEADLINE_S, jpeg, split_header, until


@pytest.fixture(scope="module")
def user(service):
    return service.user()


class Feed:
    """A camera that sends picture after picture while it is told to; every picture tells its number."""

    def __init__(self, camera, fps=30, **picture):
        self.socket, self.fps, self.picture = camera.socket(), fps, picture
        self.sent = 0
        self.starts = []
        self.running = threading.Event()
        self.over = threading.Event()
        self.threads = [threading.Thread(target=run) for run in (self.listen, self.send)]

    def listen(self):
        with contextlib.suppress(Exception):
            while True:
                said = self.socket.recv(60)
                if said["type"] == "start":
                    self.starts.append(said["fps"])
                    self.running.set()
                elif said["type"] == "stop":
                    self.running.clear()

    def send(self):
        pictures = [jpeg(n, **self.picture) for n in range(8)]
        with contextlib.suppress(Exception):
            while not self.over.wait(1 / self.fps):
                if self.running.is_set():
                    self.socket.send(pictures[self.sent % 8])
                    self.sent += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.socket.close()
        for thread in self.threads:
            thread.join()


class Stream:
    """One request for a stream on a socket of its own; reads part after part."""

    def __init__(self, user, camera_id, query="", method="GET", headers=None, token=True, path=None):
        self.s = socket.create_connection(("127.0.0.1", user.service.port), DEADLINE_S)
        lines = {"Host": "x", **(user.bearer if token else {}), **(headers or {})}
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        path = path or f"/api/camera/devices/{camera_id}/stream{query}"
        self.s.sendall(f"{method} {path} HTTP/1.1\r\n{text}\r\n".encode())
        self.file = self.s.makefile("rb")

    def head(self):
        self.status = int(self.file.readline().split()[1])
        self.headers = self.lines()
        return self.status

    def lines(self):
        found = {}
        while (line := self.file.readline().strip()):
            name, value = line.decode().split(": ", 1)
            found[name.lower()] = value
        return found

    def part(self):
        """The headers and the picture of the next part; None at the end."""
        line = self.file.readline()
        while line == b"\r\n":
            line = self.file.readline()
        if not line:
            return None
        assert line == b"--frame\r\n", line
        headers = self.lines()
        return headers, self.file.read(int(headers["content-length"]))

    def problem(self):
        return json.loads(self.file.read(int(self.headers["content-length"])))

    def ends(self):
        """Reads on until the server ends it."""
        end = time.monotonic() + DEADLINE_S
        with contextlib.suppress(ConnectionError):
            while self.file.read1(65536):
                assert time.monotonic() < end, "it goes on"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.s.close()


def cpu_s(service):
    fields = open(f"/proc/{service.process.pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def viewers(user, camera):
    return user.call("GET", f"/api/camera/devices/{camera.id}").json()["viewers"]


def test_parts_say_what_they_are(user):
    camera = user.camera()
    with Feed(camera, width=320, height=240) as feed, Stream(user, camera.id) as stream:
        assert stream.head() == 200
        assert re.fullmatch(r"multipart/x-mixed-replace; ?boundary=frame", stream.headers["content-type"])
        assert stream.headers["cache-control"] == "no-store" and stream.headers["x-request-id"]
        last = 0.0
        for _ in range(20):
            headers, picture = stream.part()
            assert headers["content-type"] == "image/jpeg"
            assert picture.startswith(b"\xff\xd8") and picture.endswith(b"\xff\xd9")
            assert re.fullmatch(r"\d+\.\d{6}", headers["x-timestamp"])
            stamp = float(headers["x-timestamp"])
            assert stamp > last and abs(stamp - time.time()) < 60
            last = stamp
        assert feed.starts[0] == 15
        assert viewers(user, camera) == 1
    until(lambda: viewers(user, camera) == 0)


def test_fps(user):
    camera = user.camera()
    with Feed(camera, fps=40) as feed, Stream(user, camera.id, "?fps=5") as stream, user.socket(max_queue=None) as other:
        other.watch(camera.id, max_fps=40)
        assert stream.head() == 200
        stamps = [float(stream.part()[0]["x-timestamp"]) for _ in range(11)]
        assert 10 / (stamps[-1] - stamps[0]) < 6
        assert feed.starts[-1] == 40
        seen = [0.0]
        while seen[-1] < stamps[-1]:
            seen.append(split_header(other.frame())[0]["received_us"] / 1e6)
        for one, next_one in zip(stamps, stamps[1:]):  # no slower: a picture that came late enough was not passed over
            assert not [at for at in seen if one + 0.45 < at < next_one]
    for bad in ("0", "-1", "x", "241", "1e3", "", "1.2.3"):
        with Stream(user, camera.id, f"?fps={bad}") as stream:
            assert stream.head() == 422 and stream.problem()["errors"][0]["field"] == "fps"


def test_offline_is_told_at_once(user):
    camera = user.camera()
    with Stream(user, camera.id) as stream:  # after five seconds it would be 504
        assert stream.head() == 409 and stream.problem()["code"] == "camera_offline"


def test_a_silent_camera_is_told_after_five_seconds(user):
    camera = user.camera()
    with camera.socket() as device:
        began = time.monotonic()
        with Stream(user, camera.id) as stream:
            assert device.text("start")["fps"] == 15
            assert stream.head() == 504 and stream.problem()["code"] == "camera_timeout"
        assert time.monotonic() - began > 4.5


def test_nothing_is_said_before_the_first_frame(user):
    camera = user.camera()
    with camera.socket() as device, Stream(user, camera.id) as stream:
        device.text("start")
        stream.s.settimeout(0.3)
        with pytest.raises(TimeoutError):
            stream.s.recv(1)
        stream.s.settimeout(DEADLINE_S)
        device.send(jpeg(1))
        stream.file = stream.s.makefile("rb")
        assert stream.head() == 200 and stream.part()[1] == jpeg(1)


def test_who_may(service, user):
    camera, stranger = user.camera(), service.user()
    with camera.socket():
        for who, token, device, status in (
            (user, False, camera.id, 401),
            (stranger, True, camera.id, 404),
            (user, True, "0" * 24, 404),
            (user, True, "nonsense", 400),
        ):
            with Stream(who, device, token=token) as stream:
                assert stream.head() == status, (device, status)
        with Stream(user, camera.id, token=False, headers={"Authorization": f"Bearer {camera.key}"}) as stream:
            assert stream.head() in (401, 403)
        answer = user.call("POST", f"/api/camera/devices/{camera.id}/stream")
        assert answer.status_code == 405 and "GET" in answer.headers["Allow"]


def test_head(user):
    camera = user.camera()
    with Stream(user, camera.id, method="HEAD", headers={"Connection": "close"}) as stream:
        assert stream.head() == 409 and stream.file.read() == b""
    with Feed(camera), Stream(user, camera.id, method="HEAD") as stream:
        assert stream.head() == 200
        assert stream.headers["content-type"].startswith("multipart/x-mixed-replace")
        assert stream.file.read() == b""


def test_a_reused_connection(user):
    camera = user.camera()
    with Feed(camera), Stream(user, "0" * 24) as stream:
        assert stream.head() == 404
        stream.file.read(int(stream.headers["content-length"]))
        path = f"/api/camera/devices/{camera.id}/stream"
        stream.s.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {user.bearer['Authorization']}\r\n\r\n".encode())
        assert stream.head() == 200 and stream.part() and stream.part()


def test_a_stream_outlives_the_loss_of_its_camera(user):
    camera = user.camera()
    with Stream(user, camera.id) as stream:
        stream.head()  # offline: 409
    with contextlib.ExitStack() as stack:
        with Feed(camera):
            stream = stack.enter_context(Stream(user, camera.id))
            assert stream.head() == 200 and stream.part()
        with user.socket() as watcher:
            assert watcher.watch(camera.id)["online"] is False
        with Feed(camera) as again:
            while again.sent < 2:
                assert stream.part()


def test_an_idle_camera_is_woken_and_put_to_sleep(user):
    camera = user.camera()
    with camera.socket() as device:
        with Stream(user, camera.id, "?fps=7") as stream:
            device.text("start")
            device.send(jpeg(1))
            assert stream.head() == 200 and stream.part()[1] == jpeg(1)
            while device.text("start")["fps"] != 7:
                pass
        device.text("stop")


def test_streams_end_with_the_right(service, user):
    camera = user.camera()
    with Feed(camera), Stream(user, camera.id) as stream:
        assert stream.head() == 200 and stream.part()
        assert user.call("DELETE", f"/api/camera/devices/{camera.id}").status_code == 200
        stream.ends()
    other = service.user()
    camera = other.camera()
    with Feed(camera), Stream(other, camera.id) as stream:
        assert stream.head() == 200 and stream.part()
        assert other.call("POST", "/api/logout").status_code == 204
        stream.ends()


def test_a_bearers_stream_ends_with_the_token(fresh_service):
    service = fresh_service()
    user = service.user()
    camera = user.camera()
    assert service.stop() == 0
    service.env["ACCESS_TTL_S"] = "3"
    service.start()

    def opened():
        answer = service.call("POST", "/api/token/refresh", json={"refresh_token": user.tokens["refresh_token"]})
        user.tokens = answer.json()
        stream = stack.enter_context(Stream(user, camera.id))
        return stream.head() == 200 and stream  # else the token was spent on a slow machine

    with Feed(camera), contextlib.ExitStack() as stack:
        until(opened).ends()
        with Stream(user, camera.id) as stream:
            assert stream.head() == 401


def test_a_slow_viewer_gets_the_newest(user):
    camera = user.camera()
    with Feed(camera, filler=1000000), Stream(user, camera.id) as slow, Stream(user, camera.id) as quick:
        assert quick.head() == 200 and slow.head() == 200
        slow.part()
        for _ in range(50):
            quick.part()
        newest = float(quick.part()[0]["x-timestamp"])
        stamps = []
        while not stamps or stamps[-1] < newest:
            stamps.append(float(slow.part()[0]["x-timestamp"]))
        assert stamps == sorted(stamps)
        assert len(stamps) < 25, "everything was queued"


def test_extra_bytes_and_half_closed_clients_cost_nothing(service, user):
    camera = user.camera()
    with Feed(camera, fps=5), contextlib.ExitStack() as stack:
        streams = [stack.enter_context(Stream(user, camera.id)) for _ in range(6)]
        for stream in streams:
            assert stream.head() == 200 and stream.part()

        def cost_s():
            before = cpu_s(service)
            for _ in range(10):
                streams[0].part()
                streams[5].part()
            return cpu_s(service) - before

        usual_s = cost_s()
        for stream in streams[:3]:
            stream.s.sendall(b"x" * 2000)
        for stream in streams[3:5]:
            stream.s.shutdown(socket.SHUT_WR)
        assert cost_s() < 3 * usual_s + 0.5
        until(lambda: viewers(user, camera) == 4)


def test_a_flood_of_extra_bytes_ends_it(user):
    camera = user.camera()
    with Feed(camera, fps=5), Stream(user, camera.id) as stream:
        assert stream.head() == 200 and stream.part()
        with contextlib.suppress(ConnectionError):
            stream.s.sendall(b"x" * 300000)
        stream.ends()


def test_viewers_are_counted_together(user):
    camera = user.camera()
    with Feed(camera), user.socket(max_queue=None) as watcher:
        watcher.watch(camera.id)
        assert watcher.text("client_count")["count"] == 1
        with Stream(user, camera.id) as stream:
            assert stream.head() == 200
            assert watcher.text("client_count")["count"] == 2
        assert watcher.text("client_count")["count"] == 1


def test_streams_cost_no_thread(fresh_service):
    service = fresh_service()
    user = service.user()
    camera = user.camera()
    tasks = f"/proc/{service.process.pid}/task"
    with Feed(camera, fps=2), contextlib.ExitStack() as stack:
        with Stream(user, camera.id) as first:
            assert first.head() == 200 and first.part()
            before = len(os.listdir(tasks))
        streams = [stack.enter_context(Stream(user, camera.id)) for _ in range(200)]
        for stream in streams:
            assert stream.head() == 200 and stream.part()
        assert len(os.listdir(tasks)) == before
        until(lambda: viewers(user, camera) == 200)
        for stream in streams:
            assert stream.part()
        assert len(os.listdir(tasks)) == before


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl(service, user):
    camera = user.camera()
    with Feed(camera):
        with subprocess.Popen(
            ["curl", "-sN", "-H", f"Authorization: {user.bearer['Authorization']}",
             f"{service.url}/api/camera/devices/{camera.id}/stream"], stdout=subprocess.PIPE) as curl:
            seen = b""
            while seen.count(b"--frame\r\n") < 10:
                seen += curl.stdout.read1(65536) or pytest.fail("curl ended")
            curl.terminate()


def run_ffmpeg(program, user, camera, *args):
    """What ffmpeg or ffprobe makes of the stream; it finds out by itself what it is."""
    url = f"{user.service.url}/api/camera/devices/{camera.id}/stream?fps=60"
    head = ["-v", "error", "-headers", f"Authorization: {user.bearer['Authorization']}\r\n"]
    run = subprocess.run([program, *head, "-i", url, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         timeout=5 * DEADLINE_S)
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


@pytest.mark.skipif(not shutil.which("ffprobe"), reason="ffprobe is not installed")
def test_ffprobe_reads_a_hundred_frames(user):
    camera = user.camera()
    with Feed(camera, fps=60, width=320, height=240):
        frames = run_ffmpeg("ffprobe", user, camera, "-read_intervals", "%+#100", "-show_entries", "frame=width,height",
                            "-of", "csv=p=0")
        assert len(frames) >= 100 and set(frames) == {"320,240"}, frames[:5]


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
def test_ffmpeg_decodes_a_hundred_frames(user):
    camera = user.camera()
    with Feed(camera, fps=60, width=320, height=240):
        lines = run_ffmpeg("ffmpeg", user, camera, "-frames:v", "100", "-fps_mode", "passthrough", "-pix_fmt", "yuv420p",
                           "-f", "framemd5", "-")
        frames = [line.replace(" ", "").split(",") for line in lines if not line.startswith("#")]
        assert len(frames) == 100 and {int(size) for *_, size, _ in frames} == {320 * 240 * 3 // 2}, lines[:12]
        assert len({picture for *_, picture in frames}) > 1, "one picture again and again"
