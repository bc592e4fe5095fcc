/* What a port implements to keep a few small values over a power cut. Called from the core's thread only; may
 * block for a few milliseconds (flash, fsync). Values hold secrets: nobody but the camera's own program may
 * read the store. */
#ifndef PLATFORM_KV_H
#define PLATFORM_KV_H

#include <stdbool.h>
#include <stddef.h>

enum { FW_KV_VALUE_MAX = 3072, FW_KV_KEY_MAX = 15 }; /* 15: what ESP-IDF's NVS takes for a name */

struct fw_kv {
    void *ctx;
    /* Fills out (cap bytes) and *len. False: no such value, too long for cap, or unreadable. */
    bool (*get)(void *ctx, const char *key, void *out, size_t cap, size_t *len);
    /* Atomic: after a power cut either the old value or the new one is there. False: not stored, the old one
     * stands. */
    bool (*put)(void *ctx, const char *key, const void *value, size_t len);
    void (*erase)(void *ctx, const char *key);
};

#endif
