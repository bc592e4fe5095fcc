"""A visionconnect process and the clients that tests use: requests for REST, websockets for /ws.

With TEST_MONGO_URI each service keeps its data in a database of its own there, else in its folder."""

import contextlib
import json
import os
import secrets
import select
import signal
import socket
import struct
import subprocess
import threading
import time

import requests
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

BUILD = os.environ.get("VC_BUILD", os.path.join(os.path.dirname(__file__), "../../build/dev"))
DEADLINE_S = 60  # of every wait: only a broken program meets it, however slow the machine
HEADER = struct.Struct(">BBHIQQ")


def program(name):
    """The path of a built program."""
    folder = {"visionconnect": "service", "visionconnect-camera": "firmware"}[name]
    return os.path.join(BUILD, folder, name)


def read_line(stream, deadline_s=DEADLINE_S):
    """One line of a process's pipe; fails rather than waits for ever."""
    ready, _, _ = select.select([stream], [], [], deadline_s)
    if not ready:
        raise TimeoutError("nothing was printed")
    return stream.readline().decode()


def until(condition):
    """Waits for what the service does on its own, by asking."""
    end = time.monotonic() + DEADLINE_S
    while not (value := condition()):
        assert time.monotonic() < end, "it did not come about"
    return value


def held_port():
    """A socket that holds a free port without listening: nobody else is given the port as long as it is open, and the
    service may listen there, again and again."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    return holder


def mongo_database(uri, name):
    """The URI of a database of that name on the server of another URI."""
    server, _, options = uri.partition("?")
    scheme, _, rest = server.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/{name}" + (f"?{options}" if options else "")


def drop_database(uri):
    """Removes what a service kept in MongoDB; one whose server is gone by now has nothing left."""
    import pymongo

    with pymongo.MongoClient(uri, serverSelectionTimeoutMS=2000) as client:
        try:
            client.drop_database(client.get_default_database())
        except pymongo.errors.PyMongoError as fault:
            print(f"not dropped: {fault}")


class Service:
    """with Service(folder, RATE_LOGIN="5/min") as s: … s.url, s.ws_url, s.session()"""

    def __init__(self, folder, quiet=False, **env):
        self.folder, self.quiet = folder, quiet
        os.makedirs(folder, exist_ok=True)
        self.holder = held_port()
        self.port = self.holder.getsockname()[1]
        host = env.get("HOST") or "127.0.0.1"
        host = "127.0.0.1" if host == "0.0.0.0" else host
        self.url = f"http://{host}:{self.port}"
        self.ws_url = f"ws://{host}:{self.port}/ws"
        self.env = {
            **os.environ,
            "PORT": str(self.port),
            "HOST": "127.0.0.1",
            "DATA_DIR": str(os.path.join(folder, "data")),
            "LOG_FILE": str(os.path.join(folder, "log")),
        }
        for name in "LOGIN REGISTER ACTIVATE ONBOARD DEFAULT UPLOAD WS".split():
            self.env.setdefault(f"RATE_{name}", "off")
        self.env.pop("MONGO_URI", None)
        if os.environ.get("TEST_MONGO_URI"):
            self.env["MONGO_URI"] = mongo_database(os.environ["TEST_MONGO_URI"], f"vc_api_{secrets.token_hex(6)}")
            self.env.setdefault("MONGO_TIMEOUT_MS", "60000")
        self.waits = "MONGO_URI" in self.env and "MONGO_URI" not in env  # it begins without its database, if need be
        self.env.update(env)
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [program("visionconnect"), "serve"],
            env=self.env,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=open(os.path.join(self.folder, "stderr"), "ab"),
        )
        line = read_line(self.process.stdout)
        assert line.startswith("listening on http://") and line.strip().endswith(f":{self.port}"), self.output()
        if self.waits:
            until(lambda: self.call("GET", "/readyz").status_code != 503)  # a proxy's word may be wanted: 400
        return self

    def stop(self, sig=signal.SIGTERM):
        """Ends it and returns its exit status."""
        self.process.send_signal(sig)
        status = self.process.wait(DEADLINE_S)
        self.process.stdout.close()
        self.process = None
        if status:
            print(self.output()[-20000:])  # pytest shows it when a test fails
        return status

    def output(self):
        text = ""
        for name in ("log", "stderr"):
            path = os.path.join(self.folder, name)
            if os.path.exists(path):
                text += open(path, errors="replace").read()
        return text

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process:
            status = self.stop()
            if not status and not self.quiet:
                print(self.output()[-20000:])
            assert status == 0, f"visionconnect ended with {status}"

    def user(self, email=None, password="test123"):
        """A registered user."""
        return User(self, email or f"user-{secrets.token_hex(6)}@example.com", password)

    def call(self, method, path, **kwargs):
        return requests.request(method, self.url + path, timeout=DEADLINE_S, **kwargs)


class User:
    def __init__(self, service, email, password):
        self.service, self.email, self.password = service, email, password
        answer = service.call("POST", "/api/register", json={"email": email, "password": password})
        assert answer.status_code == 201, answer.text
        self.tokens = answer.json()
        self.id = self.tokens["user_id"]

    @property
    def bearer(self):
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    def call(self, method, path, **kwargs):
        headers = {**self.bearer, **kwargs.pop("headers", {})}
        return self.service.call(method, path, headers=headers, **kwargs)

    def onboard(self, **members):
        body = {"camera_model": "VIRTUAL_CAMERA", "wifi_ssid": "MyWiFi", "wifi_password": "mypassword", **members}
        answer = self.call("POST", "/api/camera/onboard", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def camera(self, uid=None, **members):
        """An onboarded and activated camera."""
        pending = self.onboard(**members)
        return Camera.activate(self, pending, uid or f"uid-{secrets.token_hex(6)}")

    def socket(self, **kwargs):
        return Socket(self.service, headers=self.bearer, **kwargs)


class Camera:
    def __init__(self, user, pending, answer, uid):
        self.user, self.service, self.uid, self.pending = user, user.service, uid, pending
        self.id, self.key = answer["device_id"], answer["device_key"]

    @staticmethod
    def activate(user, pending, uid):
        body = {"device_token": pending["device_token"], "device_uid": uid}
        answer = user.service.call("POST", "/api/camera/activate", json=body)
        assert answer.status_code == 200, answer.text
        return Camera(user, pending, answer.json(), uid)

    def socket(self, **kwargs):
        return Socket(self.service, headers={"Authorization": f"Bearer {self.key}"}, **kwargs)


class Socket:
    """A /ws connection that has read its first message (`registered`), unless told otherwise."""

    def __init__(self, service, headers=None, path="", at="/ws", registered=True, **kwargs):
        self.ws = connect(
            service.ws_url.removesuffix("/ws") + at + path,
            additional_headers=headers or {},
            open_timeout=DEADLINE_S,
            close_timeout=DEADLINE_S,
            max_size=None,
            compression=None,
            **kwargs,
        )
        self.registered = self.text("registered") if registered else None

    def send(self, message):
        self.ws.send(message if isinstance(message, (bytes, str)) else json.dumps(message))

    def recv(self, deadline_s=DEADLINE_S):
        """The next message: dict for text, bytes for binary."""
        message = self.ws.recv(timeout=deadline_s)
        return json.loads(message) if isinstance(message, str) else message

    def text(self, kind, deadline_s=DEADLINE_S):
        """The next text message of this type; others before it are passed over."""
        end = time.monotonic() + deadline_s
        while True:
            message = self.recv(max(0.01, end - time.monotonic()))
            if isinstance(message, dict) and message.get("type") == kind:
                return message

    def frame(self, deadline_s=DEADLINE_S):
        """The next binary message; texts before it are passed over."""
        end = time.monotonic() + deadline_s
        while True:
            message = self.recv(max(0.01, end - time.monotonic()))
            if isinstance(message, bytes):
                return message

    def watch(self, device_id, **members):
        """Without other members, pictures count as fresh however slow the machine."""
        self.send({"type": "watch", "device_id": device_id, "max_age_ms": 600000, **members})
        return self.text("watching")

    def close_code(self, deadline_s=DEADLINE_S):
        """Reads until the server closes, and tells the code."""
        from websockets.exceptions import ConnectionClosed

        end = time.monotonic() + deadline_s
        try:
            while True:
                self.ws.recv(timeout=max(0.01, end - time.monotonic()))
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006

    def close(self):
        """Reads what nobody has read meanwhile: beyond some messages the library's close() would wait for that for ever."""
        reader = threading.Thread(target=self._read_rest)
        reader.start()
        self.ws.close()
        reader.join()

    def _read_rest(self):
        with contextlib.suppress(WebSocketException):  # closed in whatever way, or another thread reads already
            for _ in self.ws:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def split_header(message):
    """A binary message with header framing → (fields, jpeg)."""
    version, kind, channel, seq, captured_us, received_us = HEADER.unpack_from(message)
    fields = dict(version=version, kind=kind, channel=channel, seq=seq, captured_us=captured_us, received_us=received_us)
    return fields, message[HEADER.size :]


def jpeg(number=0, width=64, height=48, filler=0):
    """A real JPEG that differs by number; filler adds bytes (in comments) to make it large."""
    import io

    from PIL import Image

    picture = Image.new("RGB", (width, height), (number * 37 % 256, number * 91 % 256, number % 256))
    out = io.BytesIO()
    picture.save(out, "JPEG")
    data = out.getvalue()
    comment = b"".join(
        b"\xff\xfe" + struct.pack(">H", n + 2) + struct.pack(">I", number) * (n // 4)
        for n in [60000] * (filler // 60000) + [filler % 60000 // 4 * 4]
        if n
    )
    return data[:2] + comment + data[2:]
