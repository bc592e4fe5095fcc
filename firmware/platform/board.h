/* What a port implements of the board itself. Called from the core's thread, never blocks. */
#ifndef PLATFORM_BOARD_H
#define PLATFORM_BOARD_H

#include <stdbool.h>
#include <stdint.h>

enum fw_log_level { FW_LOG_DEBUG, FW_LOG_INFO, FW_LOG_WARN, FW_LOG_ERROR };

struct fw_health {
    int rssi_dbm;
    uint64_t heap_bytes; /* free memory */
};

/* What hangs on the pins. */
struct fw_actuators {
    uint8_t x, y; /* servo, degrees 0..180 */
    bool light;
    uint8_t flash; /* lamp duty 0..255 */
};

/* What the indicator shows (the table in README.md). pattern, repeated until another comes: '.' a short flash
 * (0.2 s), '-' a long one (0.8 s), each followed by 0.2 s dark, and 1.2 s dark after the last; "=" lit; "=_"
 * lit, dark for 0.2 s every 2 s. code is a word, meaning a sentence for people. */
struct fw_indication {
    const char *code, *pattern, *meaning;
};

struct fw_board {
    void *ctx;
    uint32_t (*random)(void *ctx); /* unpredictable */
    void (*health)(void *ctx, struct fw_health *out);
    void (*actuate)(void *ctx, const struct fw_actuators *a);
    void (*indicate)(void *ctx, const struct fw_indication *i); /* on change; i stays */
    /* event is "camera.what"; text holds "key=value key=value", made safe, without any secret. */
    void (*log)(void *ctx, enum fw_log_level level, const char *event, const char *text);
};

#endif
