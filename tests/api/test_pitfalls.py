"""What brought other servers of this build down, from outside; docs/decisions/0008 has the whole list."""

import contextlib
import os
import re
import resource
import selectors
import socket
import subprocess
import threading
import time

import pytest

from raw_socket import PONG, TEXT, RawSocket, frame
from service import DEADLINE_S, Service, jpeg, program, split_header

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
KEY = b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"


@pytest.fixture(scope="module")
def user(service):
    return service.user()


def connect(service):
    return socket.create_connection(("127.0.0.1", service.port), DEADLINE_S)


def read_answer(s):
    """One answer as it came, told apart by its Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = s.recv(1)
        assert chunk, data
        data += chunk
    length = [line.split(b":")[1] for line in data.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while length and len(data) < data.index(b"\r\n\r\n") + 4 + int(length[0]):
        data += s.recv(1)
    return data


def status(answer):
    return int(answer.split()[1])


def a_picture_passes(user):
    camera = user.camera()
    with camera.socket() as device, user.socket() as viewer:
        viewer.watch(camera.id)
        device.text("start")
        device.send(jpeg(3))
        assert split_header(viewer.frame())[1] == jpeg(3)


def answers_again(service):
    """Refused connections are on their way out; then it answers as ever."""
    end = time.monotonic() + DEADLINE_S
    while service.call("GET", "/healthz").status_code != 200:
        assert time.monotonic() < end


# ---- the number of connections ----


def test_a_burst_over_the_cap(fresh_service):
    """libmicrohttpd 0.9.75 hangs for good when its own limit is met, so it must never be."""
    cap, burst = 16, 400
    service = fresh_service(MAX_CONNECTIONS=str(cap), MAX_CONNECTIONS_PER_ADDRESS=str(cap))
    begun = b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    for _ in range(3):
        with contextlib.ExitStack() as stack, selectors.DefaultSelector() as waiting:
            for _ in range(burst):
                s = stack.enter_context(connect(service))
                s.sendall(begun)
                waiting.register(s, selectors.EVENT_READ)
            refused = 0
            while refused < burst - cap:
                ready = waiting.select(DEADLINE_S)
                assert ready, "neither answered nor refused"
                for key, _ in ready:
                    answer = key.fileobj.recv(65536)
                    waiting.unregister(key.fileobj)
                    refused += status(answer) == 503 and b"Retry-After: " in answer
        answers_again(service)


def test_silent_peers_take_nothing_from_others(service, user):
    with contextlib.ExitStack() as stack:
        for n in range(400):
            stack.enter_context(connect(service)).sendall(b"GET /ws HT"[: n % 10])
        a_picture_passes(user)
        assert service.call("GET", "/healthz").status_code == 200


# ---- descriptors ----


@contextlib.contextmanager
def limits_of(soft, hard):
    """Our own limits, and those of what is started meanwhile; hard is raised only where that is allowed."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, max(hard, before[1])))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, before[1]), before[1]))
    try:
        yield resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def soft_limit(service):
    text = open(f"/proc/{service.process.pid}/limits").read()
    return int(next(line for line in text.splitlines() if line.startswith("Max open files")).split()[3])


def test_the_descriptor_limit_is_raised_and_bounded(fresh_service):
    """libwebsockets sizes its tables by it: 16 MB at a million, and over ten millions it serves 2560. (The bound shows
    where more than 65536 are allowed.)"""
    with limits_of(256, int(open("/proc/sys/fs/nr_open").read())) as hard:
        service = fresh_service()
    assert soft_limit(service) == min(hard, 65536)


def test_a_socket_with_a_high_number(fresh_service):
    """The limit was raised before libwebsockets looked at it."""
    with limits_of(256, 65536):
        service = fresh_service()
    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(connect(service)) for _ in range(400)]
        for s in kept:
            s.sendall(HEALTH)
        for s in kept:
            assert status(s.recv(65536)) == 200
        assert len(os.listdir(f"/proc/{service.process.pid}/fd")) > 400
        a_picture_passes(service.user())


