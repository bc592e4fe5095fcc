"""Commands over /ws, contract §4: from a user to the camera, and its ack back to the one who asked."""

import time

import pytest


@pytest.fixture(scope="module")
def user(service):
    return service.user()


def test_a_command_and_its_ack(user):
    camera = user.camera()
    with camera.socket() as device, user.socket() as one, user.socket() as two:
        for n, (ask_id, ack) in enumerate(
            (
                ("a", {"ok": True, "result": {"x": 90, "y": [1, 2]}}),
                (7, {"ok": False, "error": "busy"}),
                (None, {"ok": True}),
            )
        ):
            ask = {"type": "command", "device_id": camera.id, "name": "position", "args": {"x": n, "y": 0}}
            one.send(ask if ask_id is None else {**ask, "id": ask_id})
            told = device.text("command")
            assert told["name"] == "position" and told["args"] == {"x": n, "y": 0}
            device.send({"type": "ack", "id": told["id"], **ack})
            said = one.text("ack")
            assert said.pop("type") == "ack" and said.pop("device_id") == camera.id
            assert said.pop("id", None) == ask_id
            assert said == ack
        two.send({"type": "ping", "id": 1})  # the other socket heard nothing of it
        assert two.recv()["type"] == "pong"


def test_answers_find_their_asker_in_any_order(user):
    camera = user.camera()
    with camera.socket() as device, user.socket() as one, user.socket() as two:
        for s in (one, two):
            s.send({"type": "command", "device_id": camera.id, "name": "light", "args": {"on": True}, "id": "same"})
        asked = [device.text("command")["id"] for _ in range(2)]
        assert len(set(asked)) == 2
        for n, ask_id in reversed(list(enumerate(asked))):
            device.send({"type": "ack", "id": ask_id, "ok": True, "result": n})
        results = {one.text("ack")["result"], two.text("ack")["result"]}
        assert results == {0, 1}


def test_a_camera_that_is_not_there_or_says_nothing(user):
    camera = user.camera()
    with user.socket() as s:
        ask = {"type": "command", "device_id": camera.id, "name": "restart", "id": 1}
        s.send(ask)
        said = s.text("ack")
        assert said["ok"] is False and said["error"] == "camera_offline" and said["id"] == 1
        with camera.socket() as device:
            began = time.monotonic()
            s.send(ask)
            told = device.text("command")
            assert told["args"] == {}
            assert s.text("ack")["error"] == "timeout"
            assert time.monotonic() - began > 4.5
            device.send({"type": "ack", "id": told["id"], "ok": True})  # too late: nobody hears it
            s.send(ask)
            device.text("command")
        said = s.text("ack")
        for _ in range(5):  # where the machine stood for 5 s
            if said["error"] != "timeout":
                break
            with camera.socket() as device:
                s.send(ask)
                device.text("command")
            said = s.text("ack")
        assert said["error"] == "camera_offline"


def test_wrong_commands(service, user):
    camera, stranger = user.camera(), service.user()
    with camera.socket() as device, user.socket() as s, stranger.socket() as other:
        other.send({"type": "command", "device_id": camera.id, "name": "restart", "id": 2})
        said = other.text("error")
        assert said["code"] == "not_found" and said["id"] == 2
        for bad in ({"name": 5}, {}, {"name": "x", "args": []}):
            s.send({"type": "command", "device_id": camera.id, **bad})
            assert s.text("ack")["error"] == "invalid"
        s.send({"type": "command", "name": "x", "id": 3})
        assert s.text("error")["code"] == "invalid"
        device.send({"type": "ack", "ok": True})
        assert device.text("error")["code"] == "invalid"
        device.send({"type": "command", "name": "x"})
        assert device.text("error")["code"] == "unknown_type"
