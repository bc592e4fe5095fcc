"""The virtual camera against the service: onboarding by its code, pictures, and what it survives."""

import io
import os
import signal
import subprocess

import pytest
from PIL import Image

from service import DEADLINE_S, jpeg, split_header, until
from virtual_camera import VirtualCamera, save_codes

FPS = 30


def status(service, pending, **params):
    return service.call("GET", f"/api/camera/check-status/{pending['device_token']}", params=params).json()


def device_of(user, pending):
    return user.call("GET", f"/api/camera/devices/{pending['device_id']}").json()


def folder_of(path, pictures):
    path.mkdir()
    for number, picture in enumerate(pictures):
        (path / f"{number:02}.jpg").write_bytes(picture)
    return path


def frames(viewer, pending, count):
    """The next frames of this camera to a viewer of it alone; they come in order."""
    got = [split_header(viewer.frame()) for _ in range(count)]
    seqs = [head["seq"] for head, _ in got]
    assert seqs == sorted(set(seqs)), pending
    return got


def see_all(pictures, frame):
    """Each of them comes, and nothing else; which ones are passed over meanwhile is the machine's affair."""
    seen = set()

    def done():
        seen.add(pictures.index(frame()))
        return len(seen) == len(pictures)

    until(done)


def watch_live(user, pending, count=3):
    """It can be watched now."""
    with user.socket() as viewer:
        assert viewer.watch(pending["device_id"], max_fps=FPS)["online"] is True
        return frames(viewer, pending, count)


def test_onboarded_by_the_picture_of_its_code(service, user, tmp_path):
    pending = user.onboard()
    with VirtualCamera(tmp_path / "state", *save_codes(pending, tmp_path)) as camera:
        camera.wait_for("camera.connected")
        told = status(service, pending)
        assert told["status"] == "active" and told["stage"] == "connected" and told["activated"] is True
        device = device_of(user, pending)
        assert device["online"] is True and device["camera_model"] == "VIRTUAL_CAMERA"
        assert device["firmware"].startswith("visionconnect-camera/")
        assert "camera.streaming" not in camera.log, "it sends while nobody watches"

        got = watch_live(user, pending, 10)
        assert len({body for _, body in got}) == 10, "the test pattern stands still"
        for head, body in got:
            assert head["captured_us"] < head["received_us"]
            with Image.open(io.BytesIO(body)) as picture:
                picture.load()
                assert picture.size == (640, 480)
        assert status(service, pending)["stage"] == "first_frame"
        camera.wait_for("camera.idle")
        assert camera.stop() == 0
        assert until(lambda: device_of(user, pending)["offline_reason"]) == "goodbye"


@pytest.mark.parametrize("model", ["VIRTUAL_CAMERA", "CP_PLUS_WIFI_V2"])
def test_onboarded_by_the_text_of_its_code(user, tmp_path, model):
    pending = user.onboard(camera_model=model, wifi_ssid="Caf\u00e9 \"5\" \\", wifi_password="p\u00e4ss; word")
    with VirtualCamera(tmp_path / "state", "--qr-text", pending["qr_text"], "--model", model) as camera:
        camera.wait_for("camera.connected")
        watch_live(user, pending)


def test_onboarded_by_a_split_code_in_any_order(user, tmp_path):
    pending = user.onboard(wifi_ssid="\u20ac" * 10, wifi_password="x" * 60)
    codes = save_codes(pending, tmp_path)
    assert len(pending["qr_codes"]) > 1
    reverse = [word for path in reversed(codes[1::2]) for word in ("--qr", path)]
    with VirtualCamera(tmp_path / "state", *reverse) as camera:
        camera.wait_for("camera.connected")
        watch_live(user, pending)


def test_needs_its_code_only_once(user, tmp_path):
    pending = user.onboard()
    with VirtualCamera(tmp_path / "state", "--qr-text", pending["qr_text"]) as first:
        first.wait_for("camera.connected")
    with VirtualCamera(tmp_path / "state") as again:
        again.wait_for("camera.connected")
        assert "camera.activating" not in again.log
        watch_live(user, pending)


def test_a_code_that_is_spent_ends_it(user, tmp_path):
    pending = user.onboard()
    with VirtualCamera(tmp_path / "one", "--qr-text", pending["qr_text"]) as one:
        one.wait_for("camera.connected")
        with VirtualCamera(tmp_path / "two", "--qr-text", pending["qr_text"]) as two:
            assert "code=token_used" in two.wait_for("camera.activation_refused")
            assert two.wait() == 2
        watch_live(user, pending)


def test_a_restart_of_the_service(own_service, tmp_path):
    user = own_service.user()
    pending = user.onboard()
    with VirtualCamera(tmp_path / "state", "--qr-text", pending["qr_text"]) as camera:
        camera.wait_for("camera.connected")
        watch_live(user, pending)
        for number, sig in enumerate([signal.SIGTERM, signal.SIGKILL], start=2):
            ended = own_service.stop(sig)
            assert ended == (0 if sig == signal.SIGTERM else -signal.SIGKILL)
            own_service.start()
            camera.wait_for("camera.connected", count=number)
            watch_live(user, pending)
        assert "camera.goaway" in camera.log
        assert camera.log.count("camera.activated") == 1


POINTS = ["scanned", "joined", "activating", "activated", "connecting", "connected", "streaming"]


