"""WebSocket peers that break the rules, contract §4: the right close code, and nobody else notices."""

import contextlib
import json

import pytest

from raw_socket import PONG, TEXT, RawSocket, frame
from service import jpeg, split_header


@pytest.fixture(scope="module")
def user(service):
    return service.user()


@pytest.fixture(scope="module")
def bystanders(user):
    """A camera and its viewer; after every test a picture must pass between them."""
    camera = user.camera()
    with camera.socket() as device, user.socket() as viewer:
        viewer.watch(camera.id, max_fps=60)
        device.text("start")
        yield device, viewer


@pytest.fixture(autouse=True)
def others_notice_nothing(bystanders):
    yield
    device, viewer = bystanders
    device.send(jpeg(7))
    assert split_header(viewer.frame())[1] == jpeg(7)


def raw(user, **kwargs):
    return RawSocket(user.service, user.bearer, **kwargs)


FAULTS = {
    "unmasked text": (frame(0x81, b'{"type":"ping"}', masked=False), 1002),
    "unmasked binary": (frame(0x82, b"x" * 300, masked=False), 1002),
    "unmasked ping": (frame(0x89, b"", masked=False), 1002),
    "reserved bit 1": (frame(0xC1, b"x"), 1002),
    "reserved bit 2": (frame(0xA1, b"x"), 1002),
    "reserved bit 3": (frame(0x91, b"x"), 1002),
    "reserved opcode 3": (frame(0x83, b"x"), 1002),
    "reserved opcode 11": (frame(0x8B, b"x"), 1002),
    "nothing to continue": (frame(0x80, b"x"), 1002),
    "a message inside a message": (frame(0x01, b"x") + frame(0x81, b"y"), 1002),
    "a ping in fragments": (frame(0x09, b"x"), 1002),
    "a long ping": (frame(0x89, b"x" * 126), 1002),
    "a long close": (frame(0x88, b"\x03\xe8" + b"x" * 124), 1002),
    "a length over 2^63": (b"\x82\xff" + b"\xff" * 8 + b"\0\0\0\0", 1002),
    "a close with half a code": (frame(0x88, b"\x03"), 1002),
    "a close with 1005": (frame(0x88, b"\x03\xed"), 1002),
    "a close with a bad reason": (frame(0x88, b"\x03\xe8\xff"), 1007),
    "text that is not UTF-8": (frame(0x81, b'{"type":"\xff"}'), 1007),
    "text with a surrogate": (frame(0x81, b'{"type":"\xed\xa0\x80"}'), 1007),
    "text cut inside a character": (frame(0x81, b'{"type":"\xe2\x82'), 1007),
    "text over 64 KiB": (frame(0x81, b" " * 70000), 4413),
    "text that says it is over 64 KiB": (frame(0x81, b"", length=70000), 4413),
    "text of fragments over 64 KiB": (frame(0x01, b" " * 40000) + frame(0x00, b" " * 40000), 4413),
    "binary from a user": (frame(0x82, b"x"), 4400),
    "not JSON": (frame(0x81, b"x"), 4400),
    "an empty text": (frame(0x81), 4400),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults(user, name):
    data, code = FAULTS[name]
    with raw(user) as s:
        s.send(data)
        assert s.close_code() == code


def test_a_device_that_says_it_sends_too_much(user):
    camera = user.camera()
    with RawSocket(user.service, {"Authorization": f"Bearer {camera.key}"}) as s:
        s.send(frame(0x82, b"\xff\xd8", length=1 << 40))
        assert s.close_code() == 4413


def test_bad_text_in_every_split(user):
    text = '{"type":"ping","id":"äß€😀'.encode() + b'\xf0\x9f\x98"}'
    for cut in range(1, len(text)):
        with raw(user) as s:
            s.send(frame(0x01, text[:cut]) + frame(0x80, text[cut:]))
            assert s.close_code() == 1007, cut


def test_good_text_in_every_split(user):
    text = '{"type":"ping","id":"äß€😀"}'.encode()
    with raw(user) as s:
        assert s.next()[0] == TEXT  # registered
        for cut in range(len(text) + 1):
            s.send(frame(0x01, text[:cut]) + frame(0x89, b"in between") + frame(0x80, text[cut:]))
            assert s.next() == (PONG, b"in between")
            kind, pong = s.next()
            assert kind == TEXT and json.loads(pong)["id"] == "äß€😀"


def test_a_frame_byte_by_byte(user):
    with raw(user) as s:
        assert s.next()[0] == TEXT
        for byte in frame(0x81, b'{"type":"ping","id":5}'):
            s.send(bytes([byte]))
        assert json.loads(s.next()[1])["id"] == 5


def test_frames_right_behind_the_upgrade(user):
    with raw(user, behind=frame(0x81, b'{"type":"ping","id":6}') + frame(0x89, b"too")) as s:
        assert json.loads(s.next()[1])["type"] == "registered"
        assert json.loads(s.next()[1])["id"] == 6
        assert s.next() == (PONG, b"too")


def test_messages_behind_a_question_wait_for_its_answer(user, bystanders):
    camera = user.camera()
    with raw(user) as s:
        assert s.next()[0] == TEXT
        watch = json.dumps({"type": "watch", "device_id": camera.id}).encode()
        s.send(frame(0x81, watch) + b"".join(frame(0x81, b'{"type":"ping","id":%d}' % n) for n in range(50)))
        said = [json.loads(s.next()[1]) for _ in range(52)]
        assert [m["type"] for m in said[:2]] == ["watching", "client_count"]
        assert [m["id"] for m in said[2:]] == list(range(50))


def test_pongs_carry_the_pings_bytes(user):
    with raw(user) as s:
        assert s.next()[0] == TEXT
        for payload in (b"", b"x", bytes(range(125))):
            s.send(frame(0x89, payload))
            assert s.next() == (PONG, payload)


def test_a_close_is_answered_with_its_code(user):
    for payload, code in ((b"\x03\xe8", 1000), (b"\x0f\xa0see you", 4000), (b"", 1000)):
        with raw(user) as s:
            s.send(frame(0x88, payload))
            assert s.close_code() == code


@pytest.mark.parametrize("flood", [frame(0x89, b"x" * 100), frame(0x81, b'{"type":"ping"}')], ids=["ping", "text"])
def test_floods_are_closed_4429(user, flood):
    with raw(user) as s:
        with contextlib.suppress(ConnectionError):
            for _ in range(40):
                s.send(flood * 50)
        assert s.close_code() in (4429, 1006)  # 1006: a reset over our unread bytes took the code away
    with raw(user) as s:
        s.send(flood * 600)  # read at once: so many take 8 s to be too few, and none is left to read
        assert s.close_code() == 4429


def test_a_frame_that_never_ends_holds_nobody_up(user):
    camera = user.camera()
    with RawSocket(user.service, {"Authorization": f"Bearer {camera.key}"}) as s:
        s.send(frame(0x02, b"\xff\xd8") + frame(0x00) * 20000)
        s.send(frame(0x89, b"alive"))
        while s.next() != (PONG, b"alive"):
            pass


def test_a_pong_nobody_asked_for(user):
    with raw(user) as s:
        assert s.next()[0] == TEXT
        s.send(frame(0x8A, b"hm") + frame(0x81, b'{"type":"ping","id":1}'))
        assert json.loads(s.next()[1])["id"] == 1
