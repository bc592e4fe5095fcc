"""The relay over /ws, contract §4, with clients that are not ours (Python websockets)."""

import contextlib
import json
import threading
import time

import pytest
from websockets.exceptions import InvalidStatus

from service import Socket, jpeg, split_header, until


@pytest.fixture(scope="module")
def user(service):
    return service.user()


def test_registered_is_the_first_message(service, user):
    camera = user.camera()
    with user.socket() as viewer, camera.socket() as device:
        said = viewer.registered
        assert said["role"] == "user" and said["user_id"] == user.id
        assert said["session"] and said["heartbeat_s"] > 0 and said["server_time"].endswith("Z")
        assert device.registered["role"] == "device" and device.registered["device_id"] == camera.id


def test_register_by_message(service, user):
    camera = user.camera()
    with Socket(service, registered=False) as viewer, Socket(service, registered=False) as device:
        viewer.send({"type": "register", "role": "user", "token": user.tokens["access_token"]})
        assert viewer.recv()["user_id"] == user.id
        device.send({"type": "register", "role": "device", "device_key": camera.key})
        assert device.recv()["device_id"] == camera.id


def test_who_registers_by_message_counts_for_his_account(fresh_service):
    """His share of connections is his however he signs in; the address is free again for others."""
    service = fresh_service(MAX_CONNECTIONS_PER_ACCOUNT="2", MAX_CONNECTIONS_PER_ADDRESS="4")
    ada, bob = service.user(), service.user()

    def register(user):
        s = Socket(service, registered=False)
        s.send({"type": "register", "role": "user", "token": user.tokens["access_token"]})
        return s

    with contextlib.ExitStack() as stack:
        for user in (ada, ada, bob, bob):
            s = stack.enter_context(register(user))
            assert s.recv()["user_id"] == user.id
        with register(ada) as third:
            assert third.recv()["code"] == "rate_limited"
            assert third.close_code() == 4429


def test_an_upgrade_says_that_its_token_has_expired(fresh_service):
    service = fresh_service(ACCESS_TTL_S="1")
    user = service.user()
    until(lambda: user.call("GET", "/api/me").status_code != 200)
    with pytest.raises(InvalidStatus) as refused:
        Socket(service, headers=user.bearer)
    response = refused.value.response
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="visionconnect", error="invalid_token"'
    assert json.loads(response.body)["code"] == "token_expired"


def test_bad_credentials(service, user):
    camera = user.camera()
    for token in ("nonsense", camera.key[:-1] + ("A" if camera.key[-1] != "A" else "B"), "vcd_x"):
        with pytest.raises(InvalidStatus) as refused:
            Socket(service, headers={"Authorization": f"Bearer {token}"})
        assert refused.value.response.status_code == 401
    for message in (
        {"type": "register", "role": "user", "token": "nonsense"},
        {"type": "register", "role": "device", "device_key": "vcd_nonsense"},
        {"type": "register", "role": "device", "uid": camera.uid},
    ):
        with Socket(service, registered=False) as s:
            s.send(message)
            assert s.close_code() == 4401
    with Socket(service, registered=False) as silent:
        assert silent.close_code() == 4401


def test_foreign_origins_are_refused(service, user):
    with pytest.raises(InvalidStatus) as refused:
        Socket(service, headers=user.bearer, origin="https://evil.example")
    assert refused.value.response.status_code == 403
    Socket(service, headers=user.bearer, origin=service.url).close()


def test_our_own_page_behind_an_undeclared_proxy(fresh_service):
    service = fresh_service(PUBLIC_URL="https://cam.example.org", CORS_ORIGINS="https://app.example.org/")
    user = service.user()
    for origin in ("https://cam.example.org", "https://app.example.org"):
        Socket(service, headers=user.bearer, origin=origin).close()
    with pytest.raises(InvalidStatus):
        Socket(service, headers=user.bearer, origin="https://cam.example.org.evil.example")
    login = {"email": user.email, "password": user.password}
    answer = service.call("POST", "/api/login", json=login, headers={"Origin": "https://cam.example.org"})
    assert "Secure" in answer.headers["Set-Cookie"]


