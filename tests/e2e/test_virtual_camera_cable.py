"""The virtual camera behind a cable: cut without a word and mended, it is back within its backoff."""

import datetime

import pytest

import cable as cables
from service import Service, split_header
from virtual_camera import VirtualCamera

TENTH = 0.1  # s: as exact as the log tells a wait


@pytest.fixture
def cable():
    with cables.laid() as cable:
        yield cable


@pytest.fixture
def service(tmp_path, cable):
    """One that names the near end of the cable in its codes."""
    service = Service(tmp_path / "service", HOST="0.0.0.0")
    service.env["PUBLIC_URL"] = f"http://{cable.address}:{service.port}"
    with service:
        yield service


def said_at(line):
    return datetime.datetime.fromisoformat(line.split()[0].replace("Z", "+00:00"))


def seconds(line):
    """How long a camera.waiting says that it waits."""
    return float(line.split("seconds=")[1])


def test_a_mended_cable_brings_it_back_within_its_backoff(service, cable, tmp_path):
    user = service.user()
    pending = user.onboard()
    arguments = ["--qr-text", pending["qr_text"]]
    with VirtualCamera(tmp_path / "state", *arguments, inside=cable.inside) as camera, user.socket() as viewer:
        camera.wait_for("camera.connected")
        assert viewer.watch(pending["device_id"], max_fps=5)["online"] is True
        last = split_header(viewer.frame())[0]["seq"]
        cable.cut()
        assert viewer.text("camera")["online"] is False
        camera.wait_for("camera.disconnected")
        camera.wait_for("camera.connect_failed", 2)
        cable.mend()
        mended = datetime.datetime.now(datetime.timezone.utc)
        camera.wait_for("camera.connected", 2)
        assert viewer.text("camera")["online"] is True
        while split_header(viewer.frame())[0]["seq"] <= last:
            pass

        # Each wait is at most 1 s, 2 s, 4 s, …, at least the half of it,
        waits = [seconds(line) for line in camera.events("camera.waiting") if "for=connect" in line]
        for failures, waited in enumerate(waits):
            most = min(60, 2**failures)
            assert most / 2 - TENTH <= waited <= most, camera.log
        # and the first try begun after the cable was whole is the last.
        tries = [line for line in camera.events("camera.connecting") if said_at(line) > mended]
        assert len(tries) <= 1, camera.log
