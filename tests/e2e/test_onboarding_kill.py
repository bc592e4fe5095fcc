"""kill -9 at random moments while cameras are onboarded, activated and connected. ONBOARDING_KILL_S=120 for the long run."""

import os
import random
import threading
import time

import requests
from service import DEADLINE_S, Service, Socket
from websockets.exceptions import InvalidStatus, WebSocketException

SECONDS = float(os.environ.get("ONBOARDING_KILL_S", 8))  # more until enough came about
WORKERS, TTL_S, ROUNDS = 3, 10, 5


class Town:
    """A service that dies again and again, and what it has acknowledged."""

    def __init__(self, service):
        self.service = service
        self.up, self.over = threading.Event(), threading.Event()
        self.connected = {}  # device id → key that was good at its last connect
        self.faults, self.rounds, self.kills = [], 0, 0

    def insist(self, act):
        """Until there is an answer, whatever dies meanwhile."""
        end = time.monotonic() + 3 * DEADLINE_S
        while time.monotonic() < end:
            self.up.wait(DEADLINE_S)
            try:
                answer = act()
            except (OSError, requests.RequestException, WebSocketException, EOFError):
                continue
            if getattr(answer, "status_code", 200) != 503:
                return answer
        raise TimeoutError("no answer")

    def line(self, key):
        """The device that a key opens, None when it opens nothing."""

        def try_it():
            try:
                with Socket(self.service, headers={"Authorization": f"Bearer {key}"}) as socket:
                    return socket.registered["device_id"]
            except InvalidStatus as refused:
                if refused.response.status_code == 401:
                    return None
                raise

        return self.insist(try_it)

    def activate(self, token, uid):
        body = {"device_token": token, "device_uid": uid}
        return self.insist(lambda: self.service.call("POST", "/api/camera/activate", json=body))

    def expect(self, good, *what):
        if not good:
            self.faults.append(what)


def bring_in(town, user, uid, number):
    """One camera, as stubborn as cameras and apps are."""
    body = {"camera_model": "VIRTUAL_CAMERA", "wifi_ssid": "MyWiFi", "wifi_password": "mypassword"}
    headers = {"Idempotency-Key": f"{uid}-{number}"}
    answer = town.insist(lambda: user.call("POST", "/api/camera/onboard", json=body, headers=headers))
    if answer.status_code != 201:
        return town.expect(False, "onboard", answer.text)
    token = answer.json()["device_token"]
    answer = town.activate(token, uid)
    if answer.status_code == 410:
        return None  # it took longer than the token lives
    if answer.status_code != 200:
        return town.expect(False, "activate", answer.text)
    said = answer.json()
    thief = town.activate(token, f"thief-of-{uid}")
    town.expect(thief.status_code == 409 and thief.json()["code"] == "token_used", "thief", thief.text)
    town.expect(town.line(said["device_key"]) == said["device_id"], "an acknowledged key is lost")
    town.connected[said["device_id"]] = said["device_key"]
    again = town.activate(token, uid)
    town.expect(again.status_code == 409 and again.json()["code"] == "already_activated", "activated twice", again.text)
    town.rounds += 1


def live(town, user, worker):
    try:
        number = 0
        while not town.over.is_set():
            bring_in(town, user, f"cam-{worker}-{number % 5}", number)  # the sixth is a camera that was reset
            number += 1
    except Exception as fault:  # noqa: BLE001  (told by the test below)
        town.faults.append((worker, repr(fault)))


def kill_again_and_again(town, dice):
    service, end = town.service, time.monotonic() + SECONDS
    life_s, rounds = 0.5, 0
    while (time.monotonic() < end or town.rounds < ROUNDS) and not town.faults:
        town.up.set()
        town.over.wait(dice.uniform(0.02, life_s))  # a moment nobody knows
        town.up.clear()
        service.process.kill()
        service.process.wait()
        service.process.stdout.close()
        service.start()
        town.kills += 1
        if town.kills % 10 == 0:  # a machine on which nothing comes about in so short a life gets longer ones
            life_s *= 2 if town.rounds == rounds else 1
            rounds = town.rounds


def devices(user):
    return user.call("GET", "/api/camera/devices", params={"limit": 200}).json()["devices"]


def test_nothing_acknowledged_is_lost(tmp_path):
    seed = random.SystemRandom().randrange(1 << 32)
    with Service(tmp_path, quiet=True, ONBOARD_TTL_S=str(TTL_S)) as service:
        town = Town(service)
        users = [service.user() for _ in range(WORKERS)]
        workers = [threading.Thread(target=live, args=(town, u, i), daemon=True) for i, u in enumerate(users)]
        for w in workers:
            w.start()
        try:
            kill_again_and_again(town, random.Random(seed))
        finally:
            town.up.set()
            town.over.set()
        for w in workers:
            w.join(4 * DEADLINE_S)
            assert not w.is_alive()
        print(f"{town.rounds} cameras brought in, {town.kills} kills, seed {seed}")
        assert town.faults == []
        end = time.monotonic() + TTL_S + DEADLINE_S
        while any(d["status"] == "pending" for u in users for d in devices(u)):
            assert time.monotonic() < end, "a half-made device stays listed"
        for user in users:
            listed = devices(user)
            uids = [d["device_uid"] for d in listed]
            assert len(uids) == len(set(uids)) and all(u and not u.startswith("thief") for u in uids)
        known = {d["device_id"] for u in users for d in devices(u)}
        assert set(town.connected) <= known
        assert [i for i, key in town.connected.items() if town.line(key) != i] == []