@pytest.mark.parametrize("point", POINTS)
def test_killed_on_its_way_and_started_again(service, user, tmp_path, point):
    pending = user.onboard()
    codes = save_codes(pending, tmp_path)
    with user.socket() as viewer, VirtualCamera(tmp_path / "state", *codes) as camera:
        viewer.watch(pending["device_id"], max_fps=FPS)
        camera.wait_for(f"camera.{point}")
        assert camera.stop(signal.SIGKILL) == -signal.SIGKILL
        camera.start()
        camera.wait_for("camera.streaming")
        frames(viewer, pending, 3)
        assert status(service, pending)["activated"] is True
        devices = user.call("GET", "/api/camera/devices").json()["devices"]
        assert [d["device_id"] for d in devices] == [pending["device_id"]]


def test_a_folder_is_delivered_byte_for_byte(user, tmp_path):
    pictures = [jpeg(n, filler=size) for n, size in enumerate([0, 1000, 60000, 500000, 3])]
    source = folder_of(tmp_path / "pictures", pictures)
    (source / "notes.txt").write_text("no picture")
    pending = user.onboard()
    with VirtualCamera(tmp_path / "state", "--qr-text", pending["qr_text"], "--source", source) as camera:
        camera.wait_for("camera.connected")
        with user.socket() as viewer:
            viewer.watch(pending["device_id"], max_fps=FPS)
            see_all(pictures, lambda: split_header(viewer.frame())[1])
        with user.socket() as viewer:
            viewer.watch(pending["device_id"], framing="raw", max_fps=FPS)
            see_all(pictures, viewer.frame)


def test_stdin_is_delivered_byte_for_byte(user, tmp_path):
    pictures = [jpeg(n, filler=n * 20000) for n in range(10)]
    pending = user.onboard()
    arguments = ["--qr-text", pending["qr_text"], "--source", "-", "--exit-on-eof"]
    with VirtualCamera(tmp_path / "state", *arguments, stdin=subprocess.PIPE) as camera, user.socket() as viewer:
        viewer.watch(pending["device_id"], max_fps=FPS)
        camera.wait_for("camera.streaming")
        pipe = camera.process.stdin.buffer
        for picture in pictures:
            pipe.write(b"not of a picture" + picture)
            pipe.flush()
            assert split_header(viewer.frame())[1] == picture
        pipe.close()
        assert camera.wait() == 0


def test_ffmpeg_on_stdin(user, tmp_path):
    pending = user.onboard()
    out, into = os.pipe()
    with VirtualCamera(tmp_path / "state", "--qr-text", pending["qr_text"], "--source", "-", stdin=out) as camera:
        os.close(out)
        ffmpeg = ["ffmpeg", "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=size=320x240", "-f", "mjpeg", "-"]
        with user.socket() as viewer:
            viewer.watch(pending["device_id"], max_fps=FPS)
            camera.wait_for("camera.streaming")
            with subprocess.Popen(ffmpeg, stdin=subprocess.DEVNULL, stdout=into) as process:
                os.close(into)
                got = frames(viewer, pending, 20)
                process.terminate()
                process.wait(DEADLINE_S)
            assert len({body for _, body in got}) == 20
            camera.wait_for("source.ended")
            before, last = b"", split_header(viewer.frame())[1]
            while last != before:  # the last picture stands
                before, last = last, split_header(viewer.frame())[1]


def test_removed_by_its_owner(user, tmp_path):
    pending = user.onboard()
    with VirtualCamera(tmp_path / "state", "--qr-text", pending["qr_text"]) as camera, user.socket() as viewer:
        viewer.watch(pending["device_id"], max_fps=FPS)
        frames(viewer, pending, 3)
        answer = user.call("DELETE", f"/api/camera/devices/{pending['device_id']}")
        assert answer.status_code == 200 and answer.json()["success"] is True
        said = viewer.text("error")
        assert said["code"] == "removed" and said["device_id"] == pending["device_id"]
        assert camera.wait() == 3
        assert "code=4410" in camera.log
        # Nothing that could still open a door is kept.
        assert not (tmp_path / "state" / "account").exists()
    with VirtualCamera(tmp_path / "state") as again:
        assert again.wait() == 2


def test_two_cameras_do_not_mix(service, user, tmp_path):
    other = service.user()
    owners = [user, user, other]
    pictures = [[jpeg(100 * n + i, filler=50000 * (i % 2)) for i in range(4)] for n in range(3)]
    pendings = [owner.onboard() for owner in owners]
    cameras = [
        VirtualCamera(
            tmp_path / f"state{n}", "--qr-text", pendings[n]["qr_text"],
            "--source", folder_of(tmp_path / f"pictures{n}", pictures[n]),
        )
        for n in range(3)
    ]
    with cameras[0], cameras[1], cameras[2], user.socket() as mine, other.socket() as theirs:
        channels = {}
        for camera in cameras:
            camera.wait_for("camera.connected")
        for n in range(2):
            channels[mine.watch(pendings[n]["device_id"], max_fps=FPS)["channel"]] = n
        theirs.watch(pendings[2]["device_id"], max_fps=FPS)
        seen = {0: 0, 1: 0}
        while min(seen.values()) < 20:
            head, body = split_header(mine.frame())
            assert body in pictures[channels[head["channel"]]]
            seen[channels[head["channel"]]] += 1
        assert all(body in pictures[2] for _, body in frames(theirs, pendings[2], 20))
        theirs.send({"type": "watch", "device_id": pendings[0]["device_id"]})
        assert theirs.text("error")["code"] == "not_found"
