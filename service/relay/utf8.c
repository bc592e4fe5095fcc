#include "relay/utf8.h"

/* RFC 3629 §4: after some first bytes the second has narrower bounds. */
static bool begin(struct utf8 *u, uint8_t b)
{
    u->low = 0x80;
    u->high = 0xbf;
    if (b < 0x80)
        return true;
    if (b < 0xc2 || b > 0xf4)
        return false;
    u->more = b < 0xe0 ? 1 : b < 0xf0 ? 2 : 3;
    if (b == 0xe0)
        u->low = 0xa0;
    else if (b == 0xed)
        u->high = 0x9f;
    else if (b == 0xf0)
        u->low = 0x90;
    else if (b == 0xf4)
        u->high = 0x8f;
    return true;
}

bool utf8_take(struct utf8 *u, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!u->more) {
            if (!begin(u, data[i]))
                return false;
            continue;
        }
        if (data[i] < u->low || data[i] > u->high)
            return false;
        u->more--;
        u->low = 0x80;
        u->high = 0xbf;
    }
    return true;
}
