"""The door and the conventions of contract §0, by raw sockets where a client library would tidy up."""

import contextlib
import os
import re
import secrets
import socket
import subprocess
import threading
import time

import pytest
import requests
from service import DEADLINE_S, Socket, program, until
from test_onboarding_secrets import core_dump, has_sanitizer
from websockets.exceptions import InvalidStatus


def connect(service, host="127.0.0.1"):
    return socket.create_connection((host, service.port), DEADLINE_S)


def read_all(s):
    """What comes until the server closes."""
    answer = b""
    while chunk := s.recv(65536):
        answer += chunk
    return answer


def read_one(s):
    """One answer, in whatever pieces it comes."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += s.recv(65536) or pytest.fail(f"the end after {answer}")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)", answer)
    while length and len(answer.partition(b"\r\n\r\n")[2]) < int(length[1]):
        answer += s.recv(65536) or pytest.fail(f"the end after {answer}")
    return answer


def raw(service, data):
    """Sends bytes as they are and reads until the server closes."""
    with connect(service) as s:
        s.sendall(data)
        return read_all(s)


CLOSE = b"Host: localhost\r\nConnection: close\r\n\r\n"


def test_root_is_json_for_programs_and_a_page_for_people(service):
    answer = service.call("GET", "/")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "online" and body["service"] == "VisionConnect" and body["docs"] == "/docs"
    page = service.call("GET", "/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.headers["Content-Type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    deep = service.call("GET", "/c/0123456789abcdef01234567", headers={"Accept": "text/html"})
    assert deep.status_code == 200 and deep.text == page.text
    assert service.call("GET", "/nothing-here").status_code == 404


def test_health(service):
    assert service.call("GET", "/healthz").status_code == 200
    assert service.call("GET", "/readyz").status_code == 200
    health = service.call("GET", "/health").json()
    assert health["status"] == "healthy"
    assert {"esp32_connected", "cameras_connected", "clients"} <= set(health)
    api = service.call("GET", "/api/health").json()
    assert {"status", "uptime", "timestamp", "version", "store", "registration"} <= set(api)
    assert api["registration"] == "open"


def test_unknown_paths_and_methods(service):
    missing = service.call("GET", "/api/nothing")
    assert missing.status_code == 404 and missing.json()["code"] == "not_found"
    wrong = service.call("DELETE", "/api/login")
    assert wrong.status_code == 405 and "POST" in wrong.headers["Allow"]
    head = service.call("HEAD", "/ws")
    assert head.status_code == 426 and head.headers["Upgrade"] == "websocket"
    posted = service.call("POST", "/ws")
    assert posted.status_code == 405 and posted.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert service.call("OPTIONS", "/ws").status_code == 204


def test_head_answers_as_get_without_a_body(service):
    get, head = service.call("GET", "/api/health"), service.call("HEAD", "/api/health")
    assert head.status_code == 200 and head.content == b""
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        b"POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: one\r\n two\r\n\r\n",
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nBad Name: x\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_crooked_heads_are_400_and_closed(service, head):
    answer = raw(service, head)
    assert answer.startswith(b"HTTP/1.1 400 "), answer[:200]
    assert b"x-request-id:" in answer.lower()
    assert b"malformed" in answer


def test_a_head_over_its_limits_is_431(service):
    for head in (
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 17000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 120 + b"\r\n",
    ):
        assert raw(service, head).startswith(b"HTTP/1.1 431 ")


def test_a_body_over_its_limit_is_413(service):
    head = b"POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 70000\r\n\r\n"
    assert raw(service, head + b" " * 70000).startswith(b"HTTP/1.1 413 ")


def test_head_byte_by_byte(service):
    with connect(service) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"GET /healthz HTTP/1.1\r\n" + CLOSE:
            s.send(bytes([byte]))
        assert read_all(s).startswith(b"HTTP/1.1 200 ")


def test_pipelined_requests_are_answered_in_order(service):
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = raw(service, request * 3 + b"GET /api/nothing HTTP/1.1\r\n" + CLOSE)
    assert answer.count(b"HTTP/1.1 200 ") == 3 and answer.count(b"HTTP/1.1 404 ") == 1
    assert answer.rindex(b"200 OK") < answer.index(b"404 ")


def test_an_upgrade_behind_another_request(service):
    with connect(service) as s:
        s.sendall(
            b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
            b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        answer = b""
        while b"HTTP/1.1 101 " not in answer and (more := s.recv(65536)):
            answer += more
    assert answer.startswith(b"HTTP/1.1 200 ") and b"HTTP/1.1 101 " in answer


def test_cors_is_off_until_listed(service, fresh_service):
    preflight = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    closed = service.call("OPTIONS", "/api/login", headers=preflight)
    assert "Access-Control-Allow-Origin" not in closed.headers
    listed = fresh_service(CORS_ORIGINS="https://app.example").call("OPTIONS", "/api/login", headers=preflight)
    assert listed.status_code == 204
    assert listed.headers["Access-Control-Allow-Origin"] == "https://app.example"


def test_gzip_when_asked(service):
    page = service.call("GET", "/", headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
    models = service.call("GET", "/api/camera/models", headers={"Accept-Encoding": "gzip"})
    plain = service.call("GET", "/api/camera/models", headers={"Accept-Encoding": "identity"})
    assert models.headers.get("Content-Encoding") == "gzip" and page.status_code == 200
    assert "Content-Encoding" not in plain.headers and plain.json() == models.json()


def test_silent_connections_disturb_nobody(service):
    silent = [connect(service) for _ in range(200)]
    try:
        assert service.call("GET", "/healthz").status_code == 200
    finally:
        for s in silent:
            s.close()


SMUGGLING = [
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 6\r\n\r\nhello",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\nhello",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\nhello",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5 5\r\n\r\nhello",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\nhello",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\nhello",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nhello",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\nhello",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    b"POST /api/login HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /api/login HTTP/1.1\r\nHost: x\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET /healthz HTTP/1.1\nHost: x\n\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x@y\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: x:99999\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\n\r\n",
    b"GET /health\tz HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /healthz HTTP/1.1 \r\nHost: x\r\n\r\n",
    b"GET /healthz HTTP/2.0\r\nHost: x\r\n\r\n",
    b"GET healthz HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
]


@pytest.mark.parametrize("place", ["first", "later", "pipelined"])
@pytest.mark.parametrize("crooked", SMUGGLING, ids=lambda text: repr(text[:70]))
def test_doubtful_heads_are_answered_once_and_closed(service, crooked, place):
    """Wherever it stands in a connection; what stands behind is never looked at."""
    good = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect(service) as s:
        if place == "later":
            s.sendall(good)
            assert read_one(s).startswith(b"HTTP/1.1 200 ")
        s.sendall((good if place == "pipelined" else b"") + crooked + b"GET /healthz HTTP/1.1\r\n" + CLOSE)
        answer = read_all(s)
    if place == "pipelined":
        assert answer.startswith(b"HTTP/1.1 200 ")
        answer = answer[answer.index(b"HTTP/1.1 ", 1) :]
    assert answer.startswith(b"HTTP/1.1 400 ") and answer.count(b"HTTP/1.1 ") == 1
    assert b"X-Request-Id: " in answer and b"application/problem+json" in answer and b"Connection: close" in answer


@pytest.mark.parametrize(
    "chunks", [b"z\r\n\r\n", b"5\nhello\n0\n\n", b"-1\r\n\r\n", b"ffffffffffffffffff\r\n", b"5\r\nhelloXX0\r\n\r\n", b"0x5\r\nhello"]
)
def test_chunk_nonsense_ends_the_connection(service, chunks):
    head = b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = raw(service, head + chunks + b"GET /healthz HTTP/1.1\r\n" + CLOSE)
    assert answer.count(b"HTTP/1.1 ") == 1 and answer.startswith(b"HTTP/1.1 400 ")
    assert b"X-Request-Id: " in answer and b"application/problem+json" in answer and b"Connection: close" in answer


def test_absolute_targets_and_old_versions(service):
    answer = raw(service, b"GET http://elsewhere/healthz HTTP/1.1\r\n" + CLOSE)
    assert answer.startswith(b"HTTP/1.1 200 ")
    old = raw(service, b"GET /healthz HTTP/1.0\r\nHost: x\r\n\r\n")
    assert b" 200 " in old.split(b"\r\n")[0]
    kept = b"GET /healthz HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"
    with connect(service) as s:
        for _ in range(3):
            s.sendall(kept)
            answer = read_one(s)
            assert b" 200 " in answer.split(b"\r\n")[0] and b"keep-alive" in answer.lower()


def test_the_shares_of_an_address_and_of_an_account(fresh_service):
    service = fresh_service(MAX_CONNECTIONS_PER_ADDRESS="5", MAX_CONNECTIONS="16")
    held = [connect(service) for _ in range(5)]
    for s in held:
        s.sendall(b"GET / HTTP/1.1\r\n")
    answer = raw(service, b"GET /healthz HTTP/1.1\r\n" + CLOSE)
    assert answer.startswith(b"HTTP/1.1 429 ") and b"Retry-After: " in answer
    held.pop().close()
    assert raw(service, b"GET /healthz HTTP/1.1\r\n" + CLOSE).startswith(b"HTTP/1.1 ")
    for s in held:
        s.close()


def test_both_families(fresh_service):
    service = fresh_service(HOST="")
    for address in ("127.0.0.1", "::1"):
        with connect(service, address) as s:
            s.sendall(b"GET /healthz HTTP/1.1\r\n" + CLOSE)
            assert read_all(s).startswith(b"HTTP/1.1 200 ")


def test_the_proxy_protocol_tells_the_client(fresh_service):
    service = fresh_service(PROXY_PROTOCOL="on", TRUSTED_PROXIES="127.0.0.1")
    answer = raw(service, b"PROXY TCP4 192.0.2.77 192.0.2.1 4000 80\r\nGET /healthz HTTP/1.1\r\n" + CLOSE)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert raw(service, b"GET /healthz HTTP/1.1\r\n" + CLOSE).startswith(b"HTTP/1.1 400 ")
    until(lambda: re.search("status=200 .*address=192.0.2.77", service.output()))  # it is written behind the answer


@pytest.mark.parametrize("trusted", ["127.0.0.1", ""])
def test_the_health_check_speaks_the_proxy_protocol(fresh_service, trusted):
    settings = {"PROXY_PROTOCOL": "on", "TRUSTED_PROXIES": trusted}
    service = fresh_service(**settings)
    environment = {**os.environ, **settings, "PORT": str(service.port)}
    assert subprocess.run([program("visionconnect"), "healthcheck"], env=environment, timeout=60).returncode == 0


def test_nothing_of_a_request_stays_in_memory(fresh_service):
    """Heads hold tokens, tickets and cookies: each is gone when its request is over, though the connection goes on."""
    service = fresh_service(PROXY_PROTOCOL="on", TRUSTED_PROXIES="127.0.0.1")
    if has_sanitizer(service.process.pid):
        pytest.skip("the sanitizer has a free() of its own")
    mark, places = f"mark{secrets.token_hex(6)}", ("path", "query", "bearer", "cookie", "body", "long", "upgrade")
    path, query, bearer, cookie, body, long, upgrade = (f"{mark}-{place}" for place in places)
    crowd = [
        f"GET /api/camera/check-status/{path}?a={query} HTTP/1.1\r\nHost: x\r\nCookie: session={cookie}\r\n\r\n",
        f"GET /api/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {bearer}\r\n\r\n",
        "POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
        + f'{{"a":"{body}"}}'.ljust(99),
        f"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n{long:70000}",
        f"GET /ws?ticket={upgrade} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    ]
    sockets = [socket.create_connection(("127.0.0.1", service.port), DEADLINE_S) for _ in crowd]
    for s, text in zip(sockets, crowd):
        s.sendall(b"PROXY UNKNOWN\r\n" + text.encode())
        assert s.recv(65536).startswith(b"HTTP/1.1 4")
    pattern = re.compile(re.escape(mark.encode()) + rb"-\w+")
    until(lambda: not any(pattern.search(data) for _, _, data in core_dump(service.process.pid)))
    for s in sockets:
        s.close()


def test_blanks_behind_the_scheme(service):
    user = service.user()
    several = {"Authorization": "Bearer   " + user.tokens["access_token"]}
    assert service.call("GET", "/api/me", headers=several).status_code == 200
    Socket(service, headers=several).close()


def test_metrics(fresh_service):
    service = fresh_service(METRICS_TOKEN="a-token-for-metrics")
    assert service.call("GET", "/metrics").status_code == 401
    assert service.user().call("GET", "/metrics").status_code == 403
    wrong = service.call("GET", "/metrics", headers={"Authorization": "Bearer a-token-for-metricz"})
    assert wrong.status_code == 401
    counted = {
        'visionconnect_connections{kind="camera"} 1',
        'visionconnect_http_requests_total{method="POST",route="/api/register",status="201"} 2',
        'visionconnect_auth_failures_total{by="http"} 2',
    }

    def read():
        return service.call("GET", "/metrics", headers={"Authorization": "Bearer a-token-for-metrics"})

    with service.user().camera().socket():  # a request counts when its answer is out
        answer = until(lambda: counted <= set((now := read()).text.splitlines()) and now)
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert all(line.startswith(("# HELP visionconnect_", "# TYPE visionconnect_", "visionconnect_")) for line in lines)
    for name in ("frames_in_total", "relay_latency_seconds_count", "frame_age_seconds_count", "loop_lag_seconds_count"):
        assert any(line.startswith(f"visionconnect_{name} ") for line in lines)
    types = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(types) == len(set(types))


def test_long_polls_cost_no_thread(fresh_service):
    service = fresh_service()
    user = service.user()
    token = user.onboard()["device_token"]
    tasks = f"/proc/{service.process.pid}/task"
    before = len(os.listdir(tasks))
    request = f"GET /api/camera/check-status/{token}?wait=30 HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    polls = [connect(service) for _ in range(200)]
    for s in polls:
        s.sendall(request)
    for _ in range(20):
        assert user.call("GET", "/api/me").status_code == 200
    assert len(os.listdir(tasks)) == before
    assert user.call("DELETE", f"/api/camera/onboard/{token}").status_code == 204
    for s in polls:
        assert read_one(s).startswith(b"HTTP/1.1 ")
        s.close()


def test_sigterm_under_load(fresh_service):
    """Long-polls, half heads, idle connections and requests without end: it stops in time, with status 0."""
    service = fresh_service()
    token = service.user().onboard()["device_token"]
    request = f"GET /api/camera/check-status/{token}?wait=30 HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    sockets = [connect(service) for _ in range(60)]
    for i, s in enumerate(sockets):
        s.sendall([request, b"GET / HT", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"][i % 3])
    over = threading.Event()

    def ask():
        while not over.is_set():
            try:
                service.call("GET", "/healthz")
            except requests.RequestException:
                return

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    try:
        assert service.stop() == 0
        assert time.monotonic() - began < 25  # nobody is waited for: neither for a poll's end nor for an idle peer's
    finally:
        over.set()
        for thread in threads:
            thread.join()
        for s in sockets:
            s.close()


def test_the_share_of_an_account_counts_sockets_until_they_close(fresh_service):
    service = fresh_service(MAX_CONNECTIONS_PER_ACCOUNT="2", MAX_CONNECTIONS_PER_ADDRESS="3")
    user, other = service.user(), service.user()
    held = [user.socket(), user.socket()]
    with pytest.raises(InvalidStatus, match="429"):
        user.socket()
    others = [other.socket(), other.socket()]  # four of one address by now: signed in, they do not count for it
    held[0].close()

    def again():  # the place is free when the relay has closed the socket, a moment after the client did
        with contextlib.suppress(InvalidStatus):
            held[0] = user.socket()
            return True

    until(again)
    for s in held + others:
        s.close()
