"""A cable that is cut says nothing: only silence tells. The camera lives in a network namespace of its own."""

import contextlib
import time

import pytest

import cable as cables
from service import Socket


@pytest.fixture
def cable():
    with cables.laid() as cable:
        yield cable


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
