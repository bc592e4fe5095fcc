"""The virtual camera never gives up half-way: lost answers, a service that is away, a WiFi that fails, kills at every
step; and a camera that has a key keeps it until a new one works."""

import json
import signal

import pytest

from proxy import Proxy
from service import Service, held_port
from virtual_camera import VirtualCamera

STEPS = ["scanned", "joined", "activating", "activated", "connecting", "connected"]


@pytest.fixture
def proxied(tmp_path):
    """A service that cameras reach through a proxy → (service, proxy)."""
    with Proxy() as proxy, Service(tmp_path / "service", PUBLIC_URL=f"http://127.0.0.1:{proxy.port}") as service:
        proxy.target = service.port
        yield service, proxy


def code_of(pending):
    return [word for text in pending.get("qr_texts") or [pending["qr_text"]] for word in ("--qr-text", text)]


def leds(camera):
    """The codes that the indicator showed, in order."""
    return [line.split("code=")[1].split()[0] for line in camera.lines if " camera.led " in line]


def wait_for_led(camera, code):
    count = 1
    while f"code={code} " not in camera.wait_for("camera.led", count):
        count += 1


def assert_only(user, device_id):
    devices = user.call("GET", "/api/camera/devices").json()["devices"]
    assert [d["device_id"] for d in devices] == [device_id]
    assert devices[0]["online"] is True


def kept(state):
    return {path.name for path in state.iterdir()} - {"lock"}


def settled(state):
    assert kept(state) == {"uid", "network", "account"}
    assert b'"t"' not in (state / "network").read_bytes(), "the token is kept after its use"


def test_lost_answers_cost_nothing(proxied, tmp_path):
    service, proxy = proxied
    user, proxy.lose = service.user(), 3
    pending = user.onboard()
    with VirtualCamera(tmp_path / "state", *code_of(pending)) as camera:
        wait_for_led(camera, "connected")
        assert proxy.lost == 3 and camera.log.count(" camera.activated ") == 1
        assert leds(camera) == ["scanning", "joining", "activating", "service_away", "connecting", "connected"]
        assert_only(user, pending["device_id"])
        settled(tmp_path / "state")


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_every_step_with_answers_lost(proxied, tmp_path, step):
    """The code is shown once: after the kill only what it keeps helps it on."""
    service, proxy = proxied
    user, proxy.lose = service.user(), 1
    pending = user.onboard()
    with VirtualCamera(tmp_path / "state", "--wifi-fail", 1, *code_of(pending)) as camera:
        camera.wait_for(f"camera.{step}")
        camera.stop(signal.SIGKILL)
    proxy.lose += 1
    with VirtualCamera(tmp_path / "state", "--wifi-fail", 1) as camera:
        camera.wait_for("camera.connected")
        assert_only(user, pending["device_id"])
        settled(tmp_path / "state")


def test_killed_again_and_again(proxied, tmp_path):
    """Every step is reached, each is its last; nothing is shown twice."""
    service, proxy = proxied
    user, proxy.lose = service.user(), 2
    pending = user.onboard()
    with VirtualCamera(tmp_path / "state", *code_of(pending)) as camera:
        camera.wait_for("camera.scanned")
        camera.stop(signal.SIGKILL)
    camera = VirtualCamera(tmp_path / "state")
    for step in ["joined", "activating", "activating", "activated", "joined", "connecting"]:
        with camera:
            camera.wait_for(f"camera.{step}")
            camera.stop(signal.SIGKILL)
    with camera:
        camera.wait_for("camera.connected")
        assert_only(user, pending["device_id"])


def test_the_service_is_away_for_a_while(proxied, tmp_path):
    service, proxy = proxied
    user = service.user()
    pending = user.onboard()
    proxy.go_away()
    with VirtualCamera(tmp_path / "state", *code_of(pending)) as camera:
        camera.wait_for("camera.activation_failed", 2)
        assert leds(camera)[-1] == "service_away"
        proxy.away = False
        camera.wait_for("camera.activated")
        camera.wait_for("camera.connected")
        proxy.go_away()
        camera.wait_for("camera.connect_failed")
        assert leds(camera)[-1] == "service_away"
        proxy.away = False
        camera.wait_for("camera.connected", 2, deadline_s=60)
        assert_only(user, pending["device_id"])


@pytest.mark.parametrize("failure, led", [("3", "no_join"), ("1:wrong_password", "wrong_password"), ("2:no_network", "no_network")])
def test_a_wifi_that_fails_at_first(user, tmp_path, failure, led):
    pending = user.onboard()
    arguments = ["--wifi-fail", failure, "--wifi-delay", 200, *code_of(pending)]
    with VirtualCamera(tmp_path / "state", *arguments) as camera:
        wait_for_led(camera, "connected")
        assert leds(camera) == ["scanning", "joining", led, "activating", "connecting", "connected"]
        assert_only(user, pending["device_id"])


NO_NAME = "x" * 64 + ".invalid"  # one part is too long to be asked for: no resolver, however slow, has a say


