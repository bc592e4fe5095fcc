"""A service that names a loopback address in its codes: the cameras of these tests live on the same machine."""

from service import Service


def local_service(folder, **env):
    service = Service(folder, **env)
    service.env["PUBLIC_URL"] = service.url
    return service
