"""A restart under load: every camera is told when to come back, the moments are spread, and then it may."""

import threading
import time

from service import Socket

CAMERAS = 30


def test_every_camera_is_back_in_its_slot(fresh_service):
    service = fresh_service()
    user = service.user()
    cameras = [user.camera() for _ in range(CAMERAS)]
    sockets = [camera.socket() for camera in cameras]
    slots, back, up = {}, [], threading.Event()

    def live(n, camera, device):
        slots[n] = device.text("goaway")["reconnect_after_ms"] / 1000
        told = time.monotonic()
        assert device.close_code() == 1012
        threading.Event().wait(max(0, told + slots[n] - time.monotonic()))
        up.wait()
        Socket(service, headers={"Authorization": f"Bearer {camera.key}"}).close()
        back.append(n)

    threads = [threading.Thread(target=live, args=(n, *both)) for n, both in enumerate(zip(cameras, sockets))]
    for thread in threads:
        thread.start()
    assert service.stop() == 0
    service.start()
    up.set()
    for thread in threads:
        thread.join()
    assert sorted(back) == list(range(CAMERAS))
    assert max(slots.values()) <= 10 and max(slots.values()) - min(slots.values()) > 3
