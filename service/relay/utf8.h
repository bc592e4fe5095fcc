/* UTF-8 in pieces (RFC 3629): no surrogates, nothing over U+10FFFF, no longer form than needed. */
#ifndef RELAY_UTF8_H
#define RELAY_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed = between two characters. */
struct utf8 {
    uint8_t more;      /* continuation bytes still to come */
    uint8_t low, high; /* bounds of the next one */
};

/* False: no continuation can make it right. */
bool utf8_take(struct utf8 *u, const uint8_t *data, size_t len);

static inline bool utf8_is_whole(const struct utf8 *u)
{
    return u->more == 0;
}

#endif
