/* An opaque id as it stands on the wire: 24 lower-case hex digits. The empty id means "none". */
#ifndef CORE_ID_H
#define CORE_ID_H

#include <stdbool.h>
#include <string.h>

#include "core/span.h"

struct id {
    char s[25];
};

static inline bool id_eq(const struct id *a, const struct id *b)
{
    return memcmp(a->s, b->s, sizeof a->s) == 0;
}

static inline bool id_is_none(const struct id *a)
{
    return a->s[0] == 0;
}

/* Parses exactly 24 lower-case hex digits; false leaves out untouched. */
static inline bool id_parse(struct span text, struct id *out)
{
    if (text.len != 24)
        return false;
    for (size_t i = 0; i < 24; i++) {
        char c = text.p[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
            return false;
    }
    memset(out, 0, sizeof *out);
    memcpy(out->s, text.p, 24);
    return true;
}

#endif
