/* A bounded queue of small messages between threads: many post, one takes. Full = ERR_BUSY, nobody waits.
 * post: any thread. take: the owner's thread. wake is called by the poster, outside the lock, when the box
 * was empty before; it must be cheap and thread-safe (an eventfd write, uv_async_send). */
#ifndef CORE_MAILBOX_H
#define CORE_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/err.h"

struct mailbox {
    pthread_mutex_t lock;
    void **ring;
    size_t cap, head, count;
    bool closed;
    void (*wake)(void *arg);
    void *wake_arg;
};

MUST_CHECK enum err mailbox_init(struct mailbox *m, size_t cap, void (*wake)(void *arg), void *wake_arg);
/* The owner drains with mailbox_take before; messages left inside are not freed. */
void mailbox_fini(struct mailbox *m);

/* Hands msg over (ownership moves on ERR_OK only). ERR_BUSY when full, ERR_UNAVAILABLE when closed. */
MUST_CHECK enum err mailbox_post(struct mailbox *m, void *msg);
/* The oldest message, NULL when empty. */
void *mailbox_take(struct mailbox *m);
/* Refuses further posts; those inside can still be taken. Any thread. */
void mailbox_close(struct mailbox *m);

#endif
