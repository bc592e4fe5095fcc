/* The thread of the relay: libwebsockets on our libuv loop. With wire.c and ready.c the only files that
 * see either. */
#ifndef RELAY_LOOP_H
#define RELAY_LOOP_H

#include "core/err.h"
#include "relay/hub.h"

struct loop;
struct ready_set;

struct loop_rules {
    struct hub *hub; /* whose connections the sockets become */
    void *arg;
    /* Runs on the thread after every loop_wake, once for any number of them. */
    void (*on_wake)(void *arg);
    /* The thread ends: the last thing to run on it before the sockets are destroyed. */
    void (*on_stop)(void *arg);
};

/* Serially, before other threads. */
MUST_CHECK enum err loop_create(struct loop **out, const struct loop_rules *rules);
MUST_CHECK enum err loop_start(struct loop *l);
/* Any thread, until loop_free. */
void loop_wake(struct loop *l);
/* Ends the thread; all sockets are gone after it. Not from the thread itself. */
void loop_stop(struct loop *l);
void loop_free(struct loop *l);

/* What other handles of the loop need: the libuv loop, and to follow the earliest deadline after an event of
 * theirs. On the thread. */
struct uv_loop_s *loop_uv(struct loop *l);
void loop_arm(struct loop *l);
struct ready_set *loop_ready(struct loop *l);
/* Where sockets are read into; good until the next event. */
uint8_t *loop_scratch(struct loop *l, size_t *cap);

/* A socket whose upgrade was judged; on the thread. fd is taken, c too: it is freed with its socket.
 * request_id goes into the answer unless it is none. */
void loop_adopt(struct loop *l, int fd, struct conn *c, const struct id *request_id);

#endif
