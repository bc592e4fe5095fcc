/* The one public port: accepts, reads (peeks) the whole request head within limits and deadlines, then hands
 * the socket, unread, to REST or to the WebSocket admission. Answers 400, 408, 431 and 503 itself and closes.
 * One thread (epoll). Callbacks run on it and must return at once. */
#ifndef DOOR_DOOR_H
#define DOOR_DOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/span.h"

struct door;

enum door_kind {
    DOOR_HTTP,      /* request and response: REST */
    DOOR_WEBSOCKET, /* GET /ws with Upgrade: websocket */
};

/* A connection whose head is complete and well-formed; nothing has been read from the kernel. */
struct door_arrival {
    int fd; /* the callee's from here on */
    enum door_kind kind;
    struct span head; /* borrowed for the call; ends with the empty line */
    struct sockaddr_storage address;
    socklen_t address_len;
    char address_text[46];
};

struct door_config {
    const char *host;      /* NULL or empty: dual-stack any */
    int port;              /* 0 = the kernel's choice */
    int head_timeout_ms;   /* 10000 when 0 */
    size_t max_head_bytes; /* 16384 when 0 */
    size_t max_fields;     /* 100 when 0 */
    size_t max_waiting;    /* connections whose head is not complete: 4096 when 0 */
    const struct clock *clock;
    void (*arrived)(void *arg, const struct door_arrival *a);
    void *arg;
};

/* Binds and listens; *port tells which. ERR_IO: the address is taken or not ours (logged). */
MUST_CHECK enum err door_create(struct door **out, const struct door_config *config);
int door_port(const struct door *d);
/* Starts accepting. */
MUST_CHECK enum err door_start(struct door *d);
/* For arrived, when those behind are full: answers a problem (503; or 400, 408, 431) on the socket and closes
 * it. */
void door_refuse(struct door *d, const struct door_arrival *a, int status);
/* Stops accepting, closes those whose head was not complete, joins the thread. arrived is not called
 * afterwards. */
void door_stop(struct door *d);
/* Stops and frees; NULL is nothing. */
void door_free(struct door *d);

#endif
