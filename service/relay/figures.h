/* What the relay counts. Written by the relay thread alone, read by any: no lock, no locked instruction. */
#ifndef RELAY_FIGURES_H
#define RELAY_FIGURES_H

#include <stdatomic.h>

#include "relay/relay.h"

struct histogram {
    _Atomic uint64_t counts[RELAY_BOUNDS + 1], sum_us;
};

struct figures {
    _Atomic uint64_t users, devices, pushing, watches, streams, frames_in, frames_out, bytes_in, bytes_out,
        dropped_newer, dropped_paced, dropped_old, dropped_bad, sockets_accepted, sockets_refused,
        auth_failed, closed_silent, closed_misbehaved;
    struct histogram latency, age, lag;
};

static inline void figures_add(_Atomic uint64_t *figure, int64_t by)
{
    uint64_t was = atomic_load_explicit(figure, memory_order_relaxed);
    atomic_store_explicit(figure, was + (uint64_t)by, memory_order_relaxed);
}

/* One measurement; below 0 counts as 0. */
void figures_measure(struct histogram *h, int64_t us);

/* Any thread. */
void figures_read(const struct figures *f, struct relay_stats *out);

#endif
