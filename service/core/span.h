/* A borrowed run of bytes: pointer and length, no terminating NUL. Valid as long as what it points into. */
#ifndef CORE_SPAN_H
#define CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
    const char *p;
    size_t len;
};

#define SPAN_LIT(s) ((struct span){(s), sizeof(s) - 1})

static inline struct span span_of(const char *s)
{
    return (struct span){s, s ? strlen(s) : 0};
}

static inline bool span_eq(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || (a.p && b.p && memcmp(a.p, b.p, a.len) == 0));
}

static inline bool span_is(struct span a, const char *s)
{
    return span_eq(a, span_of(s));
}

/* Copies s with a NUL into dst of cap bytes; false (dst untouched) when it does not fit or holds a NUL. */
static inline bool span_copy(struct span s, char *dst, size_t cap)
{
    if (s.len >= cap || (s.len && (!s.p || memchr(s.p, 0, s.len))))
        return false;
    if (s.len)
        memcpy(dst, s.p, s.len);
    dst[s.len] = 0;
    return true;
}

#endif
