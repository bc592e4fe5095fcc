/* A door on a free port whose arrivals are answered with what it was told, so that a client knows what the
 * door saw. */
#ifndef TESTS_DOOR_HOST_H
#define TESTS_DOOR_HOST_H

#include "support/check.h"

#include <stdatomic.h>

#include "door/door.h"
#include "support/fake_clock.h"
#include "support/http_client.h"

#define HOST_GET "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

struct host {
    struct fake_clock clock;
    struct limits_config most;
    struct limits *limits;
    struct door *door;
    int port;
    atomic_bool full;  /* refuses with 503 */
    atomic_bool keeps; /* gives connections back instead of closing them */
};

/* host->most says how many there may be. */
void host_open(struct host *h, struct door_config config);
/* Checks that every place was given back. */
void host_close(struct host *h);
/* Until the door's kernel has what was sent; nothing tells of it. */
void host_wait_delivered(const struct http_client *c);
/* The next answer is this refusal of the door's, and then the connection ends. */
void host_expect(struct http_client *c, int status, const char *code);
/* The next answer has this body, and the connection stays / ends. */
void host_expect_kept(struct http_client *c, const char *body);
void host_expect_body(struct http_client *c, const char *body);

#endif
