/* A connection while it is the door's, and the queues of those that wait. All in a queue wait equally long,
 * so the oldest is the next to expire. The door's thread only. */
#ifndef DOOR_CONN_H
#define DOOR_CONN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limits_place;

enum conn_stage {
    CONN_HEAD,   /* its head is not whole yet */
    CONN_IDLE,   /* answered and kept alive; not a byte of the next request so far */
    CONN_LINGER, /* refused; waits for the peer to read that and close */
    CONN_STAGES
};

union conn_peer {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct conn {
    int fd;
    enum conn_stage stage;
    bool queued, watched; /* in a queue; in the epoll set */
    bool proxied;         /* a PROXY header must come first */
    size_t bytes;         /* peeked so far; thrown away so far when it lingers */
    int64_t deadline_us;
    int64_t began_us; /* when the first byte of its request was seen; 0: none was */
    union conn_peer peer;
    struct limits_place *place; /* NULL: not counted */
    struct conn *prev, *next;
};

struct conn_queue {
    struct conn *first, *last;
    size_t count;
};

/* Enters a queue, or goes from one into another, as its youngest. */
void conn_enter(struct conn_queue queues[CONN_STAGES], struct conn *c, enum conn_stage stage,
                int64_t deadline_us);
void conn_leave(struct conn_queue queues[CONN_STAGES], struct conn *c);
/* The earliest deadline, INT64_MAX when nobody waits. */
int64_t conn_next_us(const struct conn_queue queues[CONN_STAGES]);

static inline socklen_t conn_peer_len(const union conn_peer *p)
{
    return p->any.sa_family == AF_INET6 ? sizeof p->v6 : sizeof p->v4;
}

#endif
