/* The one public port: accepts, reads (peeks) the whole request head within limits and deadlines, then hands
 * the socket, unread, to REST or to the WebSocket admission. Who answered a request
 * and keeps the connection open gives it back, so that every request's head comes by here.
 * Answers 400, 408, 426, 429, 431 and 503 itself and closes. One thread (epoll). Callbacks run on it and must
 * return at once. */
#ifndef DOOR_DOOR_H
#define DOOR_DOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/span.h"
#include "door/limits.h"

struct door;

enum door_kind {
    DOOR_HTTP,      /* request and response: REST */
    DOOR_WEBSOCKET, /* GET /ws, /streaming/ws-stream or /api/ws with a well-formed upgrade to WebSocket 13 */
};

/* A connection whose head is complete and well-formed; nothing of it has been read from the kernel. */
struct door_arrival {
    int fd; /* the callee's from here on */
    enum door_kind kind;
    struct span head;   /* borrowed for the call; ends with the empty line */
    int64_t began_us;   /* when its first byte was seen */
    int64_t body_bytes; /* behind it; -1: chunked */
    struct sockaddr_storage address;
    socklen_t address_len;
    char address_text[46];
    struct limits_place
        *place; /* the callee's: goes back with the fd, or to limits_leave when it is closed */
};

struct door_config {
    const char *host;      /* NULL or empty: dual-stack any */
    int port;              /* 0 = the kernel's choice */
    int head_timeout_ms;   /* 10000 when 0 */
    int idle_timeout_ms;   /* between two requests of a connection: 75000 when 0 */
    size_t max_head_bytes; /* 16384 when 0 */
    size_t max_fields;     /* 100 when 0 */
    struct limits *limits; /* NULL: no limits. Outlives every place */
    const struct clock *clock;
    /* Whether that address is a proxy of ours; NULL: nobody is. Proxies do not count per address. */
    bool (*is_proxy)(void *arg, const char *address);
    bool proxy_protocol; /* what comes from a proxy begins with a PROXY header, always */
    void (*arrived)(void *arg, const struct door_arrival *a);
    void *arg;
};

struct door_stats {
    size_t waiting, idle;                                        /* now: for a head, between requests */
    uint64_t accepted, refused_full, refused_share, refused_bad; /* since start: 503, 429, others */
};

/* Binds and listens; *port tells which. ERR_IO: the address is taken or not ours (logged). */
MUST_CHECK enum err door_create(struct door **out, const struct door_config *config);
int door_port(const struct door *d);
/* Starts accepting. */
MUST_CHECK enum err door_start(struct door *d);
/* For arrived, when those behind are full: answers a problem (503; or 400, 408, 431) on the socket and closes
 * it. */
void door_refuse(struct door *d, const struct door_arrival *a, int status);
/* The request was answered and the connection stays open for the next: fd, address and place of an arrival
 * are the door's again. Any thread; after door_stop it closes. */
void door_take_back(struct door *d, int fd, const struct sockaddr *address, struct limits_place *place);
void door_stats(struct door *d, struct door_stats *out);
/* Stops accepting, closes those whose head was not complete, joins the thread. arrived is not called
 * afterwards. */
void door_stop(struct door *d);
/* Stops and frees; nobody may give connections back any more. NULL is nothing. */
void door_free(struct door *d);

#endif