def test_frames_arrive_byte_for_byte_in_order(service, user):
    camera = user.camera()
    with camera.socket() as device, user.socket() as viewer, user.socket() as bare:
        watching = viewer.watch(camera.id, max_fps=60)
        assert watching["device_id"] == camera.id and watching["online"] is True
        start = device.text("start")
        assert start["fps"] == 60
        bare.watch(camera.id, framing="raw", max_fps=60)
        last = 0
        for number in range(50):
            picture = jpeg(number, filler=20000)
            device.send(picture)
            head, body = split_header(viewer.frame())
            assert body == picture and bare.frame() == picture
            assert head["version"] == 1 and head["kind"] == 1 and head["channel"] == watching["channel"]
            assert head["seq"] > last
            last = head["seq"]
            assert abs(head["received_us"] / 1e6 - time.time()) < 60
            assert head["captured_us"] == head["received_us"]


def test_small_fragments_are_put_together(service, user):
    camera = user.camera()
    picture = jpeg(1, filler=30000)
    with camera.socket() as device, user.socket() as viewer:
        viewer.watch(camera.id)
        device.text("start")
        device.ws.send(picture[i : i + 1024] for i in range(0, len(picture), 1024))
        assert split_header(viewer.frame())[1] == picture


def test_header_framing_carries_the_cameras_clock(service, user):
    import struct

    camera = user.camera()
    with camera.socket() as device, user.socket() as viewer:
        device.send({"type": "register", "role": "device", "framing": "header", "firmware": "2.0"})
        device.text("registered")
        viewer.watch(camera.id)
        device.text("start")
        captured = int(time.time() * 1e6) - 5000
        device.send(struct.pack(">BBHIQQ", 1, 1, 0, 9, captured, 0) + jpeg(3))
        head, body = split_header(viewer.frame())
        assert head["captured_us"] == captured and body == jpeg(3)
        device.send(struct.pack(">BBHIQQ", 1, 1, 0, 9, 1000, 0) + jpeg(4))  # a clock that is years off
        head, _ = split_header(viewer.frame())
        assert head["captured_us"] == head["received_us"]


def test_what_is_no_jpeg_is_refused_and_the_socket_stays(service, user):
    camera = user.camera()
    with camera.socket() as device, user.socket() as viewer:
        viewer.watch(camera.id)
        device.text("start")
        for junk in (b"", b"not a picture", jpeg(1)[:-200], b"\xff\xd8\xff\xd9"):
            device.send(junk)
            assert device.text("error")["code"] == "bad_frame"
        device.send(jpeg(5))
        assert split_header(viewer.frame())[1] == jpeg(5)


def test_a_viewer_that_falls_behind_gets_the_newest(service, user):
    camera = user.camera()
    with camera.socket() as device, user.socket(max_queue=1) as slow, user.socket() as quick:
        slow.watch(camera.id, max_fps=60)
        quick.watch(camera.id, max_fps=60)
        device.text("start")
        sent = 0
        for number in range(1, 150):
            device.send(jpeg(number, filler=300000))
            slow.send({"type": "ping"})  # who reads late pongs late: it says itself that it is there
            sent = number
            quick.frame()
        last = jpeg(sent, filler=300000)
        got = []
        while True:
            got.append(split_header(slow.frame()))
            if got[-1][1] == last:
                break
        seqs = [head["seq"] for head, _ in got]
        assert seqs == sorted(seqs)
        assert len(got) < sent, "everything was queued"


def test_the_camera_sends_only_while_watched(service, user):
    camera = user.camera()
    with camera.socket() as device, user.socket() as viewer:
        viewer.watch(camera.id, max_fps=7)
        assert device.text("start")["fps"] == 7
        viewer.watch(camera.id, max_fps=12)
        assert device.text("start")["fps"] == 12
        left = time.monotonic()
        viewer.send({"type": "unwatch", "device_id": camera.id})
        assert viewer.text("unwatched")["device_id"] == camera.id
        device.text("stop")
        assert time.monotonic() - left > 0.5


