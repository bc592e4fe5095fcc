"""A service that names a loopback address in its codes: the cameras of these tests live on the same machine."""

import socket

from service import Service


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def local_service(folder, **env):
    port = free_port()
    return Service(folder, PORT=str(port), PUBLIC_URL=f"http://127.0.0.1:{port}", **env)
