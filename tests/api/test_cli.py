"""The program visionconnect from the shell."""

import os
import pathlib
import subprocess

import pytest

from service import DEADLINE_S, program

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run(*args, cwd=None, **env):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("RATE_")}
    return subprocess.run(
        [program("visionconnect"), *args], env={**clean, **env}, cwd=cwd, capture_output=True, text=True,
        timeout=DEADLINE_S)


def test_help_names_every_setting():
    out = run("--help")
    assert out.returncode == 0
    for name in ("PORT", "PUBLIC_URL", "DATA_DIR", "SECRET_KEY", "RATE_LOGIN", "serve", "check-config"):
        assert name in out.stdout
    assert run("--version").stdout.startswith("visionconnect ")


def test_unknown_command():
    out = run("dance")
    assert out.returncode == 2 and "dance" in out.stderr


def test_the_example_is_the_table():
    out = run("check-config", "--example")
    assert out.returncode == 0
    assert out.stdout == (ROOT / "deploy/env.example").read_text()


@pytest.mark.parametrize(
    "name, value",
    [("PORT", "http"), ("RATE_LOGIN", "often"), ("REGISTRATION", "maybe"), ("SECRET_KEY", "0123-too-few"),
     ("SECRET_KEY", "dev-secret-change-me"), ("PUBLIC_URL", "cam.example.org")],
)
def test_nonsense_is_refused_at_start_and_by_check_config(tmp_path, name, value):
    checked = run("check-config", cwd=tmp_path, **{name: value})
    assert checked.returncode == 1 and name in checked.stderr
    started = run("serve", cwd=tmp_path, DATA_DIR=str(tmp_path / "data"), **{"PORT": "0", name: value})
    assert started.returncode == 1 and "listening" not in started.stdout
    if name == "SECRET_KEY":
        assert "openssl rand" in checked.stderr + started.stderr
        assert value not in checked.stderr + started.stderr


def test_the_secret_is_made_once_and_kept(tmp_path, fresh_service):
    service = fresh_service()
    kept = pathlib.Path(service.env["DATA_DIR"]) / "secret_key"
    secret = kept.read_bytes()
    assert len(secret) >= 32 and kept.stat().st_mode & 0o777 == 0o600
    user = service.user()
    assert service.stop() == 0
    service.start()
    assert kept.read_bytes() == secret
    assert user.call("GET", "/api/me").status_code == 200


def test_healthcheck(fresh_service):
    service = fresh_service()
    assert run("healthcheck", PORT=str(service.port)).returncode == 0
    assert run("healthcheck", PORT=str(service.port), HOST="127.0.0.2").returncode == 1
    service.stop()
    assert run("healthcheck", PORT=str(service.port)).returncode == 1
    service = fresh_service(HOST="127.0.0.2")
    assert run("healthcheck", PORT=str(service.port), HOST="127.0.0.2").returncode == 0


def test_a_taken_port_is_told(fresh_service, tmp_path):
    service = fresh_service()
    out = run("serve", cwd=tmp_path, HOST="127.0.0.1", PORT=str(service.port), DATA_DIR=str(tmp_path / "data"))
    assert out.returncode == 1 and str(service.port) in out.stderr
