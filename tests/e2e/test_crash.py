"""What the service has acknowledged is there after a kill -9, whenever that comes."""

import random
import secrets
import signal
import threading

import requests

from local_service import local_service
from service import DEADLINE_S, Camera, Socket, User

KILLS, KILLS_MOST = 12, 60
WRITERS = 3


class Writer(threading.Thread):
    """Registers, onboards, activates and removes for as long as it may, and notes what was acknowledged."""

    def __init__(self, service, acknowledged, over):
        super().__init__(daemon=True)
        self.service, self.acknowledged, self.over = service, acknowledged, over
        self.users, self.pending, self.cameras, self.removed = [], [], [], []
        self.fault = None

    def run(self):
        while not self.over.is_set():
            try:
                self.one_round()
            except requests.RequestException:
                pass  # killed meanwhile: whatever was under way may be there or not
            except Exception as fault:
                self.fault = fault
                return

    def note(self, where, what):
        where.append(what)
        with self.acknowledged:
            self.acknowledged.count += 1
            self.acknowledged.notify()

    def one_round(self):
        user = User(self.service, f"user-{secrets.token_hex(6)}@example.com", "test123")
        self.note(self.users, user)
        for _ in range(3):
            code, uid = user.onboard(), f"uid-{secrets.token_hex(6)}"
            self.note(self.pending, (user, code, uid))
            camera = Camera.activate(user, code, uid)
            self.pending.pop()
            self.note(self.cameras, camera)
        gone = self.cameras.pop()  # from here on it may be there or not, until that is acknowledged
        answer = user.call("DELETE", f"/api/camera/devices/{gone.id}")
        assert answer.status_code == 200, answer.text
        self.note(self.removed, gone)


class Acknowledged(threading.Condition):
    count = 0

    def wait_for_more(self, number):
        with self:
            until = self.count + number
            assert self.wait_for(lambda: self.count >= until, timeout=DEADLINE_S), "nothing is acknowledged any more"


def check_user(service, user):
    answer = service.call("POST", "/api/login", json={"email": user.email, "password": user.password})
    assert answer.status_code == 200, answer.text
    assert answer.json()["user_id"] == user.id
    assert user.call("GET", "/api/me").json()["email"] == user.email, "the session is gone"


def check_camera(camera):
    device = camera.user.call("GET", f"/api/camera/devices/{camera.id}").json()
    assert device["device_uid"] == camera.uid and device["status"] in ("active", "offline")
    # Bound to its camera: nobody else can use the code.
    stolen = {"device_token": camera.pending["device_token"], "device_uid": "another"}
    answer = camera.service.call("POST", "/api/camera/activate", json=stolen)
    assert (answer.status_code, answer.json()["code"]) == (409, "token_used")
    with camera.socket() as s:
        assert s.registered["device_id"] == camera.id


def check_removed(camera):
    assert camera.user.call("GET", f"/api/camera/devices/{camera.id}").status_code == 404
    with Socket(camera.service, registered=False) as s:
        s.send({"type": "register", "role": "device", "device_key": camera.key})
        assert s.close_code() == 4401


def test_what_was_acknowledged_survives_kills(tmp_path):
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # shown when it fails
    choose = random.Random(seed)
    acknowledged, over = Acknowledged(), threading.Event()
    with local_service(tmp_path / "service") as service:
        writers = [Writer(service, acknowledged, over) for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        kills = 0
        while kills < KILLS or not all(any(getattr(w, kind) for w in writers) for kind in ("cameras", "removed")):
            assert kills < KILLS_MOST, "nothing comes about between the kills"
            acknowledged.wait_for_more(choose.randrange(1, 20))
            service.stop(signal.SIGKILL)
            service.start()
            kills += 1
        over.set()
        for writer in writers:
            writer.join(DEADLINE_S)
            assert not writer.is_alive()
            if writer.fault:
                raise writer.fault
        users, pending, cameras, removed = (
            [one for writer in writers for one in getattr(writer, kind)]
            for kind in ("users", "pending", "cameras", "removed")
        )
        print(f"{kills} kills, {len(users)} users, {len(pending)} codes, {len(cameras)} cameras, {len(removed)} removed")
        for user in users:
            check_user(service, user)
        for camera in cameras:
            check_camera(camera)
        for camera in removed:
            check_removed(camera)
        for user, code, uid in pending:  # its camera may have come or not: either way it comes in
            assert Camera.activate(user, code, uid).id == code["device_id"]