@pytest.mark.parametrize(
    "server, led", [(f"http://{NO_NAME}", "no_internet"), ("https://127.0.0.1:{}", "tls_fault"), ("http://127.0.0.1:1", "service_away")]
)
def test_it_says_why_it_cannot_reach_the_service(service, tmp_path, server, led):
    code = json.dumps({"s": "MyWiFi", "p": "mypassword", "t": "abcdefghijklmn", "u": server.format(service.port)})
    with VirtualCamera(tmp_path / "one", "--qr-text", code) as camera:
        wait_for_led(camera, led)
        assert camera.stop() == 0
    state = tmp_path / "two"  # and the same on the way to the relay
    state.mkdir(0o700)
    (state / "network").write_text('{"s":"MyWiFi","p":"mypassword"}')
    relay = server.format(service.port).replace("http", "ws", 1) + "/ws"
    (state / "account").write_text(f"vcd_{'0' * 24}_{'A' * 43} {relay}")
    with VirtualCamera(state) as camera:
        wait_for_led(camera, led)


# ---- a camera that has a key ----


@pytest.fixture
def onboarded(service, tmp_path):
    """A camera that was online and is off now → (user, its onboarding, state folder)."""
    user = service.user()
    pending = user.onboard()
    with VirtualCamera(tmp_path / "state", *code_of(pending)) as camera:
        camera.wait_for("camera.connected")
        camera.stop()
    return user, pending, tmp_path / "state"


def test_a_new_code_gives_it_a_new_key(onboarded):
    user, pending, state = onboarded
    before = (state / "account").read_bytes()
    again = user.onboard(device_name="Again", wifi_ssid="Elsewhere")
    with VirtualCamera(state, *code_of(again)) as camera:
        camera.wait_for("camera.connected")
        assert_only(user, pending["device_id"])
        settled(state)
        assert (state / "account").read_bytes() != before
        assert b"Elsewhere" in (state / "network").read_bytes()


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("shown_again", [False, True])
def test_killed_at_every_step_to_its_new_key(onboarded, step, shown_again):
    user, pending, state = onboarded
    again = user.onboard()
    with VirtualCamera(state, *code_of(again)) as camera:
        camera.wait_for(f"camera.{step}")
        camera.stop(signal.SIGKILL)
    with VirtualCamera(state, *(code_of(again) if shown_again else [])) as camera:
        camera.wait_for("camera.connected")
        assert_only(user, pending["device_id"])
        settled(state)


def test_a_code_that_was_cancelled_costs_nothing(onboarded):
    user, pending, state = onboarded
    before = (state / "account").read_bytes()
    again = user.onboard()
    assert user.call("DELETE", f"/api/camera/onboard/{again['device_token']}").status_code == 204
    with VirtualCamera(state, *code_of(again)) as camera:
        wait_for_led(camera, "code_unknown")
        camera.wait_for("camera.connected")
        assert (state / "account").read_bytes() == before
        assert_only(user, pending["device_id"])
        settled(state)


def test_a_new_service_that_cannot_be_reached_costs_nothing(onboarded):
    user, pending, state = onboarded
    before = (state / "account").read_bytes()
    with held_port() as nobody:
        server = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        code = json.dumps({"s": "MyWiFi", "p": "mypassword", "t": "abcdefghijklmn", "u": server})
        with VirtualCamera(state, "--qr-text", code) as camera:
            camera.wait_for("camera.activation_failed", 2)
            camera.stop(signal.SIGKILL)
    assert (state / "account").read_bytes() == before
    with VirtualCamera(state, *code_of(user.onboard())) as camera:
        camera.wait_for("camera.connected")
        assert_only(user, pending["device_id"])


def wifi_code(user, device_id):
    body = {"wifi_ssid": "Elsewhere", "wifi_password": "another password"}
    answer = user.call("POST", f"/api/camera/devices/{device_id}/wifi-qr", json=body)
    assert answer.status_code == 201, answer.text
    return code_of(answer.json())


def test_a_wifi_only_code_moves_it(onboarded):
    user, pending, state = onboarded
    before = (state / "account").read_bytes()
    with VirtualCamera(state, *wifi_code(user, pending["device_id"])) as camera:
        assert "ssid=Elsewhere" in camera.wait_for("camera.scanned")
        camera.wait_for("camera.connected")
        assert "camera.activating" not in camera.log
        assert_only(user, pending["device_id"])
        settled(state)
        assert (state / "account").read_bytes() == before
        assert b"another password" in (state / "network").read_bytes()


def test_a_wifi_only_code_that_cannot_be_joined_leads_back(onboarded):
    user, pending, state = onboarded
    arguments = ["--wifi-fail", 3, *wifi_code(user, pending["device_id"])]
    with VirtualCamera(state, *arguments) as camera:
        assert "way=old" in camera.wait_for("camera.other_way")
        camera.wait_for("camera.connected")
        assert b"Elsewhere" not in (state / "network").read_bytes()
        settled(state)


def test_a_wifi_only_code_alone_says_what_is_missing(onboarded, tmp_path):
    user, pending, _ = onboarded
    with VirtualCamera(tmp_path / "new", *wifi_code(user, pending["device_id"])) as camera:
        assert "show it the code of adding a camera" in camera.wait_for("camera.code_useless")
        wait_for_led(camera, "code_wifi_only")
        assert camera.wait() == 2


def test_statistics_are_asked_for(user, tmp_path):
    pending = user.onboard()
    with VirtualCamera(tmp_path / "state", "--stats", *code_of(pending)) as camera, user.socket() as viewer:
        camera.wait_for("camera.connected")
        viewer.watch(pending["device_id"], max_fps=30)
        while camera.log.count(" camera.stats ") < 2:
            viewer.frame()
        line = camera.wait_for("camera.stats", 2)
        for fact in ("runtime=", "fps=", "target=30.0", "total=", "dropped=0", "success_rate=100.0%", "frame_size=", "throughput=", "rating="):
            assert fact in line
