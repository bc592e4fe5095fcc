/* How often frames may go to one viewer. The average holds: a late frame does not shift the next one, unless
 * a whole period was missed. */
#ifndef RELAY_PACE_H
#define RELAY_PACE_H

#include <stdbool.h>
#include <stdint.h>

struct pace {
    int64_t period_us; /* 0 = as often as there are frames */
    int64_t next_us;   /* monotonic, from when on the next may go */
};

/* At most fps a second; 0 = all. */
static inline struct pace pace_of(double fps)
{
    return (struct pace){.period_us = fps > 0 ? (int64_t)(1e6 / fps) : 0};
}

/* A quarter of a period early is in time: cameras jitter, and waiting would cost a timer a frame. */
static inline bool pace_in_time(const struct pace *p, int64_t now_us)
{
    return !p->period_us || now_us + p->period_us / 4 >= p->next_us;
}

/* One has gone. */
static inline void pace_went(struct pace *p, int64_t now_us)
{
    bool behind = now_us - p->next_us > p->period_us;
    p->next_us = (behind ? now_us : p->next_us) + p->period_us;
}

#endif
