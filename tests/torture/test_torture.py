"""Twenty good cameras and viewers among everything that can be wrong with a peer, at once.

TORTURE_SECONDS (10) says for how long.
"""

import contextlib
import os
import random
import socket
import struct
import threading
import time

from raw_socket import RawSocket, frame
from service import DEADLINE_S, jpeg, split_header

SECONDS = float(os.environ.get("TORTURE_SECONDS", 10))
GOOD = 20
FPS = 5
LEAST = 5  # pictures each of the good ones delivers, however long that takes


class Crowd:
    """Threads that run until the time is over; the first thing that goes wrong in a good one is kept."""

    def __init__(self):
        self.over = threading.Event()
        self.faults, self.threads = [], []
        self.delivered = 0
        self.lock = threading.Lock()

    def add(self, work, *args):
        self.threads.append(threading.Thread(target=work, args=(self, *args)))

    def run(self, seconds):
        for thread in self.threads:
            thread.start()
        self.over.wait(seconds)
        self.over.set()
        for thread in self.threads:
            thread.join()


def good(crowd, user, camera):
    """Every picture must arrive, byte for byte."""
    try:
        with camera.socket() as device, user.socket() as viewer:
            viewer.watch(camera.id, max_fps=60)
            device.text("start")
            number = 0
            while not crowd.over.wait(1 / FPS) or number < LEAST:
                number += 1
                picture = jpeg(number, filler=20000)
                device.send(picture)
                if split_header(viewer.frame())[1] != picture:
                    raise AssertionError(f"picture {number} was lost or changed")
            with crowd.lock:
                crowd.delivered += number
    except BaseException as e:  # noqa: BLE001  (told at the end of the test)
        crowd.faults.append(repr(e))
        crowd.over.set()


def bad(crowd, user, camera, tricks, seed):
    chance = random.Random(seed)
    while not crowd.over.wait(0.01):
        with contextlib.suppress(Exception):
            chance.choice(tricks)(user, camera, chance)


def reset(s):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    s.close()


def connect(user, **options):
    s = socket.create_connection(("127.0.0.1", user.service.port), DEADLINE_S)
    s.settimeout(1)
    return s


def as_user(user, **kwargs):
    return RawSocket(user.service, user.bearer, **kwargs)


def as_device(user, camera):
    return RawSocket(user.service, {"Authorization": f"Bearer {camera.key}"})


def random_bytes(user, camera, chance):
    with connect(user) as s:
        s.sendall(chance.randbytes(chance.randrange(1, 3000)))
        s.recv(100)


def random_frames(user, camera, chance):
    with as_user(user) as s:
        for _ in range(chance.randrange(1, 20)):
            s.send(frame(chance.randrange(256), chance.randbytes(chance.randrange(200)), chance.random() < 0.9))
        s.s.settimeout(0.3)
        s.next()


def half_a_head(user, camera, chance):
    with connect(user) as s:
        s.sendall(b"GET /ws HTTP/1.1\r\nHost: x\r\nUpg"[: chance.randrange(1, 32)])
        s.settimeout(0.2)
        s.recv(1)


def never_reads(user, camera, chance):
    with as_user(user) as s:
        s.send(frame(0x81, b'{"type":"watch","device_id":"%s"}' % camera.id.encode()))
        for _ in range(30):
            s.send(frame(0x81, b'{"type":"ping"}'))
        time_passes(chance)
        reset(s.s)


def time_passes(chance):
    threading.Event().wait(chance.random() / 2)


def floods(user, camera, chance):
    with as_user(user) as s:
        s.send(frame(0x89, b"x") * 5000)


def half_a_picture(user, camera, chance):
    with as_device(user, camera) as s:
        s.send(frame(0x82, jpeg(1, filler=30000))[: chance.randrange(1, 20000)])
        reset(s.s)


def junk_pictures(user, camera, chance):
    with as_device(user, camera) as s:
        for _ in range(20):
            s.send(frame(0x82, b"\xff\xd8" + chance.randbytes(chance.randrange(3000))))
        s.s.settimeout(0.3)
        s.next()


def comes_and_goes(user, camera, chance):
    with camera.socket() as s:
        s.send({"type": chance.choice(["telemetry", "goodbye", "nonsense", "ack"]), "rssi": 1})
        if chance.random() < 0.5:
            s.send(jpeg(2))


def odd_streams(user, camera, chance):
    with connect(user) as s:
        path = f"/api/camera/devices/{camera.id}/stream"
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {user.bearer['Authorization']}\r\n\r\n".encode())
        s.sendall(chance.randbytes(chance.randrange(500)))
        if chance.random() < 0.5:
            s.shutdown(socket.SHUT_WR)
        time_passes(chance)


def smuggles(user, camera, chance):
    with connect(user) as s:
        s.sendall(b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        s.recv(100)


def asks(user, camera, chance):
    path = chance.choice([f"/api/camera/devices/{camera.id}/snapshot?max_age_ms=60000", "/api/camera/devices", "/health",
                          "/api/camera/devices/0", "/nothing"])
    user.call("GET", path)


TRICKS = [random_bytes, random_frames, half_a_head, never_reads, floods, half_a_picture, junk_pictures, comes_and_goes,
          odd_streams, smuggles, asks]


def test_good_peers_notice_nothing(fresh_service):
    service = fresh_service()
    user, villain = service.user(), service.user()
    cameras = [user.camera() for _ in range(GOOD)]
    victims = [villain.camera() for _ in range(4)]
    crowd = Crowd()
    for camera in cameras:
        crowd.add(good, user, camera)
    for n in range(8):
        crowd.add(bad, villain, victims[n % len(victims)], TRICKS, n)
    crowd.run(SECONDS)
    assert not crowd.faults, crowd.faults[:3]
    assert service.call("GET", "/healthz").status_code == 200
    print(f"{crowd.delivered} pictures delivered")
