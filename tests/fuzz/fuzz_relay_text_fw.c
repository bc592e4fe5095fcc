/* What the relay sends to a camera: the decoder, and the whole camera behind it, fed in pieces. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/camera.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool put(void *ctx, const char *key, const void *value, size_t len)
{
    return true;
}

static bool get(void *ctx, const char *key, void *out, size_t cap, size_t *len)
{
    static const char network[] = "{\"s\":\"n\",\"p\":\"\"}";
    static const char account[] =
        "vcd_0123456789abcdef01234567_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA ws://h/ws";
    const char *value = strcmp(key, "network") == 0 ? network : account;
    *len = strlen(value);
    if (*len > cap)
        return false;
    memcpy(out, value, *len);
    return true;
}

static void erase(void *ctx, const char *key)
{
}

static void join(void *ctx, const char *ssid, size_t ssid_len, const char *password, size_t password_len)
{
}

static void nothing(void *ctx)
{
}

static void post(void *ctx, const char *url, const char *body, size_t len)
{
}

static void open_link(void *ctx, const char *url, const char *key)
{
}

static void close_link(void *ctx, unsigned code)
{
}

/* Whatever the camera says must be JSON. */
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
    if (fps_milli == 0 || fps_milli > 60000)
        abort();
}

static bool configure(void *ctx, uint16_t width, uint16_t height, uint8_t quality)
{
    if (!width || !height || quality < 4 || quality > 63)
        abort();
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
    if (a->x > 180 || a->y > 180)
        abort();
}

static void indicate(void *ctx, const struct fw_indication *i)
{
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
             .post_cancel = nothing,
             .open = open_link,
             .close = close_link,
             .send_text = send_text,
             .send_frame = send_frame},
    .source = {.adjustable = true,
               .start = start,
               .stop = nothing,
               .configure = configure,
               .take = take,
               .release = nothing},
    .board = {.random = draw, .health = health, .actuate = actuate, .indicate = indicate, .log = write_log},
};

/* Messages are separated by a newline; byte 0xff ends a piece inside one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fw_camera camera;
    static const struct fw_size vga = {"VGA", 640, 480};
    struct fw_camera_config config = {.uid = "u", .model = "m", .firmware = "f", .size = &vga, .quality = 12};
    fw_camera_init(&camera, &platform, &config, 0);
    fw_camera_start(&camera, 0);
    fw_camera_joined(&camera, "10.0.0.1", 1);
    fw_camera_link_open(&camera, 2);
    static const char registered[] = "{\"type\":\"registered\"}";
    fw_camera_link_text(&camera, registered, sizeof registered - 1, true, 3);
    int64_t now_ms = 4;
    for (size_t at = 0, n; at < size; at += n + 1) {
        for (n = 0; at + n < size && data[at + n] != '\n' && data[at + n] != 0xff; n++)
            ;
        bool last = at + n == size || data[at + n] == '\n';
        fw_camera_link_text(&camera, (const char *)data + at, n, last, now_ms);
        now_ms += 100;
        fw_camera_tick(&camera, now_ms);
    }
    return 0;
}
