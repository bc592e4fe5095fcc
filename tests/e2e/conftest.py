"""What these tests share: services that a virtual camera on this machine reaches."""

import pytest

from local_service import local_service


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    with local_service(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture
def own_service(tmp_path):
    """One a test, for those that stop it."""
    with local_service(tmp_path / "service") as running:
        yield running


@pytest.fixture
def user(service):
    return service.user()
