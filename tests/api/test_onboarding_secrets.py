"""A WiFi password is in the code and nowhere else: not in the store, the log, figures, errors, nor in a core dump."""

import os
import re
import secrets

import pytest
import requests
from service import DEADLINE_S


class Planted:
    """Passwords that are found again wherever they went."""

    def __init__(self):
        self.mark = f"plant{secrets.token_hex(6)}"
        self.all = []

    def make(self, length=24):
        self.all.append(f"{self.mark}-{len(self.all):02}-".ljust(length, "p"))
        return self.all[-1]

    def found_in(self, data):
        return sorted(set(re.findall(re.escape(self.mark.encode()) + rb"-\d\d", data)))


def core_dump(pid):
    """What a core dump of a process would hold: its writable memory but for mappings that are left out (VmFlags dd)."""
    mappings, flags = [], re.compile(r"^VmFlags:(.*)")
    with open(f"/proc/{pid}/smaps") as smaps:
        for line in smaps:
            head = re.match(r"^([0-9a-f]+)-([0-9a-f]+) (\S+) ", line)
            if head:
                mappings.append((int(head[1], 16), int(head[2], 16), head[3], False, line.strip()))
            elif flags.match(line):
                words = flags.match(line)[1].split()
                mappings[-1] = (*mappings[-1][:3], "dd" in words, mappings[-1][4])
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as mem:
        for start, end, mode, left_out, name in mappings:
            if not mode.startswith("rw") or left_out:
                continue
            for at in range(start, end, 1 << 24):
                try:
                    mem.seek(at)
                    # Overlap, so that nothing hides on an edge.
                    yield name, at, mem.read(min((1 << 24) + 64, end - at))
                except OSError:
                    break


def has_sanitizer(pid):
    with open(f"/proc/{pid}/maps") as maps:
        return re.search(r"lib[at]san|libclang_rt", maps.read()) is not None


def onboard_all(user, planted, session):
    """Every way a password goes in; returns what came back that may not hold one."""
    headers = {**user.bearer, "Accept-Encoding": "gzip"}
    url = user.service.url

    def post(path, body, **more):
        return session.post(url + path, json=body, headers={**headers, **more}, timeout=DEADLINE_S)

    errors = []
    base = {"camera_model": "VIRTUAL_CAMERA", "wifi_ssid": "MyWiFi"}
    for members in ({}, {"qr_format": "full"}, {"wifi_ssid": "\u2603" * 10}, {"camera_model": "CP_PLUS_WIFI_V2"}):
        answer = post("/api/camera/onboard", {**base, "wifi_password": planted.make(), **members})
        assert answer.status_code == 201
        for kind in ("png", "svg"):
            picture = session.get(f"{url}/api/camera/onboard/{answer.json()['device_token']}/qr.{kind}", headers=headers)
            assert picture.status_code == 200
    key = secrets.token_hex(8)
    again = {**base, "wifi_password": planted.make()}
    for _ in range(2):
        assert post("/api/camera/onboard", again, **{"Idempotency-Key": key}).status_code == 201
    errors.append(post("/api/camera/onboard", {**again, "wifi_password": planted.make()}, **{"Idempotency-Key": key}))
    errors.append(post("/api/camera/onboard", {**base, "wifi_password": planted.make(65)}))
    errors.append(post("/api/camera/onboard", {**base, "wifi_password": planted.make(), "camera_model": "TOASTER"}))
    errors.append(post("/api/camera/onboard", {**base, "wifi_password": planted.make() + "\0"}))
    errors.append(post("/api/camera/onboard", {**base, "wifi_password": [planted.make()]}))
    errors.append(session.post(url + "/api/camera/onboard", data='{"wifi_password":"' + planted.make(), headers={
        **headers, "Content-Type": "application/json"}))
    errors.append(session.post(url + "/api/camera/onboard", json={"wifi_password": planted.make()}))
    camera = user.camera()
    moved = {"wifi_ssid": "New", "wifi_password": planted.make()}
    assert post(f"/api/camera/devices/{camera.id}/wifi-qr", moved).status_code == 201
    errors.append(post(f"/api/camera/devices/{'0' * 24}/wifi-qr", {**moved, "wifi_password": planted.make()}))
    assert all(400 <= e.status_code < 500 for e in errors)
    return errors


def files_of(service):
    for folder, _, names in os.walk(service.folder):
        for name in names:
            with open(os.path.join(folder, name), "rb") as f:
                yield name, f.read()


def test_a_password_is_nowhere_but_in_the_code(fresh_service):
    service = fresh_service(LOG_LEVEL="debug")
    user, planted = service.user(), Planted()
    with requests.Session() as kept:  # its connection stays open, with whatever the server keeps for it
        errors = onboard_all(user, planted, kept)
        onboard_all(user, planted, requests)
        assert [e.text for e in errors if planted.found_in(e.content)] == []
        for path in ("/metrics", "/health", "/api/health", "/healthz", "/readyz", "/api/camera/devices"):
            assert planted.found_in(user.call("GET", path).content) == []
        assert {name: planted.found_in(data) for name, data in files_of(service) if planted.found_in(data)} == {}
        if has_sanitizer(service.process.pid):
            pytest.skip("sanitizers keep what is freed")
        try:
            dump = [(f"{name} at {at:x}", planted.found_in(data)) for name, at, data in core_dump(service.process.pid)]
        except PermissionError:
            pytest.skip("this kernel does not let a parent read its child's memory")
    assert len(dump) > 10
    assert [line for line in dump if line[1]] == []
