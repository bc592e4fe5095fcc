/* How long to wait before trying again: min(60 s, 1 s * 2^n) * rand(0.5..1), so that many cameras that lost
 * the same service do not come back in step. */
#ifndef CORE_BACKOFF_H
#define CORE_BACKOFF_H

#include <stdint.h>

enum { FW_BACKOFF_FIRST_MS = 1000, FW_BACKOFF_MOST_MS = 60000 };

/* Zero-initialised: nothing failed yet. */
struct fw_backoff {
    unsigned failures;
};

/* Counts one more failure and tells the wait in milliseconds; random is any 32 random bits. */
uint32_t fw_backoff_next(struct fw_backoff *b, uint32_t random);
void fw_backoff_reset(struct fw_backoff *b);
/* As after many failures: the next wait is the longest kind. */
void fw_backoff_saturate(struct fw_backoff *b);

#endif
