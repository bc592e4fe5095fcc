"""Waiting for what a service does on its own. The deadlines only end what hangs."""

import time


def until(condition, deadline_s=120):
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, "it did not come about"


def is_ready(service):
    return service.call("GET", "/readyz").status_code == 200


def ready(service):
    """The service, once it has its database."""
    until(lambda: is_ready(service))
    return service
