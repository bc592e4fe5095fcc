#include "latency.h"

/* Values below 64 stand for themselves; above, an octave has 64 steps of the top six bits below the leading
 * one. */
static unsigned slot_of(uint64_t ns)
{
    if (ns < LATENCY_STEPS)
        return (unsigned)ns;
    unsigned octave = 63 - (unsigned)__builtin_clzll(ns) - 5;
    return octave * LATENCY_STEPS + (unsigned)((ns >> (octave - 1)) & (LATENCY_STEPS - 1));
}

static double value_of(unsigned slot)
{
    unsigned octave = slot / LATENCY_STEPS, step = slot % LATENCY_STEPS;
    return octave == 0 ? (double)step : (double)((uint64_t)(LATENCY_STEPS + step) << (octave - 1));
}

void latency_add(struct latency *l, uint64_t ns)
{
    unsigned slot = slot_of(ns);
    if (slot >= LATENCY_OCTAVES * LATENCY_STEPS)
        slot = LATENCY_OCTAVES * LATENCY_STEPS - 1;
    l->step[slot]++;
    l->count++;
}

double latency_quantile_ms(const struct latency *l, double q)
{
    uint64_t want = (uint64_t)(q * (double)l->count), seen = 0;
    for (unsigned i = 0; i < LATENCY_OCTAVES * LATENCY_STEPS; i++) {
        seen += l->step[i];
        if (seen > want)
            return value_of(i) / 1e6;
    }
    return 0;
}
