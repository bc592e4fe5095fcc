#include "provisioning/utf8.h"

/* RFC 3629 §4: after some first bytes the second has narrower bounds. */
static bool begin(struct prov_utf8 *u, uint8_t b)
{
    if (b < 0x80) {
        return true;
    }
    if (b < 0xC2 || b > 0xF4) {
        return false;
    }
    u->more = b < 0xE0 ? 1 : b < 0xF0 ? 2 : 3;
    u->low = b == 0xE0 ? 0xA0 : b == 0xF0 ? 0x90 : 0x80;
    u->high = b == 0xED ? 0x9F : b == 0xF4 ? 0x8F : 0xBF;
    return true;
}

static bool go_on(struct prov_utf8 *u, uint8_t b)
{
    if (b < u->low || b > u->high) {
        return false;
    }
    u->more--;
    u->low = 0x80;
    u->high = 0xBF;
    return true;
}

bool prov_utf8_take(struct prov_utf8 *u, const void *data, size_t len)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < len; i++) {
        if (!(u->more > 0 ? go_on(u, bytes[i]) : begin(u, bytes[i]))) {
            return false;
        }
    }
    return true;
}

bool prov_utf8_is_valid(const void *text, size_t len)
{
    struct prov_utf8 u = {0};
    return prov_utf8_take(&u, text, len) && prov_utf8_is_whole(&u);
}

size_t prov_utf8_read(const void *text, size_t len, uint32_t *out)
{
    const uint8_t *bytes = text;
    struct prov_utf8 u = {0};
    uint32_t c = 0;
    for (size_t i = 0; i < len; i++) {
        if (!prov_utf8_take(&u, bytes + i, 1)) {
            return 0;
        }
        if (i > 0) {
            c = c << 6 | (bytes[i] & 0x3Fu);
        } else {
            c = bytes[i] & (u.more > 0 ? 0x3Fu >> u.more : 0x7Fu);
        }
        if (prov_utf8_is_whole(&u)) {
            *out = c;
            return i + 1;
        }
    }
    return 0;
}

size_t prov_utf8_write(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (c & 0x3F));
        c >>= 6;
    }
    out[0] = (char)((0xF00u >> n & 0xF0) | c);
    return n;
}
