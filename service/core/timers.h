/* One thread that calls functions later: expiry of long-polls and of waits for a camera, sweeps.
 * Callbacks must be short and must not block. after, cancel: any thread. */
#ifndef CORE_TIMERS_H
#define CORE_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

struct timers;

MUST_CHECK enum err timers_create(struct timers **out);
/* Calls fn(arg) once, after_ms from now, on the timer thread. *id (never 0) names it for cancel. */
MUST_CHECK enum err timers_after(struct timers *t, int64_t after_ms, void (*fn)(void *arg), void *arg,
                                 uint64_t *id);
/* True: fn will not run. False: it has run, runs now, or never was. Does not wait. */
bool timers_cancel(struct timers *t, uint64_t id);
/* No callback runs after stop has returned; those still due are dropped. */
void timers_stop(struct timers *t);
void timers_free(struct timers *t);

#endif
