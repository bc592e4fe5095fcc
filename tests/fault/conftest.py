"""Faults of the database: a proxy of ours stands between the service and a real server (TEST_MONGO_URI)."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../support"))

from fault_proxy import FaultProxy  # noqa: E402  (the path above makes it importable)
from service import mongo_database  # noqa: E402


def pytest_collection_modifyitems(items):
    if not os.environ.get("TEST_MONGO_URI"):
        for item in items:
            if "tests/fault" in str(item.path):
                item.add_marker(pytest.mark.skip(reason="TEST_MONGO_URI names no server"))


@pytest.fixture
def proxy():
    """A proxy before the server; it needs a URI with one host."""
    host, _, port = os.environ["TEST_MONGO_URI"].split("://")[1].split("/")[0].partition(":")
    with FaultProxy(host, int(port or 27017)) as running:
        yield running


@pytest.fixture
def behind(proxy, fresh_service):
    """Starts a service that sees the database through the proxy: behind(MONGO_TIMEOUT_MS="2000")."""

    def start(**env):
        name = f"vc_fault_{os.urandom(6).hex()}"
        env.setdefault("MONGO_TIMEOUT_MS", "3000")
        return fresh_service(MONGO_URI=mongo_database(f"mongodb://{proxy.address}/", name), **env)

    return start
