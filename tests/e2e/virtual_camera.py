"""A visionconnect-camera process whose log lines can be waited for."""

import base64
import signal
import subprocess
import threading
import time

from service import DEADLINE_S, program


def save_codes(pending, folder):
    """The onboarding's QR pictures as files → the camera's arguments."""
    arguments = []
    for number, url in enumerate(pending["qr_codes"]):
        path = folder / f"{pending['device_id']}-{number}.png"
        path.write_bytes(base64.b64decode(url.removeprefix("data:image/png;base64,")))
        arguments += ["--qr", str(path)]
    return arguments


class VirtualCamera:
    """with VirtualCamera(folder, "--qr", path) as camera: camera.wait_for("camera.connected")"""

    def __init__(self, folder, *arguments, stdin=subprocess.DEVNULL, inside=()):
        self.command = [*inside, program("visionconnect-camera"), "--state", str(folder), "--log-level", "debug"]
        self.command += [str(a) for a in arguments]
        self.stdin = stdin
        self.process = None

    def start(self):
        """Runs it, with the same arguments each time; the log begins anew."""
        self.lines, self.heard, self.ended = [], threading.Condition(), False
        self.process = subprocess.Popen(self.command, stdin=self.stdin, stderr=subprocess.PIPE, text=True)
        self.reader = threading.Thread(target=self.read, args=(self.process.stderr,), daemon=True)
        self.reader.start()
        return self

    def read(self, stream):
        for line in stream:
            with self.heard:
                self.lines.append(line.rstrip())
                self.heard.notify_all()
        with self.heard:
            self.ended = True
            self.heard.notify_all()

    @property
    def log(self):
        return "\n".join(self.lines)

    def events(self, *names):
        """The lines of these events so far, in order."""
        with self.heard:
            return [line for line in self.lines if set(line.split()[2:3]) & set(names)]

    def wait_for(self, event, count=1, deadline_s=DEADLINE_S):
        """The count-th line of this event."""
        end = time.monotonic() + deadline_s
        with self.heard:
            while True:
                found = self.events(event)
                if len(found) >= count:
                    return found[count - 1]
                assert not self.ended, f"the camera ended before {event}:\n{self.log}"
                assert self.heard.wait(end - time.monotonic()), f"no {event} in the camera's log:\n{self.log}"

    def wait(self):
        """Its exit status."""
        status = self.process.wait(DEADLINE_S)
        self.reader.join(DEADLINE_S)
        self.process.stderr.close()
        if self.process.stdin:
            self.process.stdin.close()
        self.process = None
        return status

    def stop(self, sig=signal.SIGTERM):
        self.process.send_signal(sig)
        return self.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process:
            self.stop(signal.SIGKILL)
        print(self.log)
