"""A thousand cameras, viewers and MJPEG clients come and go: no descriptor stays behind, and under ASan no memory."""

import os
import socket

from raw_socket import RawSocket, frame
from service import DEADLINE_S, jpeg, until

CYCLES = 1000


def descriptors(service):
    return len(os.listdir(f"/proc/{service.process.pid}/fd"))


def test_nothing_stays_behind(fresh_service):
    service = fresh_service()
    user = service.user()
    camera = user.camera()
    key = {"Authorization": f"Bearer {camera.key}"}
    watch = frame(0x81, b'{"type":"watch","device_id":"%s","max_age_ms":600000}' % camera.id.encode())
    stream = (f"GET /api/camera/devices/{camera.id}/stream HTTP/1.1\r\nHost: x\r\n"
              f"Authorization: {user.bearer['Authorization']}\r\n\r\n").encode()
    picture = frame(0x82, jpeg(1))

    def cycle(n):
        with RawSocket(service, key) as device, RawSocket(service, user.bearer) as viewer:
            viewer.send(watch)
            with socket.create_connection(("127.0.0.1", service.port), DEADLINE_S) as mjpeg:
                mjpeg.sendall(stream)
                device.next()  # registered
                while b"start" not in device.next()[1]:
                    pass
                if n % 2:
                    device.send(picture)
                while n % 2 and viewer.next()[0] != 2:
                    pass

    for n in range(10):
        cycle(n)
    before = descriptors(service)
    for n in range(CYCLES):
        cycle(n)
    until(lambda: user.call("GET", "/api/me") and descriptors(service) <= before + 2)  # the last ones are on their way out