def test_too_few_descriptors_are_told_at_start(tmp_path):
    service = Service(tmp_path / "service")
    run = subprocess.run(["sh", "-c", 'ulimit -n 512 && exec "$0" serve', program("visionconnect")],
                         env=service.env, cwd=service.folder, capture_output=True, timeout=60)
    assert run.returncode == 1 and "app.too_few_descriptors" in service.output()


# ---- upgrades ----


@pytest.mark.parametrize("before", ["first", "later", "pipelined"])
@pytest.mark.parametrize("path", ["/", "/ws", "/healthz"])
def test_upgrades_that_nobody_speaks(service, path, before):
    """h2c in the clear, and a name that libwebsockets 4.1.6 would read freed memory for."""
    for upgrade in ("h2c", "foo", "websocket, h2c", "h2c, websocket", "TLS/1.0"):
        head = (f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: {upgrade}\r\n"
                "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n").encode() + KEY + b"\r\n"
        with connect(service) as s:
            if before == "later":
                s.sendall(HEALTH)
                assert status(read_answer(s)) == 200
            s.sendall((HEALTH if before == "pipelined" else b"") + head)
            if before == "pipelined":
                assert status(read_answer(s)) == 200
            assert status(read_answer(s)) in ((400, 404, 426) if path == "/ws" else (200,)), upgrade
    with connect(service) as s:
        s.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert status(read_answer(s)) == 400


def upgrade_answer(user, headers):
    """The head of the answer to an upgrade, and what stands on the socket then."""
    s = connect(user.service)
    lines = {**user.bearer, **headers}
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    s.sendall(b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + KEY + text.encode() + b"\r\n")
    return s, read_answer(s).decode().lower()


def test_compression_is_never_agreed_on(user):
    """A thousandfold bomb would be unpacked on the one media thread."""
    for offer in ("permessage-deflate", "permessage-deflate; client_max_window_bits=8, x-webkit-deflate-frame"):
        s, head = upgrade_answer(user, {"Sec-WebSocket-Extensions": offer})
        with s:
            assert head.startswith("http/1.1 101 ") and "sec-websocket-extensions" not in head
            s.sendall(frame(0xC1, b"\xaa\x56\x4a\xcd\x48\x04\x00"))
            said = b""
            while chunk := s.recv(65536):
                said += chunk
            assert said.endswith(b"\x88\x02" + (1002).to_bytes(2, "big"))


def test_header_names_lock_nobody_out(user):
    """libwebsockets hangs at names it takes for the beginning of one of its own."""
    for name in ("Proxy", "Get", "X"):
        s, head = upgrade_answer(user, {name: "1"})
        with s:
            assert head.startswith("http/1.1 101 ")


def test_subprotocols_lock_nobody_out(user):
    """Nor does the name that libwebsockets knows our protocol by lead anywhere else."""
    for offer in ("arduino, chat", "relay", "http-only", "default"):
        s, head = upgrade_answer(user, {"Sec-WebSocket-Protocol": offer})
        with s:
            assert head.startswith("http/1.1 101 ")
            assert f"sec-websocket-protocol: {offer.split(',')[0]}\r\n" in head
            assert re.search(r"\r\nx-request-id: [0-9a-f]{24}\r\n", head), "as every answer has one"
            assert s.recv(2)[0] == 0x81  # registered


