"""A cable that is cut says nothing: only silence tells. The camera lives in a network namespace of its own."""

import contextlib
import ctypes
import os
import secrets
import shutil
import socket
import subprocess
import threading
import time

import pytest

from service import DEADLINE_S, Socket

CLONE_NEWNET = 0x40000000


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


class Cable:
    """A veth pair between us and a namespace; cut() and mend() set the far end down and up."""

    def __init__(self):
        tag = secrets.token_hex(3)
        self.space, self.near, self.far = f"vc{tag}", f"vcn{tag}", f"vcf{tag}"
        net = f"198.18.{secrets.randbelow(250)}"
        self.address, self.far_address = f"{net}.1", f"{net}.2"

    def __enter__(self):
        ip("netns", "add", self.space)
        ip("link", "add", self.near, "type", "veth", "peer", "name", self.far)
        ip("link", "set", self.far, "netns", self.space)
        ip("addr", "add", f"{self.address}/24", "dev", self.near)
        ip("link", "set", self.near, "up")
        ip("-n", self.space, "addr", "add", f"{self.far_address}/24", "dev", self.far)
        self.mend()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(subprocess.CalledProcessError):
            ip("link", "del", self.near)
        with contextlib.suppress(subprocess.CalledProcessError):
            ip("netns", "del", self.space)

    def cut(self):
        ip("-n", self.space, "link", "set", self.far, "down")

    def mend(self):
        ip("-n", self.space, "link", "set", self.far, "up")

    def connect(self, port):
        """A connection from the other side; a socket stays in the namespace it was made in."""
        made = []

        def enter():
            fd = os.open(f"/run/netns/{self.space}", os.O_RDONLY)
            if ctypes.CDLL(None, use_errno=True).setns(fd, CLONE_NEWNET) == 0:
                made.append(socket.create_connection((self.address, port), DEADLINE_S))
            os.close(fd)

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        return made[0]


@pytest.fixture
def cable():
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("a namespace of its own needs root and iproute2")
    cable = Cable()
    try:
        cable.__enter__()
    except subprocess.CalledProcessError as e:
        cable.__exit__()
        pytest.skip(f"no network namespace here: {e.stderr.strip()}")
    yield cable
    cable.__exit__()


def device_of(user, camera):
    return user.call("GET", f"/api/camera/devices/{camera.id}").json()


def connect(cable, service, camera):
    headers = {"Authorization": f"Bearer {camera.key}"}
    return Socket(service, headers=headers, sock=cable.connect(service.port))


def test_a_cut_cable_shows_and_a_mended_one_at_once(fresh_service, cable):
    service = fresh_service(HOST="0.0.0.0")
    user = service.user()
    camera = user.camera()
    with user.socket() as viewer:
        device = connect(cable, service, camera)
        assert viewer.watch(camera.id)["online"] is True
        assert device_of(user, camera)["online"] is True
        cable.cut()
        assert viewer.text("camera")["online"] is False
        told = device_of(user, camera)
        assert told["online"] is False and told["offline_reason"] == "silent"  # after 12 s: the kernel would take 20
        cable.mend()
        again = connect(cable, service, camera)
        assert viewer.text("camera")["online"] is True
        assert device_of(user, camera)["online"] is True
        again.close()
        device.ws.socket.close()


def test_the_late_end_of_a_replaced_connection_changes_nothing(fresh_service, cable):
    service = fresh_service(HOST="0.0.0.0")
    user = service.user()
    camera = user.camera()
    with user.socket() as viewer:
        lost = connect(cable, service, camera)
        viewer.watch(camera.id)
        cable.cut()  # the router reboots; the camera comes back by another way before the silence was noticed
        with camera.socket() as device:
            device.text("start")
            end = time.monotonic() + 14
            with contextlib.suppress(TimeoutError):
                while True:
                    said = viewer.text("camera", end - time.monotonic())
                    assert said["online"] is True
            assert device_of(user, camera)["online"] is True
        assert viewer.text("camera")["online"] is False
        lost.ws.socket.close()
