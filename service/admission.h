/* Who may open a WebSocket: judges the head of an upgrade (origin, credential) before libwebsockets sees the
 * socket, and answers the relay's questions about credentials and rights. All of it may read the store, so it
 * runs as jobs. */
#ifndef SERVICE_ADMISSION_H
#define SERVICE_ADMISSION_H

#include "core/clock.h"
#include "core/conf.h"
#include "core/jobs.h"
#include "core/span.h"
#include "relay/relay.h"
#include "store/store.h"

struct device_gate;
struct http_server;
struct limiter;
struct presence;
struct limits_place;
struct tickets;

struct admission {
    const struct conf *conf;
    const struct clock *clock;
    struct store *store;
    struct presence *presence;
    struct tickets *tickets;
    struct limiter *limiter;
    struct jobs *jobs;
    struct device_gate *devices;
    struct http_server *http; /* its gate knows bearer tokens and cookies */
    struct relay *relay;
};

struct admission_socket {
    int fd;
    struct span head;           /* copied; still in the kernel */
    const char *peer;           /* its address, copied */
    struct limits_place *place; /* where it counts */
};

/* An upgrade arrived. Owns fd and place: hands them to the relay, or answers 401, 403, 429, 503 and closes.
 * Any thread; returns at once. */
void admission_upgrade(struct admission *a, const struct admission_socket *s);

/* The relay's hooks of the same names (relay.h); arg is the struct admission. */
void admission_authenticate(void *arg, struct relay_ref ref, enum relay_credential kind, struct span secret);
void admission_authorize(void *arg, struct relay_ref ref, const struct relay_grant *user,
                         const struct id *device);
void admission_authorize_operate(void *arg, struct relay_ref ref, const struct relay_grant *user,
                                 const struct id *device);
void admission_find_device(void *arg, struct relay_ref ref, const struct relay_grant *user, struct span uid);
void admission_find_online(void *arg, struct relay_ref ref, const struct relay_grant *user);
enum err admission_sign_in(void *arg, void *place, const struct relay_grant *who);

#endif
