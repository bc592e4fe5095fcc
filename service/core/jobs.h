/* A bounded pool of threads for work that may block (store writes, argon2). Full queue = ERR_BUSY at once.
 * Every accepted job runs exactly once, also while the pool stops. submit: any thread. */
#ifndef CORE_JOBS_H
#define CORE_JOBS_H

#include <stddef.h>

#include "core/err.h"

struct jobs;

MUST_CHECK enum err jobs_create(struct jobs **out, const char *name, size_t threads, size_t max_queued);
/* The same with threads that let all others of the process go first (nice 10): for work that takes whole
 * cores. */
MUST_CHECK enum err jobs_create_background(struct jobs **out, const char *name, size_t threads,
                                           size_t max_queued);
MUST_CHECK enum err jobs_submit(struct jobs *j, void (*fn)(void *arg), void *arg);
/* Jobs waiting, not yet running. */
size_t jobs_queued(struct jobs *j);
/* Refuses new jobs, runs those accepted, joins the threads. Idempotent; not from a job. */
void jobs_stop(struct jobs *j);
/* Stops and frees; NULL is nothing. */
void jobs_free(struct jobs *j);

#endif
