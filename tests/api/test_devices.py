"""Devices, contract §3, and the snapshot of §5."""

import pytest

from service import Camera, jpeg
from test_accounts import is_problem

MEMBERS = {
    "device_id", "device_uid", "device_name", "camera_model", "owner_id", "role", "wifi_ssid", "status", "online",
    "last_seen", "local_ip", "created_at", "activated_at", "firmware", "telemetry", "settings", "viewers",
    "offline_reason",
}


def test_list_and_one(service):
    user = service.user()
    pending, camera = user.onboard(device_name="Porch"), user.camera(device_name="Garden")
    listed = user.call("GET", "/api/camera/devices").json()
    assert listed["next_cursor"] is None
    assert [d["device_id"] for d in listed["devices"]] == [pending["device_id"], camera.id]
    for device in listed["devices"]:
        assert set(device) == MEMBERS
        assert device["owner_id"] == user.id and device["role"] == "owner" and device["wifi_ssid"] == "MyWiFi"
    assert [d["status"] for d in listed["devices"]] == ["pending", "active"]
    one = user.call("GET", f"/api/camera/devices/{camera.id}").json()
    assert one == listed["devices"][1]
    assert "vcd_" not in str(listed) and pending["device_token"] not in str(listed)


def test_pages_hold_each_device_once(service):
    user = service.user()
    made = [user.onboard()["device_id"] for _ in range(7)]
    seen, cursor = [], ""
    while cursor is not None:
        page = user.call("GET", "/api/camera/devices", params={"limit": 3, "cursor": cursor}).json()
        seen += [d["device_id"] for d in page["devices"]]
        cursor = page["next_cursor"]
        if len(seen) == 3:
            made.append(user.onboard()["device_id"])
    assert seen == made
    for params in ({"limit": 0}, {"limit": 201}, {"limit": "x"}, {"cursor": "crooked"}, {"status": "odd"}):
        is_problem(user.call("GET", "/api/camera/devices", params=params), 422, "invalid")
    only = user.call("GET", "/api/camera/devices", params={"status": "active"}).json()
    assert only["devices"] == []


def test_strangers_see_nothing(service):
    camera, stranger = service.user().camera(), service.user()
    path = f"/api/camera/devices/{camera.id}"
    missing = stranger.call("GET", "/api/camera/devices/0123456789abcdef01234567")
    for answer in (stranger.call("GET", path), stranger.call("DELETE", path), stranger.call("GET", path + "/snapshot")):
        assert answer.status_code == 404
        assert answer.json() == missing.json()
    assert service.call("GET", path).status_code == 401
    is_problem(stranger.call("GET", "/api/camera/devices/not-an-id"), 400, "malformed")


def test_delete_kills_key_and_sockets(service):
    user = service.user()
    camera = user.camera()
    with camera.socket() as device, user.socket() as viewer:
        viewer.watch(camera.id)
        answer = user.call("DELETE", f"/api/camera/devices/{camera.id}")
        assert answer.status_code == 200 and answer.json()["success"] is True and answer.json()["message"]
        assert device.close_code() == 4410
        assert viewer.text("error")["code"] == "removed"
        viewer.send({"type": "ping", "id": 1})  # the viewer's socket stays
        assert viewer.text("pong")["id"] == 1
    assert user.call("GET", f"/api/camera/devices/{camera.id}").status_code == 404
    assert user.call("DELETE", f"/api/camera/devices/{camera.id}").status_code == 404
    from websockets.exceptions import InvalidStatus

    with pytest.raises(InvalidStatus) as refused:
        camera.socket()
    assert refused.value.response.status_code == 401


def test_presence(service):
    user = service.user()
    camera = user.camera()
    path = f"/api/camera/devices/{camera.id}"
    with camera.socket() as device:
        online = user.call("GET", path).json()
        assert online["online"] is True and online["status"] == "active" and online["last_seen"]
        device.send({"type": "goodbye"})
        assert device.close_code() == 1000
    offline = user.call("GET", path).json()
    assert offline["online"] is False and offline["offline_reason"] == "goodbye"
    assert offline["status"] == "offline", "though it was activated a moment ago"


def test_snapshot_wakes_the_camera(service):
    import threading

    user = service.user()
    camera = user.camera()
    path = f"/api/camera/devices/{camera.id}/snapshot"
    is_problem(user.call("GET", path), 409, "camera_offline")
    picture, answers = jpeg(7), []
    with camera.socket() as device:
        asker = threading.Thread(target=lambda: answers.append(user.call("GET", path)))
        asker.start()
        device.text("start")
        device.send(picture)
        asker.join()
        assert answers[0].status_code == 200 and answers[0].content == picture
        assert answers[0].headers["Content-Type"] == "image/jpeg"
        assert answers[0].headers["X-Frame-Seq"].isdigit() and answers[0].headers["X-Captured-At"].endswith("Z")
        assert answers[0].headers["Cache-Control"] == "no-store"
        young = user.call("GET", path, params={"max_age_ms": 60000})  # the newest frame, without waking
        assert young.content == picture
        is_problem(user.call("GET", path, params={"max_age_ms": 0}), 504, "camera_timeout")


def test_restart_keeps_everything(fresh_service):
    import signal

    service = fresh_service()
    user = service.user()
    camera = user.camera(device_name="Kept")
    service.process.kill()
    service.process.wait()
    service.process.stdout.close()
    service.start()
    assert user.call("GET", f"/api/camera/devices/{camera.id}").json()["device_name"] == "Kept"
    with camera.socket() as device:
        assert device.registered["device_id"] == camera.id
    assert service.stop(signal.SIGTERM) == 0
    service.start()


def test_no_secret_reaches_the_log_or_the_store(fresh_service, tmp_path):
    service = fresh_service(LOG_LEVEL="debug")
    user = service.user(password="planted-password-1")
    pending = user.onboard(wifi_password="planted-wifi-key")
    camera = Camera.activate(user, pending, "uid")
    with camera.socket(), user.socket() as viewer:
        viewer.watch(camera.id)
    service.call("POST", "/api/login", json={"email": user.email, "password": "planted-password-2"})
    planted = [
        "planted-password", "planted-wifi-key", pending["device_token"], camera.key.split("_", 2)[2],
        user.tokens["access_token"], user.tokens["refresh_token"].split("_", 2)[2],
    ]
    everything = service.output().encode()
    for path in tmp_path.rglob("*"):
        if path.is_file() and path.name != "secret_key":
            everything += path.read_bytes()
    for secret in planted:
        assert secret.encode() not in everything, f"{secret[:12]}… was kept"
