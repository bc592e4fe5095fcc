"""The database goes away, is slow, or its connection breaks in the middle: what a user and a camera notice.

That an answer comes in time is judged by service.call, which gives up after a minute: a database that says nothing is
given 6 s here (MONGO_TIMEOUT_MS), and five minutes by a driver left to itself."""

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import requests
from ready import is_ready
from service import Camera, jpeg, until


def assert_unavailable(answer):
    assert answer.status_code == 503, answer.text
    assert answer.json()["code"] == "store_unavailable"
    assert int(answer.headers["Retry-After"]) >= 1


def is_refused_at_once(user):
    begin = time.monotonic()
    assert_unavailable(user.call("GET", "/api/camera/devices"))
    return time.monotonic() - begin < 1


class Watching:
    """A camera that sends pictures and a viewer that sees them, all the while something else happens."""

    def __init__(self, user):
        self.device = user.camera()
        self.camera = self.device.socket()
        self.viewer = user.socket()
        self.viewer.watch(self.device.id, max_age_ms=60000)
        self.number = 0

    def one_picture(self):
        """Goes from camera to viewer."""
        self.number += 1
        picture = jpeg(self.number)
        self.camera.send(picture)
        while self.viewer.frame()[24:] != picture:
            pass

    def close(self):
        self.camera.close()
        self.viewer.close()


def test_away_at_start(proxy, behind):
    proxy.away()
    service = behind()
    assert service.call("GET", "/healthz").status_code == 200
    assert_unavailable(service.call("GET", "/readyz"))
    body = {"email": "early@example.com", "password": "test123"}
    assert_unavailable(service.call("POST", "/api/register", json=body))
    proxy.back()
    until(lambda: is_ready(service))
    assert service.call("POST", "/api/register", json=body).status_code == 201


def test_ends_while_the_database_is_away(proxy, behind):
    proxy.away()
    assert behind().stop() == 0


def outage(proxy, service, user, watching, begin, end):
    """Many requests at once while it lasts, each answered in time; pictures flow as before."""
    begin()
    with ThreadPoolExecutor(32) as many:
        calls = [many.submit(user.call, "GET", "/api/camera/devices") for _ in range(64)]
        for _ in range(50):
            watching.one_picture()
        for call in calls:
            assert_unavailable(call.result())
    assert service.call("GET", "/healthz").status_code == 200
    until(lambda: not is_ready(service))  # the store is asked once a second
    until(lambda: is_refused_at_once(user))  # it is known to be away; who waits for it waits for seconds
    end()
    until(lambda: is_ready(service))
    assert user.call("GET", "/api/camera/devices").json()["devices"][0]["device_id"] == watching.device.id
    watching.one_picture()


def test_away_in_the_middle(proxy, behind):
    service = behind()
    user = service.user()
    watching = Watching(user)
    for _ in range(2):
        outage(proxy, service, user, watching, proxy.away, proxy.back)
    watching.close()


def test_silent_in_the_middle(proxy, behind):
    service = behind()
    user = service.user()
    watching = Watching(user)
    outage(proxy, service, user, watching, proxy.hush, proxy.speak)
    watching.close()


def test_slow(proxy, behind):
    """Who asks the database waits for it, nobody else does."""
    service = behind(MONGO_TIMEOUT_MS="60000")
    user = service.user()
    watching = Watching(user)
    proxy.hush()
    with ThreadPoolExecutor(4) as many:
        calls = [many.submit(user.call, "GET", "/api/camera/devices") for _ in range(4)]
        for _ in range(20):
            watching.one_picture()
            assert service.call("GET", "/healthz").status_code == 200
        assert not any(call.done() for call in calls)
        proxy.speak()
        assert [call.result().status_code for call in calls] == [200] * 4
    watching.close()


# ---- the connection breaks after the database has done it, before its answer is back ----


def cut_and_repeat(proxy, words, call, before=False):
    """The first call loses its answer; the second one's is returned."""
    cuts = proxy.cuts
    proxy.cut(*words, before=before)
    first = call()
    assert proxy.cuts == cuts + 1, "nothing was cut"
    assert_unavailable(first)
    answers = []

    def again():
        answers.append(call())
        return answers[-1].status_code != 503

    until(again)
    return answers[-1]


def test_registered_once(proxy, behind):
    service = behind()
    body = {"email": "once@example.com", "password": "test123"}
    again = cut_and_repeat(
        proxy, ["insert", "users"], lambda: service.call("POST", "/api/register", json=body))
    assert again.status_code == 409 and again.json()["code"] == "email_taken"
    assert service.call("POST", "/api/login", json=body).status_code == 200
    other = {"email": "never@example.com", "password": "test123"}
    again = cut_and_repeat(
        proxy, ["insert", "users"], lambda: service.call("POST", "/api/register", json=other), before=True)
    assert again.status_code == 201


