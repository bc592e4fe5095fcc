#include "relay/figures.h"

const int64_t relay_bounds_us[RELAY_BOUNDS] = {100,   250,   500,    1000,   2500,   5000,    10000,
                                               25000, 50000, 100000, 250000, 500000, 1000000, 2500000};

void figures_measure(struct histogram *h, int64_t us)
{
    int i = 0;
    us = us > 0 ? us : 0;
    while (i < RELAY_BOUNDS && us > relay_bounds_us[i])
        i++;
    figures_add(&h->counts[i], 1);
    figures_add(&h->sum_us, us);
}

static uint64_t figure(const _Atomic uint64_t *f)
{
    return atomic_load_explicit(f, memory_order_relaxed);
}

static struct relay_histogram measured(const struct histogram *h)
{
    struct relay_histogram out = {.sum_us = figure(&h->sum_us)};
    for (int i = 0; i <= RELAY_BOUNDS; i++)
        out.counts[i] = figure(&h->counts[i]);
    return out;
}

void figures_read(const struct figures *f, struct relay_stats *out)
{
    *out = (struct relay_stats){
        .users = figure(&f->users),
        .devices = figure(&f->devices),
        .pushing = figure(&f->pushing),
        .watches = figure(&f->watches),
        .streams = figure(&f->streams),
        .frames_in = figure(&f->frames_in),
        .frames_out = figure(&f->frames_out),
        .bytes_in = figure(&f->bytes_in),
        .bytes_out = figure(&f->bytes_out),
        .dropped_newer = figure(&f->dropped_newer),
        .dropped_paced = figure(&f->dropped_paced),
        .dropped_old = figure(&f->dropped_old),
        .dropped_bad = figure(&f->dropped_bad),
        .sockets_accepted = figure(&f->sockets_accepted),
        .sockets_refused = figure(&f->sockets_refused),
        .auth_failed = figure(&f->auth_failed),
        .closed_silent = figure(&f->closed_silent),
        .closed_misbehaved = figure(&f->closed_misbehaved),
        .latency = measured(&f->latency),
        .age = measured(&f->age),
        .lag = measured(&f->lag),
    };
}
