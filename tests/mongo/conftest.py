"""Faults of the database: a proxy of ours stands between the service and a real server (TEST_MONGO_URI)."""

import os
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))

from fault_proxy import FaultProxy  # noqa: E402  (the path above makes it importable)
from ready import ready  # noqa: E402
from service import mongo_database  # noqa: E402


def pytest_collection_modifyitems(items):
    if not os.environ.get("TEST_MONGO_URI"):
        for item in items:
            if "tests/mongo" in str(item.path) and "own_server" not in item.fixturenames:
                item.add_marker(pytest.mark.skip(reason="TEST_MONGO_URI names no server"))


@pytest.fixture
def own_server(tmp_path):
    """A server of the test's own, to be killed: own_server("kill"), own_server("up")."""
    env = {name: value for name, value in os.environ.items() if name != "TEST_MONGO_URI"}
    env["VC_MONGO_DIR"] = str(tmp_path / "mongo")
    script = os.path.join(os.path.dirname(__file__), "../support/mongo")

    def do(word):
        return subprocess.run([script, word], env=env, stdout=subprocess.PIPE, text=True, timeout=600)

    up = do("up")
    if up.returncode == 77:
        pytest.skip("no server can be started here")
    assert up.returncode == 0
    do.uri = up.stdout.strip()
    yield do
    do("down")


@pytest.fixture
def proxy():
    """A proxy before the server; it needs a URI with one host."""
    host, _, port = os.environ["TEST_MONGO_URI"].split("://")[1].split("/")[0].partition(":")
    with FaultProxy(host, int(port or 27017)) as running:
        yield running


@pytest.fixture
def behind(proxy, fresh_service):
    """Starts a service that sees the database through the proxy: behind(MONGO_TIMEOUT_MS="6000"). It is ready, unless
    the database is away."""

    def start(**env):
        name = f"vc_fault_{os.urandom(6).hex()}"
        env.setdefault("MONGO_TIMEOUT_MS", "6000")
        running = fresh_service(MONGO_URI=mongo_database(f"mongodb://{proxy.address}/", name), **env)
        return ready(running) if proxy.listener else running

    return start