def test_onboarded_once_under_its_key(proxy, behind):
    service = behind()
    user = service.user()
    wish = {"camera_model": "VIRTUAL_CAMERA", "wifi_ssid": "MyWiFi", "wifi_password": "mypassword"}
    again = cut_and_repeat(
        proxy,
        ["insert", "cameras"],
        lambda: user.call("POST", "/api/camera/onboard", json=wish, headers={"Idempotency-Key": "k-1"}),
    )
    assert again.status_code in (200, 201), again.text
    assert len(user.call("GET", "/api/camera/devices").json()["devices"]) == 1


def activate(service, pending, uid):
    body = {"device_token": pending["device_token"], "device_uid": uid}
    return service.call("POST", "/api/camera/activate", json=body)


def test_activated_once(proxy, behind):
    service = behind()
    user = service.user()
    for before in (False, True):
        pending = user.onboard()
        uid = f"uid-{before}"
        again = cut_and_repeat(
            proxy, ["findAndModify", "cameras"], lambda: activate(service, pending, uid), before)
        assert again.status_code == 200
        with Camera(user, pending, again.json(), uid).socket():
            pass
        until(lambda: activate(service, pending, uid).status_code == 409)
        assert activate(service, pending, "another").json()["code"] == "token_used"
    assert len(user.call("GET", "/api/camera/devices").json()["devices"]) == 2


def test_a_kept_device_at_every_step(proxy, behind):
    """An activation that keeps a device writes three times; each one's answer is lost in turn."""
    service = behind()
    user = service.user()
    device = user.camera("the-uid")
    with device.socket():
        pass
    for words in (["update", "cameras", "kept_id"], ["findAndModify", "next_key"], ["update", "kept\x00"]):
        for before in (False, True):
            pending = user.onboard()
            again = cut_and_repeat(proxy, words, lambda: activate(service, pending, "the-uid"), before)
            assert again.status_code == 200, again.text
            assert again.json()["device_id"] == device.id
            with device.socket():
                pass  # the old key is good until the new one has connected
            device.key = again.json()["device_key"]
            with device.socket():
                pass
            devices = user.call("GET", "/api/camera/devices").json()["devices"]
            assert [d["device_id"] for d in devices] == [device.id]


def test_a_refresh_token_survives_one_lost_answer(proxy, behind):
    service = behind()
    user = service.user()

    def refresh():
        return service.call("POST", "/api/token/refresh", json={"refresh_token": user.tokens["refresh_token"]})

    again = cut_and_repeat(proxy, ["update", "sessions", "spent"], refresh)
    assert again.status_code == 200
    user.tokens = again.json()
    assert refresh().status_code == 200


def test_deleted_once(proxy, behind):
    service = behind()
    user = service.user()
    device = user.camera()
    again = cut_and_repeat(
        proxy,
        ["findAndModify", "remove"],
        lambda: user.call("DELETE", f"/api/camera/devices/{device.id}"),
    )
    assert again.status_code == 404
    assert user.call("GET", "/api/camera/devices").json()["devices"] == []


class Storm:
    """Breaks all connections again and again. Whatever the machine takes for a request, some come through and some do
    not: the pauses grow until one has, and then become short again."""

    SHORTEST_S, LONGEST_S = 0.02, 60

    def __init__(self, proxy):
        self.proxy = proxy
        self.broken, self.pause_s = 0, self.SHORTEST_S
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.over.wait(self.pause_s):
            self.broken += self.proxy.drop()
            self.pause_s *= 1.3

    def came_through(self):
        self.pause_s = max(self.SHORTEST_S, self.pause_s / 4)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def test_connections_break_all_the_time(proxy, behind):
    """Whatever was acknowledged is there in the end, once."""
    service = behind()
    made, number = [], itertools.count()
    with Storm(proxy) as storm:
        while len(made) < 15 or storm.broken < 30:
            assert storm.pause_s < storm.LONGEST_S, "nothing comes through"
            body = {"email": f"storm{next(number)}@example.com", "password": "test123"}
            try:
                status = service.call("POST", "/api/register", json=body).status_code
            except requests.RequestException:
                continue
            assert status in (201, 503)
            if status == 201:
                storm.came_through()
                made.append(body)
    until(lambda: is_ready(service))
    for body in made:
        assert service.call("POST", "/api/login", json=body).status_code == 200
        assert service.call("POST", "/api/register", json=body).status_code == 409
