/* Rate limits: token buckets by key (an address, an account). IPv6 addresses count per /64. Bounded memory:
 * full buckets are forgotten first. Any thread. */
#ifndef AUTH_LIMITER_H
#define AUTH_LIMITER_H

#include "core/clock.h"
#include "core/conf.h"
#include "core/err.h"
#include "core/span.h"

struct limiter;

MUST_CHECK enum err limiter_create(struct limiter **out, const struct clock *clock, size_t max_keys);
void limiter_free(struct limiter *l);
/* Takes one from the bucket (class, key). true = go on; false: *retry_after_s (1..) tells when one is there
 * again. A rate of 0 is "off": always true. class is a static string. */
bool limiter_take(struct limiter *l, const char *class, struct span key, struct conf_rate rate,
                  uint32_t *retry_after_s);
/* The key an address counts as: IPv4 (also mapped) as it is, IPv6 its /64. Borrowed scratch: out. */
struct span limiter_address_key(const char *address, char out[46]);

#endif
