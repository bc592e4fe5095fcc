/* A whole onboarding with a hostile code and a hostile service: what is scanned, what a POST is answered with
 * and how the relay ends, in any order, with the power going in between. The camera keeps to its own rules.
 */
#include <stdlib.h>
#include <string.h>

#include "core/camera.h"

enum { VALUES = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
    char key[FW_KV_KEY_MAX + 1], data[FW_KV_VALUE_MAX];
    size_t len;
} values[VALUES];
static bool posting, opened;

static bool put(void *ctx, const char *key, const void *value, size_t len)
{
    if (strlen(key) > FW_KV_KEY_MAX || len > FW_KV_VALUE_MAX)
        abort();
    for (size_t i = 0; i < VALUES; i++)
        if (!values[i].key[0] || strcmp(values[i].key, key) == 0) {
            memcpy(values[i].key, key, strlen(key) + 1);
            memcpy(values[i].data, value, len);
            values[i].len = len;
            return true;
        }
    abort();
}

static bool get(void *ctx, const char *key, void *out, size_t cap, size_t *len)
{
    for (size_t i = 0; i < VALUES; i++)
        if (strcmp(values[i].key, key) == 0 && values[i].len <= cap) {
            memcpy(out, values[i].data, values[i].len);
            *len = values[i].len;
            return true;
        }
    return false;
}

static void erase(void *ctx, const char *key)
{
    for (size_t i = 0; i < VALUES; i++)
        if (strcmp(values[i].key, key) == 0)
            memset(&values[i], 0, sizeof values[i]);
}

static void join(void *ctx, const char *ssid, size_t ssid_len, const char *password, size_t password_len)
{
    if (ssid_len == 0 || ssid_len > PROV_SSID_MAX || password_len > PROV_PASSWORD_MAX)
        abort();
}

static void nothing(void *ctx)
{
}

static void post(void *ctx, const char *url, const char *body, size_t len)
{
    struct prov_json v;
    if ((strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) ||
        prov_json_parse(body, len, PROV_ACTIVATION_MAX, &v) != PROV_OK)
        abort();
    posting = true;
}

static void post_cancel(void *ctx)
{
    posting = false;
}

static void open_link(void *ctx, const char *url, const char *key)
{
    if (opened || (strncmp(url, "ws://", 5) != 0 && strncmp(url, "wss://", 6) != 0) ||
        !prov_device_key_parse(key, strlen(key), NULL))
        abort();
    opened = true;
}

static void close_link(void *ctx, unsigned code)
{
    opened = false;
}

static bool send_text(void *ctx, const char *text, size_t len)
{
    struct prov_json v;
    if (prov_json_parse(text, len, FW_RELAY_REPLY_MAX, &v) != PROV_OK)
        abort();
    return true;
}

static bool send_frame(void *ctx, const uint8_t *header, size_t header_len, const uint8_t *jpeg, size_t len)
{
    return true;
}

static void start(void *ctx, uint32_t fps_milli)
{
}

static bool configure(void *ctx, uint16_t width, uint16_t height, uint8_t quality)
{
    return true;
}

static bool take(void *ctx, struct fw_frame *out)
{
    return false;
}

static uint32_t draw(void *ctx)
{
    return 1;
}

static void health(void *ctx, struct fw_health *out)
{
}

static void actuate(void *ctx, const struct fw_actuators *a)
{
}

static void indicate(void *ctx, const struct fw_indication *i)
{
    if (!i->code || !i->pattern || !i->meaning)
        abort();
}

static void write_log(void *ctx, enum fw_log_level level, const char *event, const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ')
            abort(); /* one event, one line */
}

static const struct fw_platform platform = {
    .kv = {.get = get, .put = put, .erase = erase},
    .wifi = {.join = join},
    .scanner = {.start = nothing, .stop = nothing},
    .link = {.post = post,
             .post_cancel = post_cancel,
             .open = open_link,
             .close = close_link,
             .send_text = send_text,
             .send_frame = send_frame},
    .source = {.start = start, .stop = nothing, .configure = configure, .take = take, .release = nothing},
    .board = {.random = draw, .health = health, .actuate = actuate, .indicate = indicate, .log = write_log},
};

static struct fw_camera camera;

static void power_on(int64_t now_ms)
{
    static const struct fw_size vga = {"VGA", 640, 480};
    struct fw_camera_config config = {.uid = "u", .model = "m", .firmware = "f", .size = &vga, .quality = 12};
    posting = opened = false;
    fw_camera_init(&camera, &platform, &config, now_ms);
    fw_camera_start(&camera, now_ms);
}

static void end_link(unsigned status, unsigned close_code, int64_t now_ms)
{
    struct fw_link_end end = {.http_status = status, .close_code = close_code};
    if (!opened)
        return;
    opened = false;
    fw_camera_link_closed(&camera, &end, now_ms);
}

/* A line is one event: its first byte says which, the rest is what comes with it. */
static void event(const char *line, size_t len, int64_t now_ms)
{
    static const unsigned statuses[] = {200, 400, 404, 409, 410, 422, 429, 503, 0, 302};
    static const char registered[] = "{\"type\":\"registered\"}";
    unsigned digit = len > 1 ? (unsigned char)line[1] % 10u : 0;
    bool body = len > 2;
    struct fw_link_answer a = {.status = statuses[digit],
                               .fault = (enum fw_link_fault)(digit % 3),
                               .body = body ? line + 2 : "",
                               .len = body ? len - 2 : 0};
    switch (len ? line[0] : 0) {
    case 'c':
        (void)!fw_camera_code(&camera, line + 1, len - 1, now_ms);
        break;
    case 'j':
        fw_camera_joined(&camera, "10.0.0.9", now_ms);
        break;
    case 'f':
        fw_camera_join_failed(&camera, (enum fw_join_failure)(digit % 3), now_ms);
        break;
    case 'l':
        fw_camera_wifi_lost(&camera, now_ms);
        break;
    case 'p':
        if (posting) {
            posting = false;
            fw_camera_posted(&camera, &a, now_ms);
        }
        break;
    case 'o':
        if (opened)
            fw_camera_link_open(&camera, now_ms);
        break;
    case 'r':
        if (opened)
            fw_camera_link_text(&camera, registered, sizeof registered - 1, true, now_ms);
        break;
    case 'x':
        end_link(digit % 2 ? 401 : 0, digit < 5 ? 0 : 4396 + digit, now_ms);
        break;
    case 'b':
        power_on(now_ms);
        break;
    default:
        fw_camera_tick(&camera,
                       fw_camera_deadline_ms(&camera) == FW_NEVER ? now_ms : fw_camera_deadline_ms(&camera));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t now_ms = 0;
    memset(values, 0, sizeof values);
    power_on(now_ms);
    for (size_t at = 0, n; at < size; at += n + 1) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        n = end ? (size_t)(end - data) - at : size - at;
        int64_t next_ms = fw_camera_deadline_ms(&camera);
        event((const char *)data + at, n, now_ms);
        if (next_ms != FW_NEVER && next_ms > now_ms && (n == 0 || data[at] == 't'))
            now_ms = next_ms;
        now_ms += 10;
        bool waits = fw_camera_needs_code(&camera) || camera.machine.state == FW_ONLINE;
        if (!waits && fw_camera_deadline_ms(&camera) == FW_NEVER)
            abort(); /* stuck */
        if (camera.ways.use.wifi.ssid_len > PROV_SSID_MAX || camera.ways.spare.wifi.ssid_len > PROV_SSID_MAX)
            abort();
    }
    return 0;
}
