"""One token, one camera: whoever asks, however many at once, of whichever of two services on one store."""

import threading

import pytest
from service import Camera, Service, Socket
from websockets.exceptions import InvalidStatus

CROWD = 64


def is_problem(answer, status, code):
    assert answer.status_code == status, answer.text
    assert answer.json()["code"] == code


def activate(service, token, uid):
    return service.call("POST", "/api/camera/activate", json={"device_token": token, "device_uid": uid})


def status(service, token, **query):
    return service.call("GET", f"/api/camera/check-status/{token}", params=query)


def line(service, key):
    return Socket(service, headers={"Authorization": f"Bearer {key}"})


def opens(service, key):
    try:
        with line(service, key):
            return True
    except InvalidStatus:
        return False


def at_once(n, act):
    """act(i) for 0..n-1 at the same moment; what each returned."""
    start, results = threading.Barrier(n), [None] * n

    def run(i):
        start.wait()
        results[i] = act(i)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results


@pytest.fixture
def pair(tmp_path):
    """Two services on one store."""
    first, second = Service(tmp_path / "a"), Service(tmp_path / "b")
    second.env.update({name: first.env[name] for name in ("DATA_DIR", "MONGO_URI") if name in first.env})
    with first, second:
        yield first, second


@pytest.fixture(params=["one service", "two services"])
def crowd(request, pair):
    """One service, or two of which every other request goes to the second."""
    return pair[0], pair[0] if request.param == "one service" else pair[1]


def test_of_64_cameras_one_wins(crowd):
    user = crowd[0].user()
    pending = user.onboard()
    claim = pending["qr_text"].split('"t":"')[1][:14]
    answers = at_once(CROWD, lambda i: activate(crowd[i % 2], (pending["device_token"], claim)[i // 2 % 2], f"uid-{i}"))
    won = [a for a in answers if a.status_code == 200]
    assert len(won) == 1
    for answer in answers:
        if answer is not won[0]:
            is_problem(answer, 409, "token_used")
    assert [d["device_id"] for d in user.call("GET", "/api/camera/devices").json()["devices"]] == [pending["device_id"]]
    assert opens(crowd[1], won[0].json()["device_key"])


def test_64_repeats_of_one_camera_leave_one_key(crowd):
    pending = crowd[0].user().onboard()
    answers = at_once(CROWD, lambda i: activate(crowd[i % 2], pending["device_token"], "uid"))
    assert {a.status_code for a in answers} == {200}
    keys = [a.json()["device_key"] for a in answers]
    assert len(set(keys)) == CROWD
    assert sum(opens(crowd[0], k) for k in keys) == 1
    is_problem(activate(crowd[1], pending["device_token"], "uid"), 409, "already_activated")


def test_64_codes_of_one_camera_make_one_device(crowd):
    user = crowd[0].user()
    pending = [user.onboard() for _ in range(CROWD)]
    answers = at_once(CROWD, lambda i: activate(crowd[i % 2], pending[i]["device_token"], "uid"))
    assert {a.status_code for a in answers} == {200}
    assert len({a.json()["device_id"] for a in answers}) == 1
    listed = user.call("GET", "/api/camera/devices", params={"limit": 200}).json()["devices"]
    assert len([d for d in listed if d["status"] != "pending"]) == 1


def test_cancel_and_activate_at_once(crowd):
    user = crowd[0].user()
    for _ in range(16):
        pending = user.onboard()
        path = f"/api/camera/onboard/{pending['device_token']}"
        done, cancelled = at_once(2, lambda i: user.call("DELETE", path) if i else activate(crowd[1], pending["device_token"], "u"))
        if cancelled.status_code == 204:
            is_problem(done, 404, "not_found")
            assert status(crowd[1], pending["device_token"]).status_code == 404
        else:
            is_problem(cancelled, 409, "already_activated")
            assert done.status_code == 200
            user.call("DELETE", f"/api/camera/devices/{done.json()['device_id']}")


def test_another_owner_may_claim_the_same_camera(service):
    one, two = service.user(), service.user()
    camera = one.camera("the-uid")
    with camera.socket() as old:
        taken = two.camera("the-uid")
        assert taken.id != camera.id
        with taken.socket():
            old.send({"type": "telemetry", "rssi": -50})
            seen = one.call("GET", f"/api/camera/devices/{camera.id}").json()
            assert seen["online"] is True and seen["owner_id"] == one.id
        assert two.call("GET", f"/api/camera/devices/{camera.id}").status_code == 404
    assert opens(service, camera.key)


def test_a_re_onboarding_kills_nothing_before_proof(service):
    user = service.user()
    camera = user.camera("the-uid")
    with camera.socket() as old:
        again = Camera.activate(user, user.onboard(device_name="Another name"), "the-uid")
        assert again.id == camera.id and again.key != camera.key
        assert opens(service, camera.key)  # the newer connection replaces the older one; both by the old key
        with camera.socket() as old:
            with again.socket():
                assert old.close_code() in (4401, 4409)
    assert not opens(service, camera.key)
    assert user.call("GET", f"/api/camera/devices/{camera.id}").json()["device_name"] == "My Camera"


def test_two_services_know_the_same(pair):
    first, second = pair
    user = first.user()
    pending = user.onboard()
    token = pending["device_token"]
    assert status(second, token).json()["stage"] == "waiting"
    answer = activate(second, token, "uid").json()
    assert answer["device_id"] == pending["device_id"]
    assert status(first, token).json()["stage"] == "activated"
    with line(first, answer["device_key"]):
        assert status(second, token).json()["stage"] == "connected"
        is_problem(activate(second, token, "uid"), 409, "already_activated")
    headers = {"Idempotency-Key": "both"}
    body = {"camera_model": "VIRTUAL_CAMERA", "wifi_ssid": "MyWiFi", "wifi_password": "mypassword"}
    made = [s.call("POST", "/api/camera/onboard", json=body, headers={**user.bearer, **headers}).json() for s in pair]
    assert made[0]["device_id"] == made[1]["device_id"]
    assert [status(second, m["device_token"]).status_code for m in made] == [404, 200]
