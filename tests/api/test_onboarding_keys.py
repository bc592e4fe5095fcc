"""Onboarding without waiting for luck: repeated calls, keys without a code, rotated keys, a camera that moves."""

import threading

import pytest
from service import Socket
from websockets.exceptions import InvalidStatus

BODY = {"camera_model": "VIRTUAL_CAMERA", "wifi_ssid": "MyWiFi", "wifi_password": "mypassword"}


def is_problem(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.json()["code"] == code


def onboard(user, key, **members):
    headers = {"Idempotency-Key": key}
    return user.call("POST", "/api/camera/onboard", json={**BODY, **members}, headers=headers)


def activate(service, token, uid="uid"):
    return service.call("POST", "/api/camera/activate", json={"device_token": token, "device_uid": uid})


def socket(service, key):
    return Socket(service, headers={"Authorization": f"Bearer {key}"})


# ---- Idempotency-Key ----


def test_a_repeated_call_returns_its_device_with_a_new_token(service):
    user = service.user()
    first, again = onboard(user, "one"), onboard(user, "one")
    assert first.status_code == again.status_code == 201
    old, new = first.json(), again.json()
    assert new["device_id"] == old["device_id"] and new["device_token"] != old["device_token"]
    assert new["qr_text"] != old["qr_text"]
    assert service.call("GET", f"/api/camera/check-status/{old['device_token']}").status_code == 404
    is_problem(activate(service, old["device_token"]), 404, "not_found")
    assert user.call("GET", f"/api/camera/onboard/{old['device_token']}/qr.png").status_code == 404
    assert user.call("GET", f"/api/camera/onboard/{new['device_token']}/qr.png").status_code == 200
    assert len(user.call("GET", "/api/camera/devices").json()["devices"]) == 1
    assert activate(service, new["device_token"]).status_code == 200
    is_problem(onboard(user, "one"), 409, "already_activated")


def test_another_body_is_refused(service):
    user = service.user()
    token = onboard(user, "one").json()["device_token"]
    for members in ({"wifi_password": "mypassworD"}, {"wifi_ssid": "x"}, {"device_name": "x"}, {"qr_format": "full"}):
        is_problem(onboard(user, "one", **members), 409, "idempotency_mismatch")
    assert onboard(user, "one", device_name="My Camera", qr_format="compact").status_code == 201  # what it says anyway
    is_problem(activate(service, token), 404, "not_found")


def test_keys_are_per_user_and_checked(service):
    one, two = service.user(), service.user()
    assert onboard(one, "k").json()["device_id"] != onboard(two, "k").json()["device_id"]
    assert onboard(one, "~" * 64).status_code == 201
    for bad in ("x" * 65, "a\tb", "caf\u00e9".encode("latin-1")):
        is_problem(onboard(one, bad), 422, "invalid")
    without = [one.call("POST", "/api/camera/onboard", json=BODY).json()["device_id"] for _ in range(2)]
    assert without[0] != without[1]


def test_of_many_repeats_at_once_one_token_is_good(service):
    user, answers, start = service.user(), [], threading.Barrier(32)

    def run():
        start.wait()
        answers.append(onboard(user, "storm"))

    threads = [threading.Thread(target=run) for _ in range(32)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert {a.status_code for a in answers} == {201}
    assert len({a.json()["device_id"] for a in answers}) == 1
    tokens = [a.json()["device_token"] for a in answers]
    good = [t for t in tokens if service.call("GET", f"/api/camera/check-status/{t}").status_code == 200]
    assert len(good) == 1
    assert user.call("GET", f"/api/camera/onboard/{good[0]}/qr.svg").status_code == 200


# ---- keys without a code ----


def test_a_device_with_its_key(service):
    user = service.user()
    body = {"device_name": "Shed", "camera_model": "ESP32_S3_CAM", "device_uid": "shed-1"}
    answer = user.call("POST", "/api/camera/devices", json=body)
    assert answer.status_code == 201, answer.text
    device = answer.json()
    key = device.pop("device_key")
    assert device["status"] == "offline" and device["online"] is False and device["device_uid"] == "shed-1"
    assert device == user.call("GET", f"/api/camera/devices/{device['device_id']}").json()
    is_problem(user.call("POST", "/api/camera/devices", json=body), 409, "device_uid_taken")
    assert service.user().call("POST", "/api/camera/devices", json=body).status_code == 201
    with socket(service, key) as camera:
        assert camera.registered["device_id"] == device["device_id"]
        seen = user.call("GET", f"/api/camera/devices/{device['device_id']}").json()
        assert seen["status"] == "active" and seen["online"] is True and seen["activated_at"]


def test_what_a_device_needs(service):
    user = service.user()
    for body in ({"device_name": "a"}, {"camera_model": "ESP32_S3_CAM"}, {"device_name": "", "camera_model": "ESP32_S3_CAM"},
                 {"device_name": "a", "camera_model": "TOASTER"},
                 {"device_name": "a", "camera_model": "ESP32_S3_CAM", "device_uid": ""},
                 {"device_name": "a", "camera_model": "ESP32_S3_CAM", "device_uid": 5}):
        is_problem(user.call("POST", "/api/camera/devices", json=body), 422, "invalid")
    assert service.call("POST", "/api/camera/devices", json={}).status_code == 401


def test_a_typed_device_may_be_onboarded_by_a_code_later(service):
    user = service.user()
    body = {"device_name": "Shed", "camera_model": "ESP32_S3_CAM", "device_uid": "the-uid"}
    device = user.call("POST", "/api/camera/devices", json=body).json()
    said = activate(service, user.onboard()["device_token"], "the-uid").json()
    assert said["device_id"] == device["device_id"]
    with socket(service, device["device_key"]):
        pass
    with socket(service, said["device_key"]):
        with pytest.raises(InvalidStatus):
            socket(service, device["device_key"])


def test_rotate_key(service):
    user, other = service.user(), service.user()
    camera = user.camera()
    path = f"/api/camera/devices/{camera.id}/rotate-key"
    with camera.socket() as line:
        is_problem(other.call("POST", path), 404, "not_found")
        answer = user.call("POST", path)
        assert answer.status_code == 200 and list(answer.json()) == ["device_key"]
        assert line.close_code() == 4401
    with pytest.raises(InvalidStatus):
        camera.socket()
    with socket(service, answer.json()["device_key"]) as line:
        assert line.registered["device_id"] == camera.id
    pending = user.onboard()["device_id"]
    is_problem(user.call("POST", f"/api/camera/devices/{pending}/rotate-key"), 409, "conflict")


# ---- another WiFi ----


def test_wifi_qr(service):
    user, other = service.user(), service.user()
    camera = user.camera()
    path = f"/api/camera/devices/{camera.id}/wifi-qr"
    wifi = {"wifi_ssid": "NewNet", "wifi_password": "short"}
    answer = user.call("POST", path, json=wifi)
    assert answer.status_code == 201, answer.text
    said = answer.json()
    assert said["qr_text"] == '{"s":"NewNet","p":"short"}'
    assert said["qr_codes"] == [said["qr_code"]] and said["qr_code"].endswith(said["qr_base64"])
    assert set(said["qr_data"]) == {"wifi_ssid", "wifi_password", "server_url", "device_token", "user_id", "camera_model"}
    assert said["qr_data"]["device_token"] is None and "device_token" not in said
    assert [w["code"] for w in said["warnings"]] == ["wifi_password_not_wpa"]  # the address is not in this code
    with camera.socket():  # nothing was activated again
        pass
    is_problem(other.call("POST", path, json=wifi), 404, "not_found")
    is_problem(user.call("POST", path, json={"wifi_ssid": "a"}), 422, "invalid")
    is_problem(user.call("POST", path, json={**wifi, "wifi_ssid": "\u2603" * 11}), 422, "invalid")
    pending = user.onboard()["device_id"]
    is_problem(user.call("POST", f"/api/camera/devices/{pending}/wifi-qr", json=wifi), 409, "conflict")


def test_a_long_wifi_is_split(service):
    user = service.user()
    camera = user.camera()
    wifi = {"wifi_ssid": "\u2603" * 10, "wifi_password": "\U0001f511" * 16}
    said = user.call("POST", f"/api/camera/devices/{camera.id}/wifi-qr", json=wifi).json()
    assert len(said["qr_codes"]) == len(said["qr_texts"]) > 1
    assert "".join(t[5:] for t in said["qr_texts"]) == said["qr_text"]
