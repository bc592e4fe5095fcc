"""A service and its database find each other by themselves."""

from service import until


def is_ready(service):
    return service.call("GET", "/readyz").status_code == 200


def ready(service):
    """The service, once it has its database."""
    until(lambda: is_ready(service))
    return service
