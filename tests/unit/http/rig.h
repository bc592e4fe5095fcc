/* The REST server as the program has it: behind a door on a free port of the loopback, with real job pools;
 * only the store is a fake that knows one session. */
#ifndef TESTS_HTTP_RIG_H
#define TESTS_HTTP_RIG_H

#include "support/check.h"

#include "core/buf.h"
#include "door/door.h"
#include "http/server.h"
#include "support/fake_clock.h"
#include "support/http_client.h"

struct fake_store {
    struct store store; /* first */
    struct session session;
    int touched; /* atomically */
    int64_t touched_expires_ms;
};

struct rig {
    struct fake_clock clock;
    struct fake_store store;
    struct conf conf;
    struct token_keys *keys;
    struct limiter *limiter;
    struct http_device_keys device_keys;
    struct jobs *jobs, *hash_jobs;
    struct http_server *server;
    struct door *door;
    int port;
    char cookie[80]; /* of the one session */
    size_t max_connections;
    struct limits_config most;
    struct limits *limits;
    int given_back; /* connections that went back to the door, atomically */
};

/* Settings of r->conf and the fields above may be changed between init and start. */
void rig_init(struct rig *r);
void rig_start(struct rig *r, const struct http_route *routes, void *app);
void rig_stop(struct rig *r);

/* An access token of the session that ends at expires_ms. */
void rig_token(const struct rig *r, int64_t expires_ms, struct buf *out);
/* Whether the response is problem+json with that status and code, and has a request id. */
void rig_expect_problem(const struct http_response *res, int status, const char *code);

#endif
