/* The REST side: libmicrohttpd without a listening socket; the door hands it connections.
 * Its threads answer inline routes; slow ones are suspended and run on the job pools. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include <sys/socket.h>

#include "auth/limiter.h"
#include "core/clock.h"
#include "core/conf.h"
#include "core/jobs.h"
#include "http/exchange.h"
#include "store/store.h"

struct http_server;
struct tickets; /* auth/ticket.h */
struct token_keys;

/* Who a device key is; ERR_UNAUTHENTICATED when it is none. known touches memory only, on event threads;
 * ERR_NOT_FOUND: it cannot tell. Then judge, on job threads, which may block. connects: the device comes to
 * send pictures, which ends its onboarding. */
struct http_device_keys {
    void *arg;
    enum err (*known)(void *arg, struct span key, struct principal *out);
    enum err (*judge)(void *arg, struct span key, bool connects, struct principal *out);
};

struct http_config {
    const struct http_route *routes; /* ended by path NULL */
    void *app;                       /* handed to handlers */
    const struct conf *conf;
    const struct clock *clock;
    struct store *store; /* sessions are looked up here */
    const struct token_keys *keys;
    struct tickets *tickets; /* NULL: none are taken */
    struct limiter *limiter;
    struct http_device_keys device_keys; /* only for tables with HTTP_DEVICE rows */
    struct jobs *jobs, *hash_jobs;
    size_t max_connections;
    /* Connections come with a place (whatever that is) and end with it: closed, or given back open for their
     * next request, with nothing of that read. Event threads. */
    void (*closed)(void *arg, void *place);
    void (*give_back)(void *arg, int fd, const struct sockaddr *address, void *place);
    void *connections_arg;
};

MUST_CHECK enum err http_server_create(struct http_server **out, const struct http_config *config);
struct http_arrival {
    int fd;
    const struct sockaddr *address;
    socklen_t address_len;
    size_t head_bytes;  /* of the request to come, still in the kernel */
    int64_t body_bytes; /* behind it; -1: chunked */
    void *place;
};

/* Takes the connection (always owns fd and place, also on failure). Any thread. The caller answers 503 itself
 * when http_server_full. */
void http_server_adopt(struct http_server *s, const struct http_arrival *a);
bool http_server_full(struct http_server *s);
/* Refuses new requests, lets those under way finish (at most drain_ms; those still pending are then answered
 * 503), ends the threads. No adopt may run. */
void http_server_stop(struct http_server *s, int drain_ms);
/* After the job pools are stopped and everybody who owes a http_finish has called it. NULL is nothing. */
void http_server_free(struct http_server *s);

/* Figures; any thread. */
size_t http_server_connections(struct http_server *s);
/* How many requests ended so, for each route and status met; route NULL: none of ours, status 0: another. */
void http_server_each_count(struct http_server *s,
                            void (*fn)(void *arg, const struct http_route *route, int status, uint64_t n),
                            void *arg);

/* Checks a credential as the gate does, for upgrades judged outside (any job thread): the text of a bearer
 * token or a session cookie → who. ERR_UNAUTHENTICATED, ERR_TOKEN_STALE, or the store's errors. */
MUST_CHECK enum err http_gate_bearer(const struct http_server *s, struct span token, struct principal *out);
MUST_CHECK enum err http_gate_cookie(const struct http_server *s, struct span cookie, struct principal *out);

/* Whether TRUSTED_PROXIES names that address. Any thread. */
bool http_server_trusts(const struct http_server *s, const char *address);
/* The client's address when the peer is a trusted proxy, else the peer's; for upgrades judged outside. The
 * spans are the values of X-Forwarded-For and X-Real-IP, p NULL when absent. */
void http_client_address(const struct http_server *s, const char *peer, struct span forwarded_for,
                         struct span real_ip, char out[46]);

#endif
