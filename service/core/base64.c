#include "core/base64.h"

#include <stdint.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *put(char *out, uint32_t bits)
{
    out[0] = alphabet[bits >> 18];
    out[1] = alphabet[bits >> 12 & 63];
    out[2] = alphabet[bits >> 6 & 63];
    out[3] = alphabet[bits & 63];
    return out + 4;
}

void base64_encode(struct span bytes, char *out)
{
    const uint8_t *p = (const uint8_t *)bytes.p;
    size_t n = bytes.len;
    for (; n >= 3; p += 3, n -= 3)
        out = put(out, (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2]);
    if (!n)
        return;
    out = put(out, (uint32_t)p[0] << 16 | (n == 2 ? (uint32_t)p[1] << 8 : 0));
    memset(out - (3 - n), '=', 3 - n);
}
