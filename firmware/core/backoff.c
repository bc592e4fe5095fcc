#include "core/backoff.h"

enum { STEPS = 6 }; /* 1 s * 2^6 is over 60 s */

uint32_t fw_backoff_next(struct fw_backoff *b, uint32_t random)
{
    uint32_t most = (uint32_t)FW_BACKOFF_FIRST_MS << b->failures;
    if (most > FW_BACKOFF_MOST_MS)
        most = FW_BACKOFF_MOST_MS;
    if (b->failures < STEPS)
        b->failures++;
    uint32_t half = most / 2;
    return half + (uint32_t)(((uint64_t)(most - half) * random) >> 32);
}

void fw_backoff_reset(struct fw_backoff *b)
{
    b->failures = 0;
}

void fw_backoff_saturate(struct fw_backoff *b)
{
    b->failures = STEPS;
}
