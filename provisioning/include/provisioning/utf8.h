/* UTF-8, strictly (RFC 3629: no overlong forms, no surrogates, nothing over U+10FFFF). Portable C; any
 * thread. */
#ifndef PROVISIONING_UTF8_H
#define PROVISIONING_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text that comes in pieces. Zeroed = between two characters. */
struct prov_utf8 {
    uint8_t more;      /* continuation bytes still to come */
    uint8_t low, high; /* bounds of the next one */
};

/* False: no continuation can make it right. */
bool prov_utf8_take(struct prov_utf8 *u, const void *data, size_t len);

static inline bool prov_utf8_is_whole(const struct prov_utf8 *u)
{
    return u->more == 0;
}

/* A text that is all there. */
bool prov_utf8_is_valid(const void *text, size_t len);

/* Reads the first of len bytes' characters. Returns the bytes it takes, 0 when there is none. */
size_t prov_utf8_read(const void *text, size_t len, uint32_t *out);
/* Writes one character, which must be no surrogate and at most U+10FFFF. Returns its bytes. */
size_t prov_utf8_write(uint32_t c, char out[4]);

#endif
