"""A WebSocket client that can be wrong on purpose: frames by hand on a plain socket."""

import base64
import os
import socket
import struct

DEADLINE_S = 60
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def frame(first, payload=b"", masked=True, length=None):
    """One frame; first is FIN, RSV and opcode as the byte they are."""
    n = len(payload) if length is None else length
    bit = 0x80 if masked else 0
    if n < 126:
        head = bytes([first, bit | n])
    elif n < 65536:
        head = struct.pack(">BBH", first, bit | 126, n)
    else:
        head = struct.pack(">BBQ", first, bit | 127, n)
    if not masked:
        return head + payload
    mask = os.urandom(4)
    stretched = mask * (len(payload) // 4 + 1)
    return head + mask + bytes(a ^ b for a, b in zip(payload, stretched))


class RawSocket:
    """The upgrade is done; what comes back is read by next() and close_code()."""

    def __init__(self, service, headers, behind=b"", **options):
        self.s = socket.create_connection(("127.0.0.1", service.port), DEADLINE_S, **options)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = {"Host": f"127.0.0.1:{service.port}", "Connection": "Upgrade", "Upgrade": "websocket",
                 "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key, **headers}
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.s.sendall(f"GET /ws HTTP/1.1\r\n{text}\r\n".encode() + behind)
        self.file = self.s.makefile("rb")
        assert self.file.readline().split()[1] == b"101"
        while self.file.readline() != b"\r\n":
            pass

    def send(self, data):
        self.s.sendall(data)

    def next(self):
        """(opcode, payload) of the next frame; None at the end."""
        head = self.file.read(2)
        if len(head) < 2:
            return None
        n = head[1]
        if n == 126:
            n = int.from_bytes(self.file.read(2), "big")
        elif n == 127:
            n = int.from_bytes(self.file.read(8), "big")
        return head[0] & 15, self.file.read(n)

    def close_code(self):
        """Reads to the end; 1006 without a close frame."""
        code = 1006
        try:
            while got := self.next():
                if got[0] == CLOSE:
                    code = int.from_bytes(got[1][:2], "big")
                    self.send(frame(0x88, got[1]))
        except ConnectionError:
            pass
        return code

    def close(self):
        self.file.close()
        self.s.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
