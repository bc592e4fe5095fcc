/* Who waits for news of an onboarding: long-polls of check-status. Any thread.
 * A waiter is called exactly once: at the first change of its device, when its time is up, or at stop. */
#ifndef CAMERAS_PROGRESS_H
#define CAMERAS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/id.h"
#include "core/timers.h"

struct progress;

MUST_CHECK enum err progress_create(struct progress **out, struct timers *timers, size_t max_waiters);
/* Calls every waiter, refuses new ones. */
void progress_stop(struct progress *p);
void progress_free(struct progress *p);
/* The count of changes so far of a device; read it before looking at the state, hand it to progress_wait. */
uint64_t progress_version(struct progress *p, const struct id *device);
/* Whether an answer has told of this version (progress_tell). A poll that comes back after a change nobody
 * was told of has its news already: it must not wait for the next one. */
bool progress_is_told(struct progress *p, const struct id *device, uint64_t version);
void progress_tell(struct progress *p, const struct id *device, uint64_t version);
/* wake(arg) runs once, on any thread, without locks held; at once when the version has moved on. ERR_BUSY:
 * too many. */
MUST_CHECK enum err progress_wait(struct progress *p, const struct id *device, uint64_t version,
                                  int64_t timeout_ms, void (*wake)(void *arg), void *arg);
/* Something about the device changed (activated, connected, first frame, cancelled, deleted). */
void progress_changed(struct progress *p, const struct id *device);

#endif