class ReuseProxy:
    """with ReuseProxy(service) as proxy: … proxy.port. Speaks to the service over connections that it keeps and gives
    to any client, as HAProxy's http-reuse does; an upgrade gets one that has answered others before. Pipelining: the
    upgrade is sent behind a request whose answer has not come yet."""

    def __init__(self, service, pipelining=False):
        self.service, self.pipelining = service, pipelining
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.idle, self.reused, self.threads = [], 0, []

    def __enter__(self):
        self.accepting = threading.Thread(target=self.accept)
        self.accepting.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.accepting.join()
        self.listener.close()
        for thread in self.threads:
            thread.join()
        for s in self.idle:
            s.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                self.threads.append(threading.Thread(target=self.serve, args=(client,)))
                self.threads[-1].start()

    def serve(self, client):
        head = client.recv(65536)  # the tests' heads come in one piece
        self.reused += bool(self.idle)
        upstream = self.idle.pop() if self.idle else connect(self.service)
        upgrade = b"upgrade: websocket" in head.lower()
        before = HEALTH if upgrade and self.pipelining else b""
        upstream.sendall(before + head.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 192.0.2.9\r\n\r\n", 1))
        if before:
            read_answer(upstream)
        if not upgrade:
            client.sendall(read_answer(upstream))
            self.idle.append(upstream)
            client.close()  # after that somebody else may come
            return
        back = threading.Thread(target=pump, args=(upstream, client))
        back.start()
        pump(client, upstream)
        back.join()
        client.close()
        upstream.close()


def pump(source, sink):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("pipelining", [False, True], ids=["reused", "pipelined"])
def test_an_upgrade_on_a_connection_that_served_others(fresh_service, pipelining):
    service = fresh_service(TRUSTED_PROXIES="127.0.0.1")
    user = service.user()
    with ReuseProxy(service, pipelining) as proxy:
        for n in range(20):
            for _ in range(2):
                with connect(proxy) as s:
                    s.sendall(HEALTH)
                    assert status(read_answer(s)) == 200 and s.recv(1) == b""
            with RawSocket(proxy, user.bearer) as s:
                assert s.next()[0] == TEXT  # registered
                s.send(frame(0x89, b"%d" % n))
                assert s.next() == (PONG, b"%d" % n)
                s.send(frame(0x88, b"\x03\xe8"))
                assert s.close_code() == 1000
        assert proxy.reused == 40
    assert "route=/ws status=101" in service.output() and "address=192.0.2.9" in service.output()


# ---- the last word ----

BEHIND = b"\r\n" + b"x" * 1000  # comes with the head, in one segment
WS = b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + KEY

CHUNKED = (b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
           b"Transfer-Encoding: chunked\r\n\r\n")

LAST = {
    "a crooked head": (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
    "a head without end": (b"GET / HTTP/1.1\r\nX: " + b"x" * 20000, 431),
    "no upgrade": (b"GET /ws HTTP/1.1\r\nHost: x\r\n\r\n", 426),
    "a bad credential": (WS + b"Authorization: Bearer nonsense\r\n\r\n", 401),
    "a foreign origin": (WS + b"Origin: http://evil.example\r\n\r\n", 403),
    "a bad credential behind a request": (HEALTH + WS + b"Authorization: Bearer nonsense\r\n\r\n", 401),
    "a long body": (b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    b"Content-Length: 9000000\r\n\r\n", 413),
    "nonsense for a chunk": (CHUNKED + b"zz", 400),
    "a chunk too long": (CHUNKED + b"fffff\r\n" + b"x" * 200000, 413),
    "a last request": (b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
    "an old request": (b"GET /healthz HTTP/1.0\r\nHost: x\r\n\r\n", 200),
    "a body nobody wants": (b"DELETE /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n", 405),
}


@pytest.mark.parametrize("name", LAST)
def test_an_answer_outlives_what_was_not_read(service, name):
    """Closing over unread bytes is a reset, which takes the answer away from many a peer (not from ours, which is told)."""
    head, code = LAST[name]
    for _ in range(20):
        with connect(service) as s:
            s.sendall(head + BEHIND)
            if head.startswith(HEALTH):
                assert status(read_answer(s)) == 200
            answer = b""
            while chunk := s.recv(65536):
                answer += chunk
            body = answer.split(b"\r\n\r\n", 1)[1]
            assert status(answer) == code and b"\r\nContent-Length: %d\r\n" % len(body) in answer
            s.shutdown(socket.SHUT_WR)
            assert s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
