/* Tells when a plain socket can be read or written. What libwebsockets does not own waits here. The relay
 * thread only. */
#ifndef RELAY_READY_H
#define RELAY_READY_H

#include "core/err.h"

enum ready_what { READY_READ = 1, READY_WRITE = 2, READY_BROKEN = 4 };

struct ready;

/* How it is done: ready_uv is the real one, unit tests have a fake. */
struct ready_ops {
    /* loop: hub.loop. fn is told what is possible of what is wanted (at first READ), or BROKEN, until end. */
    enum err (*begin)(struct ready **out, void *loop, int fd, void (*fn)(void *arg, int what), void *arg);
    void (*want)(struct ready *r, int what);
    /* No call comes after it; the descriptor stays the caller's. */
    void (*end)(struct ready *r);
};

extern const struct ready_ops ready_uv;

#endif
