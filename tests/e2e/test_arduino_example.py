"""The Arduino example: its protocol header on the host against the real service; the sketch itself through a C++
compiler's front end with stand-ins for the Arduino headers. What cannot be had here is the board's own toolchain."""

import os
import shutil
import subprocess

import pytest

from service import DEADLINE_S, jpeg, read_line, split_header

HERE = os.path.dirname(__file__)
EXAMPLE = os.path.join(HERE, "../../firmware/examples/arduino_key_ws_jpeg")
SKETCH = os.path.join(EXAMPLE, "arduino_key_ws_jpeg.ino")
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wno-unused-parameter", "-Wno-missing-field-initializers"]


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    out = tmp_path_factory.mktemp("example") / "key_camera"
    source = os.path.join(HERE, "key_camera.c")
    sanitize = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    subprocess.run(["cc", "-std=c99", "-D_GNU_SOURCE", "-g", *STRICT, *sanitize, "-I", EXAMPLE, source, "-o", out], check=True)
    return out


class KeyCamera:
    def __init__(self, program, service, key, picture):
        self.command = [str(program), "127.0.0.1", str(service.port), key, str(picture)]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, bufsize=0)  # lines are waited for
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(DEADLINE_S)
        self.process.stdout.close()

    def says(self):
        return read_line(self.process.stdout).strip()


def typed_in(user):
    answer = user.call("POST", "/api/camera/devices", json={"device_name": "Garden", "camera_model": "ESP32_CAM_AI_THINKER"})
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.mark.parametrize("filler", [0, 500, 60000, 200000])
def test_pictures_travel_while_somebody_watches(program, service, user, tmp_path, filler):
    device = typed_in(user)
    picture = tmp_path / "one.jpg"
    picture.write_bytes(jpeg(7, filler=filler))
    with KeyCamera(program, service, device["device_key"], picture) as camera:
        assert camera.says() == "open"
        with user.socket() as viewer:
            assert viewer.watch(device["device_id"], max_fps=20)["online"] is True
            assert camera.says() == "start 20"
            for _ in range(5):
                assert split_header(viewer.frame())[1] == picture.read_bytes()
        assert camera.says() == "stop"
        with user.socket() as viewer:  # and once more
            viewer.watch(device["device_id"], max_fps=0.5)
            assert camera.says() == "start 1"
            viewer.frame()
            viewer.watch(device["device_id"], max_fps=10)
            assert camera.says() == "start 10"


def test_it_answers_pings_for_longer_than_a_silent_camera_lives(program, service, user, tmp_path):
    device = typed_in(user)
    picture = tmp_path / "one.jpg"
    picture.write_bytes(jpeg())
    with KeyCamera(program, service, device["device_key"], picture) as camera, user.socket() as viewer:
        assert camera.says() == "open"
        pong = 0
        while pong < 14:  # seconds: a silent one is dead after 12
            viewer.send({"type": "ping", "id": pong})
            viewer.text("pong")
            pong += 1
            with pytest.raises(TimeoutError):
                viewer.recv(1)
        assert user.call("GET", f"/api/camera/devices/{device['device_id']}").json()["online"] is True


def test_it_says_that_its_key_is_dead(program, service, user, tmp_path):
    device = typed_in(user)
    picture = tmp_path / "one.jpg"
    picture.write_bytes(jpeg())
    with KeyCamera(program, service, device["device_key"], picture) as camera:
        assert camera.says() == "open"
        assert user.call("DELETE", f"/api/camera/devices/{device['device_id']}").status_code == 200
        assert camera.says() == "closed 4410"
    with KeyCamera(program, service, device["device_key"], picture) as camera:
        assert camera.says() == "closed 4401"


STAND_INS = {
    "Arduino.h": """
#pragma once
#include <stddef.h>
#include <stdint.h>
unsigned long millis();
void delay(uint32_t);
uint32_t esp_random(void);
struct SerialClass { void begin(unsigned long); size_t println(const char *); size_t printf(const char *, ...); };
extern SerialClass Serial;
""",
    "WiFi.h": """
#pragma once
#include "Arduino.h"
enum wl_status_t { WL_CONNECTED = 3, WL_DISCONNECTED = 6 };
struct WiFiClass { wl_status_t begin(const char *, const char *); bool setAutoReconnect(bool); wl_status_t status(); };
extern WiFiClass WiFi;
""",
    "WiFiClientSecure.h": """
#pragma once
#include "Arduino.h"
struct WiFiClientSecure {
    int connect(const char *, uint16_t); uint8_t connected(); int available(); int read(uint8_t *, size_t);
    size_t write(const uint8_t *, size_t); void stop(); void setCACert(const char *);
};
""",
    "esp_camera.h": """
#pragma once
#include <stddef.h>
#include <stdint.h>
typedef int esp_err_t;
#define ESP_OK 0
enum ledc_timer_t { LEDC_TIMER_0 }; enum ledc_channel_t { LEDC_CHANNEL_0 };
enum pixformat_t { PIXFORMAT_JPEG = 4 }; enum framesize_t { FRAMESIZE_VGA = 10 };
enum camera_grab_mode_t { CAMERA_GRAB_WHEN_EMPTY, CAMERA_GRAB_LATEST };
enum camera_fb_location_t { CAMERA_FB_IN_PSRAM, CAMERA_FB_IN_DRAM };
struct camera_config_t {
    int pin_pwdn, pin_reset, pin_xclk, pin_sccb_sda, pin_sccb_scl, pin_d7, pin_d6, pin_d5, pin_d4, pin_d3, pin_d2,
        pin_d1, pin_d0, pin_vsync, pin_href, pin_pclk, xclk_freq_hz;
    ledc_timer_t ledc_timer; ledc_channel_t ledc_channel; pixformat_t pixel_format; framesize_t frame_size;
    int jpeg_quality; size_t fb_count; camera_fb_location_t fb_location; camera_grab_mode_t grab_mode;
};
struct camera_fb_t { uint8_t *buf; size_t len; };
esp_err_t esp_camera_init(const camera_config_t *);
camera_fb_t *esp_camera_fb_get();
void esp_camera_fb_return(camera_fb_t *);
""",
}


@pytest.mark.skipif(not shutil.which("g++"), reason="no C++ compiler")
@pytest.mark.parametrize("standard", ["gnu++11", "gnu++17", "gnu++2b"])
def test_the_sketch_is_cpp(tmp_path, standard):
    for name, text in STAND_INS.items():
        (tmp_path / name).write_text(text)
    command = ["g++", f"-std={standard}", "-fsyntax-only", *STRICT, "-I", tmp_path, "-I", EXAMPLE, "-include", "Arduino.h"]
    subprocess.run([*command, "-x", "c++", SKETCH], check=True)


def test_the_example_stays_small():
    for name in os.listdir(EXAMPLE):
        with open(os.path.join(EXAMPLE, name)) as f:
            assert len(f.readlines()) <= 150, name
