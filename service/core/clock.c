#include "core/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t read_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int64_t system_wall_us(const struct clock *c)
{
    (void)c;
    return read_us(CLOCK_REALTIME);
}

static int64_t system_mono_us(const struct clock *c)
{
    (void)c;
    return read_us(CLOCK_MONOTONIC);
}

const struct clock *clock_system(void)
{
    static const struct clock system_clock = {.wall_us = system_wall_us, .mono_us = system_mono_us};
    return &system_clock;
}

void clock_rfc3339(int64_t wall_ms, char out[CLOCK_RFC3339_BYTES])
{
    int64_t ms = wall_ms % 1000;
    if (ms < 0)
        ms += 1000;
    time_t s = (time_t)((wall_ms - ms) / 1000);
    struct tm tm;
    if (!gmtime_r(&s, &tm))
        tm = (struct tm){.tm_year = 70, .tm_mday = 1};
    char date[24];
    (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(out, CLOCK_RFC3339_BYTES, "%.19s.%03dZ", date, (int)ms);
}
