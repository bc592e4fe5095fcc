"""Every WiFi name and password survives: API → picture → zbarimg → the firmware's parser, byte for byte."""

import base64
import os
import random
import string
import struct
from concurrent.futures import ThreadPoolExecutor

import requests
from qr_reader import read_payloads, scan

CREDENTIALS = 1000
SEED = int(os.environ.get("CREDENTIALS_SEED", 1))  # others: a picture may be one that zbar cannot read
V5_WIDTH = (17 + 4 * 5 + 8) * 8  # px: the largest compact code, with its quiet zone, at 8 px a module

AWKWARD = ["\\", '"', "'", ";", ":", ",", "/", "{", "}", " ", "%00", "\\u0041", "\\n", "C1/2:", 'T:WPA;S:"x";;', '"}', "\u2028", "\u202e",
           "\ufeff", "\uffff", "\U0010ffff", "\ud7ff", "\ue000", "e\u0301", "\u00df", "\u4f60\u597d", "\U0001f469\u200d\U0001f52c", "\U0001f1e9\U0001f1ea",
           "\u0001", "\b", "\t", "\n", "\r", "\u001f", "\u007f", "\u0080", "\u009f"]  # fmt: skip


def fill(random, most, draw):
    """Text of draw()s that holds as many bytes as it may."""
    text = ""
    while True:
        more = draw()
        if len((text + more).encode()) > most:
            return text or "x" * most
        text += more


def make(random, most):
    """A text of 1..most bytes."""
    size = random.choice([most, random.randint(1, most)])
    kind = random.randrange(6)
    if kind == 0:
        return "".join(random.choices(string.printable[:95], k=size))
    if kind == 1:
        return "".join(random.choices(string.hexdigits, k=size))
    if kind == 2:
        return fill(random, size, lambda: chr(random.choice([random.randint(1, 0x7F), random.randint(0x80, 0x7FF)])))
    if kind == 3:
        return fill(random, size, lambda: chr(random.choice([random.randint(0x800, 0xD7FF), random.randint(0xE000, 0x10FFFF)])))
    if kind == 4:
        return fill(random, size, lambda: random.choice(AWKWARD))
    return fill(random, size, lambda: chr(random.randint(1, 31)))


def credentials(random):
    ssid = make(random, 32)
    password = random.choice(["", make(random, 64), make(random, 64), make(random, 63), "".join(random.choices(string.hexdigits, k=64))])
    # Nine compact codes hold any of them but for the very longest escapes; full ones hold them all.
    return {"wifi_ssid": ssid, "wifi_password": password, "camera_model": random.choice(["ESP32_S3_CAM", "CP_PLUS_WIFI_V2"])}


class Way:
    """One onboarding and its pictures."""

    def __init__(self, user, session, folder, number, body):
        self.body, self.paths = body, []
        answer = session.post(user.service.url + "/api/camera/onboard", json=body, headers=user.bearer, timeout=60)
        assert answer.status_code == 201, (body, answer.text)
        self.said = answer.json()
        for part, url in enumerate(self.said["qr_codes"]):
            data = base64.b64decode(url.removeprefix("data:image/png;base64,"))
            width, height = struct.unpack(">II", data[16:24])
            assert width == height and width % 8 == 0
            assert self.is_full or width <= V5_WIDTH, body
            path = os.path.join(folder, f"{number}-{part}.png")
            with open(path, "wb") as f:
                f.write(data)
            self.paths.append(path)

    @property
    def is_full(self):
        return self.body["camera_model"] == "CP_PLUS_WIFI_V2"

    def check(self, texts, order):
        assert texts == self.said.get("qr_texts", [self.said["qr_text"]]), self.body
        order.shuffle(texts)
        read = read_payloads(texts)
        assert len(read) == 1 and read[0], (self.body, texts)
        ssid, password, server, token = read[0]
        assert ssid.decode() == self.body["wifi_ssid"] and password.decode() == self.body["wifi_password"]
        assert server == self.said["qr_data"]["server_url"]
        assert len(token) == (36 if self.is_full else 14)
        weak = "wifi_password_not_wpa" in [w["code"] for w in self.said["warnings"]]
        assert weak != is_wpa(self.body["wifi_password"].encode())


def is_wpa(password):
    return not password or 8 <= len(password) <= 63 or (len(password) == 64 and all(c in string.hexdigits.encode() for c in password))


def test_every_credential_survives(fresh_service, tmp_path):
    service, order = fresh_service(), random.Random(SEED)
    user = service.user()
    print(f"CREDENTIALS_SEED={SEED}")
    with requests.Session() as session:
        ways = [Way(user, session, tmp_path, n, credentials(order)) for n in range(CREDENTIALS)]
    paths = [p for way in ways for p in way.paths]
    half = (len(paths) + 1) // 2
    with ThreadPoolExecutor(2) as pool:
        texts = [t for part in pool.map(scan, (paths[:half], paths[half:])) for t in part]
    assert None not in texts
    seen = dict(zip(paths, texts))
    for way in ways:
        way.check([seen[p] for p in way.paths], order)
    assert sum(len(way.paths) > 1 for way in ways) > CREDENTIALS / 10
