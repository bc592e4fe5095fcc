"""The door and the conventions of contract §0, by raw sockets where a client library would tidy up."""

import socket

import pytest


def raw(service, data, deadline_s=20):
    """Sends bytes as they are and reads until the server closes."""
    with socket.create_connection(("127.0.0.1", service.port), deadline_s) as s:
        s.sendall(data)
        answer = b""
        while chunk := s.recv(65536):
            answer += chunk
        return answer


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
    with socket.create_connection(("127.0.0.1", service.port), 20) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"GET /healthz HTTP/1.1\r\n" + CLOSE:
            s.send(bytes([byte]))
        assert s.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_pipelined_requests_are_answered_in_order(service):
    request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answer = raw(service, request * 3 + b"GET /api/nothing HTTP/1.1\r\n" + CLOSE)
    assert answer.count(b"HTTP/1.1 200 ") == 3 and answer.count(b"HTTP/1.1 404 ") == 1
    assert answer.rindex(b"200 OK") < answer.index(b"404 ")


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
    silent = [socket.create_connection(("127.0.0.1", service.port), 20) for _ in range(200)]
    try:
        assert service.call("GET", "/healthz").status_code == 200
    finally:
        for s in silent:
            s.close()
