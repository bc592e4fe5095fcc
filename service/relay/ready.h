/* Tells when a plain socket can be read or written. What libwebsockets does not own waits here. The relay
 * thread only. */
#ifndef RELAY_READY_H
#define RELAY_READY_H

#include "core/err.h"

enum ready_what { READY_READ = 1, READY_WRITE = 2 };

struct ready;

/* How it is done: ready_epoll is the real one, unit tests have a fake. */
struct ready_ops {
    /* loop: hub.loop. fn is told what is possible of what is wanted (at first READ) until end. A broken
     * socket can be read and written: that tells what it is. */
    enum err (*begin)(struct ready **out, void *loop, int fd, void (*fn)(void *arg, int what), void *arg);
    void (*want)(struct ready *r, int what);
    /* No call comes after it; the descriptor stays the caller's and is closed after it. */
    void (*end)(struct ready *r);
};

extern const struct ready_ops ready_epoll;

/* The loop's, one for all of its sockets. stop: no more calls; free: after the loop's handles are closed. */
struct loop;
struct ready_set;
MUST_CHECK enum err ready_set_create(struct ready_set **out, struct loop *l);
void ready_set_stop(struct ready_set *s);
void ready_set_free(struct ready_set *s);

#endif
