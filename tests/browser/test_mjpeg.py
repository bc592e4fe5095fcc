"""The stream in an <img>; the story is in mjpeg.mjs."""

import threading

from play import play
from service import jpeg


def test_an_img_shows_the_stream(service):
    user = service.user()
    camera = user.camera()
    over = threading.Event()
    with camera.socket() as device:

        def send():
            n = 0
            while not over.wait(0.1):
                n += 1
                device.send(jpeg(n % 8, width=320, height=240))

        thread = threading.Thread(target=send)
        thread.start()
        try:
            play("mjpeg.mjs", URL=service.url, DEVICE=camera.id, AUTHORIZATION=user.bearer["Authorization"])
        finally:
            over.set()
            thread.join()
