"""The browser's camera runs on this machine: the service names a loopback address in its codes."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../e2e"))

from local_service import local_service  # noqa: E402  (the path above makes it importable)


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with local_service(tmp_path_factory.mktemp("service")) as running:
        yield running
