"""The database goes away, is slow, or its connection breaks in the middle: what a user and a camera notice."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import requests
from service import Camera, jpeg

TIMEOUT_S = 3
SLACK_S = 1.5


def until(condition, deadline_s=20):
    """Waits for what the service does on its own."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, "it did not come about"


def is_ready(service):
    return service.call("GET", "/readyz").status_code == 200


def assert_unavailable(answer):
    assert answer.status_code == 503, answer.text
    assert answer.json()["code"] == "store_unavailable"
    assert int(answer.headers["Retry-After"]) >= 1


def timed(call):
    begin = time.monotonic()
    return call(), time.monotonic() - begin


class Watching:
    """A camera that sends pictures and a viewer that sees them, all the while something else happens."""

    def __init__(self, user):
        self.device = user.camera()
        self.camera = self.device.socket()
        self.viewer = user.socket()
        self.viewer.watch(self.device.id)
        self.number = 0

    def one_picture(self):
        """Its way from camera to viewer, in seconds."""
        self.number += 1
        picture = jpeg(self.number)
        begin = time.monotonic()
        self.camera.send(picture)
        while self.viewer.frame(5)[24:] != picture:
            pass
        return time.monotonic() - begin

    def close(self):
        self.camera.close()
        self.viewer.close()


def test_away_at_start(proxy, behind):
    proxy.away()
    service = behind()
    assert service.call("GET", "/healthz").status_code == 200
    assert_unavailable(service.call("GET", "/readyz"))
    body = {"email": "early@example.com", "password": "test123"}
    answer, seconds = timed(lambda: service.call("POST", "/api/register", json=body))
    assert_unavailable(answer)
    assert seconds < TIMEOUT_S + SLACK_S
    proxy.back()
    until(lambda: is_ready(service))
    assert service.call("POST", "/api/register", json=body).status_code == 201


def test_ends_while_the_database_is_away(proxy, behind):
    proxy.away()
    service = behind()
    begin = time.monotonic()
    assert service.stop() == 0
    assert time.monotonic() - begin < 10


def outage(proxy, service, user, watching, begin, end):
    """Many requests at once while it lasts, each answered in time; pictures flow as before."""
    begin()
    with ThreadPoolExecutor(32) as many:
        calls = [many.submit(timed, lambda: user.call("GET", "/api/camera/devices")) for _ in range(64)]
        slowest = max(watching.one_picture() for _ in range(50))
        for call in calls:
            answer, seconds = call.result()
            assert_unavailable(answer)
            assert seconds < TIMEOUT_S + SLACK_S
    assert slowest < 1
    assert service.call("GET", "/healthz").status_code == 200
    assert_unavailable(service.call("GET", "/readyz"))
    answer, seconds = timed(lambda: user.call("GET", "/api/camera/devices"))
    assert_unavailable(answer)
    assert seconds < 0.5, "it is known to be away"
    end()
    until(lambda: is_ready(service))
    assert user.call("GET", "/api/camera/devices").json()["devices"][0]["device_id"] == watching.device.id
    assert watching.one_picture() < 1


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
    service = behind(MONGO_TIMEOUT_MS="5000")
    user = service.user()
    watching = Watching(user)
    proxy.delay_s = 2
    with ThreadPoolExecutor(4) as many:
        calls = [many.submit(timed, lambda: user.call("GET", "/api/camera/devices")) for _ in range(4)]
        while not all(call.done() for call in calls):
            assert watching.one_picture() < 1
            answer, seconds = timed(lambda: service.call("GET", "/healthz"))
            assert answer.status_code == 200 and seconds < 1
        for call in calls:
            answer, seconds = call.result()
            assert answer.status_code == 200
            assert seconds >= 2
    proxy.delay_s = 0
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


def test_connections_break_all_the_time(proxy, behind):
    """Whatever was acknowledged is there in the end, once."""
    service = behind()
    stop = threading.Event()

    def disturb():
        while not stop.wait(0.05):
            proxy.drop()

    disturber = threading.Thread(target=disturb)
    disturber.start()
    made = set()
    try:
        for n in range(60):
            body = {"email": f"storm{n}@example.com", "password": "test123"}
            try:
                status = service.call("POST", "/api/register", json=body).status_code
            except requests.RequestException:
                status = 0
            assert status in (201, 503)
            if status == 201:
                made.add(n)
    finally:
        stop.set()
        disturber.join()
    until(lambda: is_ready(service))
    assert made, "nothing came through"
    for n in made:
        body = {"email": f"storm{n}@example.com", "password": "test123"}
        assert service.call("POST", "/api/login", json=body).status_code == 200
