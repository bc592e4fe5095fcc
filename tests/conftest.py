"""What all Python tests share: a service of their own, started on a free port with an empty store."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "support"))

from service import Service  # noqa: E402  (the path above makes it importable)


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """One service a test module, rate limits off; its log is shown when a test fails."""
    with Service(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture
def fresh_service(tmp_path):
    """A factory for services with their own settings: fresh_service(RATE_LOGIN="5/min")."""
    started = []

    def start(**env):
        running = Service(tmp_path / f"service{len(started)}", **env)
        started.append(running)
        return running.__enter__()

    yield start
    for running in started:
        running.__exit__(None, None, None)
