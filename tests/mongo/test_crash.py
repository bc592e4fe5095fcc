"""kill -9 of the service and of the database while people onboard cameras: nothing that was acknowledged is lost."""

import os
import random
import signal
import threading

import requests
from service import Camera, Service, mongo_database

ROUNDS = int(os.environ.get("VC_CRASH_ROUNDS", "6"))


class Writer:
    """Onboards and activates without pause, and remembers what it was told; a new account now and then."""

    def __init__(self, service):
        self.service = service
        self.users, self.cameras, self.pending = [], [], []
        self.stop = threading.Event()
        self.told = threading.Condition()
        self.count = 0

    def note(self, where, what):
        with self.told:
            where.append(what)
            self.count += 1
            self.told.notify_all()

    def once(self, n):
        if not self.users or n % 5 == 0:
            user = self.service.user()
            self.note(self.users, user)
        user = self.users[-1]
        pending = user.onboard()
        if n % 4 == 3:
            self.note(self.pending, (user, pending))
            return
        self.note(self.cameras, Camera.activate(user, pending, f"uid-{n}"))

    def run(self):
        n = 0
        while not self.stop.is_set():
            n += 1
            try:
                self.once(n)
            except (requests.RequestException, AssertionError):
                self.stop.wait(0.01)  # it is down, or the database is; what it has not told does not count

    def wait_for(self, more):
        with self.told:
            for wanted in range(self.count + 1, self.count + more + 1):
                assert self.told.wait_for(lambda: self.count >= wanted, 120), "nothing is acknowledged any more"


def assert_all_there(writer):
    for user in writer.users:
        login = {"email": user.email, "password": user.password}
        assert writer.service.call("POST", "/api/login", json=login).status_code == 200
        devices = user.call("GET", "/api/camera/devices?limit=200").json()["devices"]
        ids = [d["device_id"] for d in devices]
        assert len(ids) == len(set(ids))
        mine = {c.id for c in writer.cameras if c.user is user}
        assert mine <= set(ids)
        uids = [d["device_uid"] for d in devices if d["device_uid"]]
        assert len(uids) == len(set(uids))
    for user, pending in writer.pending:
        status = writer.service.call("GET", f"/api/camera/check-status/{pending['device_token']}")
        assert status.status_code == 200 and status.json()["activated"] is False
    for camera in random.sample(writer.cameras, min(20, len(writer.cameras))):
        with camera.socket():
            pass


def test_killed_again_and_again(tmp_path, own_server):
    uri = mongo_database(own_server.uri, "crash")
    service = Service(tmp_path / "service", MONGO_URI=uri, MONGO_TIMEOUT_MS="6000")
    with service:
        writer = Writer(service)
        thread = threading.Thread(target=writer.run)
        thread.start()
        try:
            for turn in range(ROUNDS):
                writer.wait_for(random.randint(5, 40))
                if turn % 2:
                    service.stop(signal.SIGKILL)
                    service.start()
                else:
                    assert own_server("kill").returncode == 0
                    assert own_server("up").returncode == 0
            writer.wait_for(5)
        finally:
            writer.stop.set()
            thread.join()
        assert_all_there(writer)
        print(f"{len(writer.users)} users, {len(writer.cameras)} cameras, {len(writer.pending)} pending")
