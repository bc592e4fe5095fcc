/* The smallest VisionConnect camera: an ESP32-CAM (AI-Thinker) with a key typed in, for boards that cannot scan a
 * code. Get the key once, from any computer:
 *   curl -X POST https://SERVICE/api/camera/devices -H "Authorization: Bearer $TOKEN" \
 *        -H 'Content-Type: application/json' -d '{"device_name":"Garden","camera_model":"ESP32_CAM_AI_THINKER"}'
 * It connects, sends pictures while somebody watches, and comes back after any failure. */
#include <WiFi.h>
#include <WiFiClientSecure.h>
#include <esp_camera.h>

#include "vc_camera.h"

static const char SSID[] = "MyWiFi", PASSWORD[] = "mypassword";
static const char HOST[] = "cameras.example.org"; /* the service */
static const uint16_t PORT = 443;
static const char KEY[] = "vcd_...";
/* The certificate authority of the service, PEM. */
static const char CA[] = "-----BEGIN CERTIFICATE-----\n...\n-----END CERTIFICATE-----\n";

static WiFiClientSecure net; /* WiFiClient, without setCACert, for a service in the LAN without TLS */
static struct vc_camera vc;
static uint32_t wait_ms = 1000, last_frame_ms;

static int net_read(void *, uint8_t *out, int cap)
{
    int there = net.available();
    if (there <= 0)
        return net.connected() ? 0 : -1;
    return net.read(out, there < cap ? there : cap);
}

static bool net_write(void *, const uint8_t *data, size_t len)
{
    while (len) {
        size_t n = net.write(data, len);
        if (n == 0)
            return false;
        data += n;
        len -= n;
    }
    return true;
}

static bool begin_camera()
{
    camera_config_t c = {};
    c.pin_pwdn = 32, c.pin_reset = -1, c.pin_xclk = 0, c.pin_sccb_sda = 26, c.pin_sccb_scl = 27;
    c.pin_d7 = 35, c.pin_d6 = 34, c.pin_d5 = 39, c.pin_d4 = 36, c.pin_d3 = 21, c.pin_d2 = 19, c.pin_d1 = 18;
    c.pin_d0 = 5, c.pin_vsync = 25, c.pin_href = 23, c.pin_pclk = 22;
    c.xclk_freq_hz = 16000000;
    c.ledc_timer = LEDC_TIMER_0, c.ledc_channel = LEDC_CHANNEL_0;
    c.pixel_format = PIXFORMAT_JPEG, c.frame_size = FRAMESIZE_VGA, c.jpeg_quality = 12;
    c.fb_count = 2, c.fb_location = CAMERA_FB_IN_PSRAM, c.grab_mode = CAMERA_GRAB_LATEST;
    return esp_camera_init(&c) == ESP_OK;
}

void setup()
{
    Serial.begin(115200);
    if (!begin_camera())
        Serial.println("camera: not found");
    WiFi.begin(SSID, PASSWORD);
    WiFi.setAutoReconnect(true);
    net.setCACert(CA);
    vc.read = net_read;
    vc.write = net_write;
    vc.random = esp_random;
}

static void wait_longer()
{
    delay(wait_ms);
    wait_ms = wait_ms < 30000 ? wait_ms * 2 : 60000;
}

static bool connect()
{
    bool joined = WiFi.status() == WL_CONNECTED;
    if (joined && net.connect(HOST, PORT) && vc_open(&vc, HOST, KEY))
        return true;
    net.stop();
    Serial.println(joined ? "service: does not answer" : "WiFi: not joined yet");
    wait_longer();
    return false;
}

static void lost()
{
    net.stop();
    Serial.printf("connection over, close code %u\n", vc.close_code);
    while (vc.close_code == 4401 || vc.close_code == 4410) /* removed, or a new key was made: type that in */
        delay(60000);
    wait_longer();
}

static void send_picture()
{
    camera_fb_t *picture = esp_camera_fb_get();
    if (!picture)
        return;
    last_frame_ms = millis();
    if (!vc_send_jpeg(&vc, picture->buf, picture->len))
        net.stop();
    esp_camera_fb_return(picture);
}

void loop()
{
    static bool up;
    if (!up) {
        up = connect();
    } else if (!vc_poll(&vc)) {
        up = false;
        lost();
    } else {
        if (vc.open)
            wait_ms = 1000;
        if (vc.watched && millis() - last_frame_ms >= 1000 / vc.fps)
            send_picture();
        delay(1);
    }
}
