"""Onboarding, contract §2."""

import base64
import io
import json
import re
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from service import until
from test_accounts import is_problem

SEED_BODY = {
    "camera_model": "CP_PLUS_WIFI_V2",
    "wifi_ssid": "MyWiFi",
    "wifi_password": "mypass",
    "device_name": "My Camera",
}


def scan(png, tmp_path):
    """The text in a QR picture, by an independent decoder."""
    path = tmp_path / "qr.png"
    path.write_bytes(png)
    out = subprocess.run(["zbarimg", "-q", "--raw", "-Sbinary", path], capture_output=True, check=True)
    return out.stdout.rstrip(b"\n")


def activate(service, token, uid="AA:BB:CC", **members):
    body = {"device_token": token, "device_uid": uid, **members}
    return service.call("POST", "/api/camera/activate", json=body)


def status(service, token, **params):
    return service.call("GET", f"/api/camera/check-status/{token}", params=params)


def test_models(service):
    models = service.call("GET", "/api/camera/models").json()
    ids = {m["model_id"] for m in models}
    assert ids >= {
        "CP_PLUS_WIFI_V2",
        "HIKVISION_DS_2CD",
        "GENERIC_ONVIF",
        "ESP32_CAM_AI_THINKER",
        "ESP32_S3_CAM",
        "VIRTUAL_CAMERA",
        "BROWSER_CAMERA",
    }
    for m in models:
        assert set(m) == {"model_id", "model_name", "manufacturer", "supports_qr", "qr_format", "capabilities"}


def test_onboard_as_the_seed_says(service, tmp_path):
    user = service.user()
    answer = user.call("POST", "/api/camera/onboard", json=SEED_BODY)
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) >= {
        "success", "message", "device_id", "device_token", "qr_code", "qr_base64", "qr_codes", "qr_data", "qr_text",
        "status", "expires_at", "warnings",
    }
    assert body["success"] is True and body["status"] == "pending"
    assert re.fullmatch(r"[0-9a-f]{24}", body["device_id"])
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", body["device_token"])
    assert body["qr_code"] == "data:image/png;base64," + body["qr_base64"] == body["qr_codes"][0]
    text = json.loads(scan(base64.b64decode(body["qr_base64"]), tmp_path))
    assert list(text) == ["wifi_ssid", "wifi_password", "server_url", "device_token", "user_id", "camera_model"]
    assert text == body["qr_data"] == json.loads(body["qr_text"])
    assert text["device_token"] == body["device_token"] and text["user_id"] == user.id
    assert {"wifi_password_not_wpa", "loopback_server_url"} == {w["code"] for w in body["warnings"]}
    assert "127.0.0.1" not in text["server_url"]


def test_compact_code_carries_a_claim(fresh_service, tmp_path):
    service = fresh_service(PUBLIC_URL="https://cam.example.org")
    user = service.user()
    body = user.onboard(wifi_ssid="Caf\u00e9 \U0001f4f7", camera_model="ESP32_S3_CAM")
    raw = scan(base64.b64decode(body["qr_base64"]), tmp_path)
    assert raw.decode() == body["qr_text"] and raw.isascii()
    text = json.loads(raw)
    assert set(text) == {"s", "p", "t", "u"}
    assert text["s"] == "Caf\u00e9 \U0001f4f7" and text["u"] == "cam.example.org"
    assert re.fullmatch(r"[0-9A-Za-z]{14}", text["t"])
    assert body["qr_data"]["device_token"] == body["device_token"]
    answer = activate(service, text["t"])
    assert answer.status_code == 200 and answer.json()["device_id"] == body["device_id"]


def test_a_long_compact_text_is_split(fresh_service, tmp_path):
    service = fresh_service(PUBLIC_URL="https://cam.example.org")
    body = service.user().onboard(wifi_ssid="s" * 32, wifi_password="p" * 63)
    assert len(body["qr_codes"]) == len(body["qr_texts"]) == 2
    joined = b""
    for i, code in enumerate(body["qr_codes"], 1):
        part = scan(base64.b64decode(code.split(",")[1]), tmp_path)
        head, _, rest = part.partition(b":")
        assert head == f"C{i}/2".encode()
        joined += rest
    assert json.loads(joined)["p"] == "p" * 63