def test_coming_and_going_is_told(service, user):
    camera = user.camera()
    with user.socket() as viewer:
        assert viewer.watch(camera.id)["online"] is False
        assert viewer.text("client_count")["count"] == 1
        path = f"/api/camera/devices/{camera.id}"
        assert user.call("GET", path).json()["viewers"] == 1
        with camera.socket() as device:
            assert user.call("GET", path).json()["viewers"] == 1
            assert viewer.text("camera") == {"type": "camera", "device_id": camera.id, "online": True}
            device.text("start")
        assert viewer.text("camera")["online"] is False


def test_a_newer_connection_replaces_the_older(service, user):
    camera = user.camera()
    with camera.socket() as old, camera.socket() as new:
        assert old.close_code() == 4409
        device = user.call("GET", f"/api/camera/devices/{camera.id}").json()
        assert device["online"] is True
        new.send({"type": "nonsense"})
        assert new.text("error")["code"] == "unknown_type"


def test_watching_what_is_not_ones_own(service, user):
    stranger = service.user()
    camera = user.camera()
    with stranger.socket() as s:
        for device_id in (camera.id, "0123456789abcdef01234567"):
            s.send({"type": "watch", "device_id": device_id, "id": "q1"})
            said = s.text("error")
            assert said["code"] == "not_found" and said["id"] == "q1"
        s.send({"type": "watch"})
        assert s.text("error")["code"] == "invalid"


def test_bad_text_closes_4400(service, user):
    for text in ("not json", "[]", '{"no":"type"}', '{"type":5}'):
        with user.socket() as s:
            s.send(text)
            assert s.close_code() == 4400


def test_messages_too_long_close_4413(service, user):
    with user.socket() as s:
        s.send('{"type":"ping","pad":"' + "x" * 70000 + '"}')
        assert s.close_code() == 4413
    camera = user.camera()
    with camera.socket() as device:
        device.send(b"\xff\xd8" + b"\0" * (6 * 1024 * 1024))
        assert device.close_code() == 4413


def test_ping(service, user):
    with user.socket() as s:
        s.send({"type": "ping", "id": "x"})
        pong = s.text("pong")
        assert pong["id"] == "x" and abs(pong["received_us"] / 1e6 - time.time()) < 60
        assert pong["sent_us"] >= pong["received_us"]


def test_logout_ends_the_sockets(service):
    user = service.user()
    with user.socket() as s:
        user.call("POST", "/api/logout")
        assert s.close_code() == 4401


def test_client_count(service, user):
    camera = user.camera()
    with camera.socket(), user.socket() as one:
        one.watch(camera.id)
        assert one.text("client_count")["count"] == 1
        with user.socket() as two:
            two.watch(camera.id)
            assert one.text("client_count")["count"] == 2
            assert user.call("GET", f"/api/camera/devices/{camera.id}").json()["viewers"] == 2
        assert one.text("client_count")["count"] == 1


def test_telemetry_reaches_viewers_and_the_device(service, user):
    camera = user.camera()
    with camera.socket() as device, user.socket() as viewer:
        viewer.watch(camera.id)
        device.send({"type": "telemetry", "rssi": -50, "heap": 1000})
        said = viewer.text("telemetry")
        assert said["device_id"] == camera.id and said["rssi"] == -50
        told = user.call("GET", f"/api/camera/devices/{camera.id}").json()["telemetry"]
        assert told["rssi"] == -50 and told["heap"] == 1000


# ---- P2P signalling ----


def test_offer_and_answer_find_each_other(service, user):
    camera = user.camera()
    with camera.socket() as device, user.socket() as one, user.socket() as two:
        device.send({"type": "register", "role": "device", "p2p": {"frames": True}})
        device.text("registered")
        session = one.registered["session"]
        one.send({"type": "offer", "device_id": camera.id, "sdp": "v=0", "attempt": 1, "user_id": "forged"})
        offer = device.text("offer")
        assert offer["session"] == session and offer["user_id"] == user.id
        assert offer["sdp"] == "v=0" and offer["attempt"] == 1
        device.send({"type": "answer", "session": session, "sdp": "v=1", "device_id": "forged"})
        answer = one.text("answer")
        assert answer["device_id"] == camera.id and answer["sdp"] == "v=1"
        device.send({"type": "candidate", "session": session, "candidate": "c"})
        assert one.text("candidate")["candidate"] == "c"
        two.send({"type": "ping", "id": 1})  # the other socket heard nothing of it
        assert two.recv()["type"] == "pong"


