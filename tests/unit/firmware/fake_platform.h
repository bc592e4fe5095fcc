/* A platform that only remembers: what the core asked for last, and what is kept. */
#ifndef TESTS_UNIT_FIRMWARE_FAKE_PLATFORM_H
#define TESTS_UNIT_FIRMWARE_FAKE_PLATFORM_H

#include "core/camera.h"

enum { FAKE_VALUES = 4, FAKE_TEXTS = 8 };

struct fake_value {
    char key[FW_KV_KEY_MAX + 1];
    size_t len;
    char data[FW_KV_VALUE_MAX];
};

struct fake_platform {
    struct fw_platform ops;
    struct fake_value values[FAKE_VALUES];
    bool kv_fails;
    bool scanning, posting, open; /* asked for and not ended */
    unsigned scans, joins, posts, opens, closes;
    char ssid[33], url[256], body[PROV_ACTIVATION_MAX + 1], key[PROV_KEY_LEN + 1];
    unsigned texts;                                /* sent on this link */
    char text[FAKE_TEXTS][FW_RELAY_REPLY_MAX + 1]; /* the newest, round */
    bool link_full;
    bool source_started, borrowed, has_picture;
    uint32_t source_fps_milli;
    uint16_t width, height;
    unsigned takes, frames;
    uint8_t header[24];
    struct fw_actuators actuators;
    const struct fw_indication *indication;
    char log[8192]; /* everything that was logged */
    size_t log_len;
};

void fake_platform_init(struct fake_platform *f);
/* The last text sent; "" when there is none. */
const char *fake_platform_text(const struct fake_platform *f);
bool fake_platform_keeps(const struct fake_platform *f, const char *key);

#endif