@pytest.mark.parametrize(
    "change, field",
    [
        ({"camera_model": "NO_SUCH"}, "camera_model"),
        ({"wifi_ssid": ""}, "wifi_ssid"),
        ({"wifi_ssid": "x" * 33}, "wifi_ssid"),
        ({"wifi_ssid": "nul\0"}, "wifi_ssid"),
        ({"wifi_password": "x" * 65}, "wifi_password"),
        ({"wifi_password": 12345678}, "wifi_password"),
        ({"device_name": "x" * 257}, "device_name"),
        ({"qr_format": "huge"}, "qr_format"),
    ],
)
def test_onboard_says_which_member_is_wrong(service, change, field):
    answer = service.user().call("POST", "/api/camera/onboard", json={**SEED_BODY, **change})
    assert [e["field"] for e in is_problem(answer, 422, "invalid")["errors"]] == [field]


def test_onboard_needs_a_user(service):
    is_problem(service.call("POST", "/api/camera/onboard", json=SEED_BODY), 401, "unauthenticated")


def test_qr_pictures_are_the_owners(service, tmp_path):
    from PIL import Image

    user, other = service.user(), service.user()
    body = user.onboard()
    path = f"/api/camera/onboard/{body['device_token']}"
    png = user.call("GET", path + "/qr.png", params={"scale": 3})
    assert png.headers["Content-Type"] == "image/png" and png.headers["Cache-Control"] == "no-store"
    width, height = Image.open(io.BytesIO(png.content)).size
    assert width == height and width % 3 == 0
    assert scan(png.content, tmp_path).decode() == body["qr_text"]
    svg = user.call("GET", path + "/qr.svg")
    assert svg.headers["Content-Type"].startswith("image/svg+xml") and "<svg" in svg.text
    for who in (other, None):
        answer = other.call("GET", path + "/qr.png") if who else service.call("GET", path + "/qr.png")
        assert answer.status_code == (404 if who else 401)
    for params in ({"scale": 0}, {"scale": 65}, {"scale": "x"}, {"part": 2}, {"part": 0}):
        is_problem(user.call("GET", path + "/qr.png", params=params), 422, "invalid")
    assert activate(service, body["device_token"]).status_code == 200
    is_problem(user.call("GET", path + "/qr.png"), 410, "qr_gone")


def test_activation(service):
    user = service.user()
    body = user.onboard()
    before = status(service, body["device_token"]).json()
    assert before["status"] == "pending" and before["stage"] == "waiting" and before["activated"] is False
    answer = activate(service, body["device_token"], "uid-1", local_ip="192.168.1.57", firmware="1.0")
    assert answer.status_code == 200
    said = answer.json()
    assert set(said) == {
        "success", "message", "device_id", "status", "device_key", "relay_url", "upload_url", "heartbeat_s",
        "server_time",
    }
    assert said["success"] is True and said["status"] == "active" and said["device_id"] == body["device_id"]
    assert re.fullmatch(rf"vcd_{body['device_id']}_[A-Za-z0-9_-]{{43}}", said["device_key"])
    assert said["relay_url"].startswith("ws://") and said["relay_url"].endswith("/ws")
    after = status(service, body["device_token"]).json()
    assert after["status"] == "active" and after["stage"] == "activated" and after["activated"] is True
    device = user.call("GET", f"/api/camera/devices/{body['device_id']}").json()
    assert device["device_uid"] == "uid-1" and device["local_ip"] == "192.168.1.57" and device["firmware"] == "1.0"
    assert device["activated_at"] is not None


def test_one_token_one_camera(service):
    user = service.user()
    body = user.onboard()
    token = body["device_token"]
    first = activate(service, token, "uid-1").json()["device_key"]
    again = activate(service, token, "uid-1")
    assert again.status_code == 200
    second = again.json()["device_key"]
    assert second != first
    is_problem(activate(service, token, "uid-2"), 409, "token_used")
    from service import Socket
    from websockets.exceptions import InvalidStatus

    with pytest.raises(InvalidStatus):  # the key before is dead
        Socket(service, headers={"Authorization": f"Bearer {first}"})
    with Socket(service, headers={"Authorization": f"Bearer {second}"}) as camera:
        assert camera.registered["device_id"] == body["device_id"]
        assert status(service, token).json()["stage"] == "connected"
        is_problem(activate(service, token, "uid-1"), 409, "already_activated")
        is_problem(activate(service, token, "uid-2"), 409, "token_used")


