"""A cable that can be cut: what is behind it lives in a network namespace of its own."""

import contextlib
import ctypes
import os
import secrets
import shutil
import socket
import subprocess
import threading

import pytest

from service import DEADLINE_S

CLONE_NEWNET = 0x40000000


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True, text=True)


class Cable:
    """A veth pair between us and a namespace; cut() and mend() set the far end down and up."""

    def __init__(self):
        tag = secrets.token_hex(3)
        self.space, self.near, self.far = f"vc{tag}", f"vcn{tag}", f"vcf{tag}"
        net = secrets.randbelow(1 << 15)  # one of 198.18.0.0/15: other tests run at the same time
        place = f"198.{18 + (net >> 14)}.{net >> 6 & 255}"
        self.address, self.far_address = (f"{place}.{(net & 63) * 4 + end}" for end in (1, 2))

    def __enter__(self):
        ip("netns", "add", self.space)
        ip("link", "add", self.near, "type", "veth", "peer", "name", self.far)
        ip("link", "set", self.far, "netns", self.space)
        ip("addr", "add", f"{self.address}/30", "dev", self.near)
        ip("link", "set", self.near, "up")
        ip("-n", self.space, "addr", "add", f"{self.far_address}/30", "dev", self.far)
        self.mend()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(subprocess.CalledProcessError):
            ip("link", "del", self.near)
        with contextlib.suppress(subprocess.CalledProcessError):
            ip("netns", "del", self.space)

    @property
    def inside(self):
        """What before a command makes it run on the other side, as the same process."""
        return ["ip", "netns", "exec", self.space]

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


@contextlib.contextmanager
def laid():
    """with laid() as cable: skips the test where there can be none."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("a namespace of its own needs root and iproute2")
    cable = Cable()
    try:
        cable.__enter__()
    except subprocess.CalledProcessError as e:
        cable.__exit__()
        pytest.skip(f"no network namespace here: {e.stderr.strip()}")
    try:
        yield cable
    finally:
        cable.__exit__()
