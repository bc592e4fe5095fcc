/* A log-linear histogram of latencies, about 1.6 % wide steps. */
#ifndef TESTS_LOAD_LATENCY_H
#define TESTS_LOAD_LATENCY_H

#include <stdint.h>

enum { LATENCY_STEPS = 64, LATENCY_OCTAVES = 58 };

struct latency {
    uint64_t count, step[LATENCY_OCTAVES * LATENCY_STEPS];
};

void latency_add(struct latency *l, uint64_t ns);
/* The q-quantile (0..1) in milliseconds; 0 when empty. */
double latency_quantile_ms(const struct latency *l, double q);

#endif
