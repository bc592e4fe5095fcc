#include "fake_platform.h"

#include <stdio.h>
#include <string.h>

#include "support/check.h"

/* The smallest thing that passes for a JPEG: SOI, SOF0 of 16 x 8, SOS, EOI. */
static const uint8_t picture[] = {0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 8, 0,  16, 1,    1,    0x11,
                                  0,    0xff, 0xda, 0,    8, 1,  1, 0, 0, 63, 0,  0x55, 0xff, 0xd9};

static struct fake_value *find(struct fake_platform *f, const char *key)
{
    for (size_t i = 0; i < FAKE_VALUES; i++)
        if (strcmp(f->values[i].key, key) == 0)
            return &f->values[i];
    return NULL;
}

static bool kv_get(void *ctx, const char *key, void *out, size_t cap, size_t *len)
{
    const struct fake_value *v = find(ctx, key);
    if (!v || v->len > cap)
        return false;
    memcpy(out, v->data, v->len);
    *len = v->len;
    return true;
}

static bool kv_put(void *ctx, const char *key, const void *value, size_t len)
{
    struct fake_platform *f = ctx;
    struct fake_value *v = find(f, key);
    assert_true(len <= FW_KV_VALUE_MAX && strlen(key) <= FW_KV_KEY_MAX);
    if (f->kv_fails)
        return false;
    if (!v)
        v = find(f, "");
    if (!v)
        return false; /* as full as a real one may be */
    (void)snprintf(v->key, sizeof v->key, "%s", key);
    memcpy(v->data, value, len);
    v->len = len;
    return true;
}

static void kv_erase(void *ctx, const char *key)
{
    struct fake_value *v = find(ctx, key);
    if (v)
        memset(v, 0, sizeof *v);
}

static void wifi_join(void *ctx, const char *ssid, size_t ssid_len, const char *password, size_t password_len)
{
    struct fake_platform *f = ctx;
    f->joins++;
    (void)snprintf(f->ssid, sizeof f->ssid, "%.*s", (int)ssid_len, ssid);
}

static void scan_start(void *ctx)
{
    struct fake_platform *f = ctx;
    f->scanning = true;
    f->scans++;
}

static void scan_stop(void *ctx)
{
    ((struct fake_platform *)ctx)->scanning = false;
}

static void link_post(void *ctx, const char *url, const char *body, size_t len)
{
    struct fake_platform *f = ctx;
    f->posting = true;
    f->posts++;
    (void)snprintf(f->url, sizeof f->url, "%s", url);
    (void)snprintf(f->body, sizeof f->body, "%.*s", (int)len, body);
}

static void link_post_cancel(void *ctx)
{
    ((struct fake_platform *)ctx)->posting = false;
}

static void link_open(void *ctx, const char *url, const char *key)
{
    struct fake_platform *f = ctx;
    assert_false(f->open); /* one link at a time */
    f->open = true;
    f->opens++;
    f->texts = 0;
    (void)snprintf(f->url, sizeof f->url, "%s", url);
    (void)snprintf(f->key, sizeof f->key, "%s", key);
}

static void link_close(void *ctx, unsigned code)
{
    struct fake_platform *f = ctx;
    f->open = false;
    f->closes++;
}

static bool link_send_text(void *ctx, const char *text, size_t len)
{
    struct fake_platform *f = ctx;
    struct prov_json v;
    assert_true(f->open);
    /* Whatever is sent is JSON. */
    assert_int_equal(prov_json_parse(text, len, FW_RELAY_REPLY_MAX, &v), PROV_OK);
    if (f->link_full)
        return false;
    (void)snprintf(f->text[f->texts++ % FAKE_TEXTS], sizeof f->text[0], "%.*s", (int)len, text);
    return true;
}

static bool link_send_frame(void *ctx, const uint8_t *header, size_t header_len, const uint8_t *jpeg,
                            size_t len)
{
    struct fake_platform *f = ctx;
    assert_true(f->open && f->borrowed);
    assert_int_equal(header_len, sizeof f->header);
    memcpy(f->header, header, header_len);
    if (f->link_full)
        return false;
    f->frames++;
    return true;
}

static void source_start(void *ctx, uint32_t fps_milli)
{
    struct fake_platform *f = ctx;
    f->source_started = true;
    f->source_fps_milli = fps_milli;
}

static void source_stop(void *ctx)
{
    ((struct fake_platform *)ctx)->source_started = false;
}

static bool source_configure(void *ctx, uint16_t width, uint16_t height, uint8_t quality)
{
    struct fake_platform *f = ctx;
    f->width = width;
    f->height = height;
    return true;
}

static bool source_take(void *ctx, struct fw_frame *out)
{
    struct fake_platform *f = ctx;
    assert_true(f->source_started);
    assert_false(f->borrowed); /* one at a time */
    f->takes++;
    if (!f->has_picture)
        return false;
    f->borrowed = true;
    *out = (struct fw_frame){picture, sizeof picture, 1234567};
    return true;
}

static void source_release(void *ctx)
{
    struct fake_platform *f = ctx;
    assert_true(f->borrowed);
    f->borrowed = false;
}

static uint32_t board_random(void *ctx)
{
    return 4711;
}

static void board_health(void *ctx, struct fw_health *out)
{
    *out = (struct fw_health){-50, 100000};
}

static void board_actuate(void *ctx, const struct fw_actuators *a)
{
    ((struct fake_platform *)ctx)->actuators = *a;
}

static void board_indicate(void *ctx, const struct fw_indication *i)
{
    ((struct fake_platform *)ctx)->indication = i;
}

static void board_log(void *ctx, enum fw_log_level level, const char *event, const char *text)
{
    struct fake_platform *f = ctx;
    int n = snprintf(f->log + f->log_len, sizeof f->log - f->log_len, "%s %s\n", event, text);
    if (n > 0 && (size_t)n < sizeof f->log - f->log_len)
        f->log_len += (size_t)n;
}

void fake_platform_init(struct fake_platform *f)
{
    memset(f, 0, sizeof *f);
    f->has_picture = true;
    f->ops = (struct fw_platform){
        .kv = {f, kv_get, kv_put, kv_erase},
        .wifi = {f, wifi_join},
        .scanner = {f, scan_start, scan_stop},
        .link = {f, link_post, link_post_cancel, link_open, link_close, link_send_text, link_send_frame},
        .source = {f, true, source_start, source_stop, source_configure, source_take, source_release},
        .board = {f, board_random, board_health, board_actuate, board_indicate, board_log},
    };
}

const char *fake_platform_text(const struct fake_platform *f)
{
    return f->texts ? f->text[(f->texts - 1) % FAKE_TEXTS] : "";
}

bool fake_platform_keeps(const struct fake_platform *f, const char *key)
{
    for (size_t i = 0; i < FAKE_VALUES; i++)
        if (strcmp(f->values[i].key, key) == 0)
            return true;
    return false;
}
