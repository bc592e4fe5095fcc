"""The log as files for machines: LOG_FORMAT=json, and what the access log says of requests the door refuses."""

import json
import socket

import requests
from service import DEADLINE_S, Service


def lines(service):
    """What it wrote, when it has ended."""
    with open(service.env["LOG_FILE"], encoding="utf-8") as log:
        return [json.loads(line) for line in log]


def test_json_lines_have_numbers(tmp_path):
    with Service(tmp_path, LOG_FORMAT="json") as service:
        answer = requests.get(service.url + "/api/health")
        assert answer.status_code == 200
    written = lines(service)
    (request,) = [line for line in written if line["event"] == "http.request" and line["route"] == "/api/health"]
    assert request["status"] == 200 and isinstance(request["status"], int)
    assert isinstance(request["seconds"], float) and request["seconds"] >= 0
    assert request["bytes"] > 0 and isinstance(request["bytes"], int)
    assert request["request_id"] == answer.headers["X-Request-Id"]
    assert request["address"] == "127.0.0.1"
    (stopped,) = [line for line in written if line["event"] == "app.stopped"]
    assert stopped["status"] == 0


def test_what_the_door_refuses_is_told_with_its_method(tmp_path):
    with Service(tmp_path, LOG_FORMAT="json") as service:
        with socket.create_connection(("127.0.0.1", service.port), DEADLINE_S) as s:
            s.sendall(b"PUT /api/secret HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
            assert s.makefile("rb").readline() == b"HTTP/1.1 400 Bad Request\r\n"
    (request,) = [line for line in lines(service) if line["event"] == "http.request" and line["status"] == 400]
    assert request["method"] == "PUT" and request["route"] == "-"
    assert isinstance(request["seconds"], float) and request["seconds"] < DEADLINE_S
    assert "secret" not in service.output()