def test_of_many_cameras_one_wins(service):
    body = service.user().onboard()
    codes, start = [], threading.Barrier(16)

    def run(i):
        start.wait()
        codes.append(activate(service, body["device_token"], f"uid-{i}").status_code)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(codes) == [200] + [409] * 15


def test_unknown_tokens(service):
    for token in ("00000000-0000-4000-8000-000000000000", "AAAAAAAAAAAAAA", "x", "x" * 200):
        is_problem(activate(service, token) if len(token) < 65 else status(service, token), 404, "not_found")
        is_problem(status(service, token), 404, "not_found")


def test_activation_checks_its_members(service):
    token = service.user().onboard()["device_token"]
    is_problem(service.call("POST", "/api/camera/activate", json={"device_token": token}), 422, "invalid")
    is_problem(activate(service, token, ""), 422, "invalid")
    is_problem(activate(service, token, "u" * 129), 422, "invalid")
    is_problem(activate(service, token, "u", camera_model="NO_SUCH"), 422, "invalid")
    assert activate(service, token, "u", camera_model="ESP32_S3_CAM").status_code == 200
    assert status(service, token).json()["model_changed"] is True


def test_expiry(fresh_service):
    service = fresh_service(ONBOARD_TTL_S="1")
    user = service.user()
    body = user.onboard()
    until(lambda: status(service, body["device_token"]).json()["status"] == "expired")
    is_problem(activate(service, body["device_token"]), 410, "token_expired")
    assert user.call("GET", "/api/camera/devices").json()["devices"] == []


def test_cancel(service):
    user, other = service.user(), service.user()
    body = user.onboard()
    path = f"/api/camera/onboard/{body['device_token']}"
    assert other.call("DELETE", path).status_code == 404
    assert user.call("DELETE", path).status_code == 204
    assert status(service, body["device_token"]).status_code == 404
    assert activate(service, body["device_token"]).status_code == 404
    assert user.call("GET", f"/api/camera/devices/{body['device_id']}").status_code == 404
    done = user.onboard()
    activate(service, done["device_token"])
    answer = user.call("DELETE", f"/api/camera/onboard/{done['device_token']}")
    is_problem(answer, 409, "already_activated")


def news(service, token):
    """The stage, told before the time of the poll was up."""
    begin = time.monotonic()
    stage = status(service, token, wait=30).json()["stage"]
    assert time.monotonic() - begin < 30
    return stage


def test_long_poll_hears_of_the_activation_at_once(service):
    body = service.user().onboard()
    with ThreadPoolExecutor(1) as waiter:
        heard = waiter.submit(news, service, body["device_token"])
        # A second poll without waiting is answered while the first one waits.
        assert status(service, body["device_token"]).json()["stage"] == "waiting"
        activate(service, body["device_token"])
        assert heard.result() == "activated"
    assert status(service, body["device_token"], wait=31).status_code == 422


def test_a_poll_that_comes_back_late_has_missed_nothing(service):
    body = service.user().onboard()
    activate(service, body["device_token"])  # between two polls, while nobody waits
    assert news(service, body["device_token"]) == "activated"


def test_a_reset_camera_keeps_its_device(service):
    user = service.user()
    camera = user.camera("the-uid")
    with camera.socket():
        pass
    again = user.onboard()
    answer = activate(service, again["device_token"], "the-uid")
    assert answer.status_code == 200
    said = answer.json()
    assert said["device_id"] == camera.id
    with camera.socket():  # the old key works until the new one connects
        pass
    from service import Socket
    from websockets.exceptions import InvalidStatus

    with Socket(service, headers={"Authorization": f"Bearer {said['device_key']}"}):
        with pytest.raises(InvalidStatus):
            camera.socket()
    checked = status(service, again["device_token"]).json()
    assert checked["device_id"] == camera.id and checked["activated"] is True
    assert user.call("GET", f"/api/camera/devices/{again['device_id']}").status_code == 404
    other = service.user().camera("the-uid")
    assert other.id != camera.id
