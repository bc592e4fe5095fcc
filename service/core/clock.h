/* Time, injected: rooms take a struct clock, tests move theirs by hand.
 * wall = Unix time, may jump; mono = since an arbitrary start, never goes back. Any thread. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>

struct clock {
    int64_t (*wall_us)(const struct clock *c);
    int64_t (*mono_us)(const struct clock *c);
};

/* The machine's own clock; static, never freed. */
const struct clock *clock_system(void);

static inline int64_t clock_wall_ms(const struct clock *c)
{
    return c->wall_us(c) / 1000;
}

static inline int64_t clock_mono_ms(const struct clock *c)
{
    return c->mono_us(c) / 1000;
}

enum { CLOCK_RFC3339_BYTES = 32 };

/* "2026-01-02T03:04:05.678Z" (RFC 3339, UTC, milliseconds) into out; always terminated. */
void clock_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_BYTES]);

#endif
