/* What the files of this room share. Nobody outside includes it. */
#ifndef DOOR_INSIDE_H
#define DOOR_INSIDE_H

#include <pthread.h>
#include <stdatomic.h>

#include "door/conn.h"
#include "door/door.h"
#include "door/head.h"

struct door {
    struct door_config config;
    int listener, port, epoll, wake;
    bool accepting, started;
    int64_t accept_again_us;
    atomic_bool stopping;
    pthread_t thread;
    struct conn_queue queues[CONN_STAGES];
    struct conn *dead;     /* closed, not yet freed */
    pthread_mutex_t lock;  /* over what follows */
    struct conn *returned; /* given back, newest first */
    bool closed;           /* takes nothing back any more */
    atomic_size_t waiting, idle;
    atomic_uint_least64_t accepted, refused_full, refused_share, refused_bad;
    struct head head;
    char peek[]; /* max_head_bytes, shared by all */
};

static inline int64_t door_now_us(const struct door *d)
{
    return d->config.clock->mono_us(d->config.clock);
}

#endif
