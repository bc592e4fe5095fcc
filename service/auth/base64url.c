#include "auth/base64url.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int digit(char c)
{
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

bool base64url_is_char(char c)
{
    return digit(c) >= 0;
}

void base64url_encode(const uint8_t *bytes, size_t n, char *out)
{
    uint32_t bits = 0;
    unsigned have = 0;
    for (size_t i = 0; i < n; i++) {
        bits = bits << 8 | bytes[i];
        for (have += 8; have >= 6; have -= 6)
            *out++ = alphabet[bits >> (have - 6) & 63];
    }
    if (have)
        *out++ = alphabet[bits << (6 - have) & 63];
    *out = 0;
}

bool base64url_decode(struct span text, uint8_t *out, size_t cap, size_t *n)
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t len = 0;
    if (text.len % 4 == 1)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int d = digit(text.p[i]);
        if (d < 0)
            return false;
        bits = bits << 6 | (uint32_t)d;
        have += 6;
        if (have < 8)
            continue;
        if (len == cap)
            return false;
        have -= 8;
        out[len++] = (uint8_t)(bits >> have);
    }
    if (bits & ((1u << have) - 1)) /* several texts would mean the same bytes */
        return false;
    *n = len;
    return true;
}