def test_a_bye_stops_nothing_that_crosses_it(service, user):
    camera = user.camera()
    with camera.socket() as device:
        with user.socket() as viewer:
            session = viewer.registered["session"]
            for attempt in (1, 2):
                viewer.send({"type": "offer", "device_id": camera.id, "attempt": attempt})
                assert device.text("offer")["attempt"] == attempt
            device.send({"type": "bye", "session": session, "attempt": 1})
            device.send({"type": "answer", "session": session, "attempt": 2})
            assert viewer.text("bye")["attempt"] == 1 and viewer.text("answer")["attempt"] == 2
            viewer.send({"type": "bye", "device_id": camera.id, "attempt": 2})
            assert device.text("bye")["attempt"] == 2
            device.send({"type": "bye", "session": session, "attempt": 2})
            assert viewer.text("bye")["device_id"] == camera.id
        # the viewer left without a word after that: its bye was said
        device.send({"type": "ping", "id": 1})
        assert device.recv()["type"] == "pong"


def test_signalling_needs_the_right_to_see(service, user):
    camera, stranger = user.camera(), service.user()
    with camera.socket() as device, stranger.socket() as s:
        s.send({"type": "offer", "device_id": camera.id, "sdp": "x", "id": 3})
        assert s.text("error")["code"] == "not_found"
        device.send({"type": "answer", "session": s.registered["session"], "sdp": "x"})
        device.send({"type": "answer", "to": "user", "user_id": stranger.id, "sdp": "x"})
        s.send({"type": "ping", "id": 1})
        assert s.recv()["type"] == "pong"


def test_the_seeds_envelope(service, user):
    camera = user.camera("seed-uid")
    with camera.socket() as device, user.socket() as viewer:
        device.send({"type": "register", "role": "device", "p2p": {"frames": True}})
        device.text("registered")
        viewer.send({"target_uid": "seed-uid", "type": "offer", "x": 1})
        assert device.text("offer")["x"] == 1
        device.send({"to": "user", "user_id": user.id, "type": "answer", "y": 2})
        assert viewer.text("answer")["y"] == 2


def test_sigterm_says_goaway_then_1012(fresh_service):
    service = fresh_service()
    user = service.user()
    camera = user.camera()
    with camera.socket() as device, user.socket() as viewer:
        heard = {}

        def listen(name, s):
            heard[name] = s.text("goaway")["reconnect_after_ms"]
            heard[name + " closed"] = s.close_code()

        threads = [threading.Thread(target=listen, args=a) for a in (("device", device), ("viewer", viewer))]
        for t in threads:
            t.start()
        assert service.stop() == 0
        for t in threads:
            t.join()
        assert heard["device"] >= 0 and heard["viewer"] >= 0
        assert heard["device closed"] == heard["viewer closed"] == 1012


def test_a_device_registers_again_as_itself_only(service, user):
    camera, other = user.camera(), user.camera()
    with camera.socket() as device:
        device.send({"type": "register", "role": "device", "device_key": camera.key, "firmware": "3.1"})
        assert device.text("registered")["device_id"] == camera.id
        for claim in ({"device_key": other.key}, {"role": "user"}, {"token": user.tokens["access_token"]}):
            device.send({"type": "register", "role": "device", **claim})
            assert device.text("error")["code"] == "conflict"
        device.send({"type": "register", "role": "device", "local_ip": "<script>"})
        assert device.text("error")["code"] == "invalid"
    path = f"/api/camera/devices/{camera.id}"
    seen = until(lambda: (now := user.call("GET", path).json())["firmware"] == "3.1" and now)
    assert seen["local_ip"] != "<script>"
