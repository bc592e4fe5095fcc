/* What a device key opens: judges keys for WebSockets and for requests, remembers the good ones
 * (cameras/known_keys.h), and tells everyone when one ends. */
#ifndef SERVICE_DEVICE_GATE_H
#define SERVICE_DEVICE_GATE_H

#include "core/clock.h"
#include "core/jobs.h"
#include "http/server.h"
#include "relay/relay.h"
#include "store/store.h"

struct known_keys;
struct progress;

struct device_gate {
    const struct clock *clock;
    struct store *store;
    struct jobs *jobs;
    struct progress *progress;
    struct known_keys *known;
    struct relay *relay;
};

/* What relay_grant.key is for a device key of this hash. */
uint64_t device_gate_tag(const struct secret_hash *key);
/* Asks the store whose key that is; may block. connects: the device comes to stay or to send pictures, which
 * the first time ends its onboarding, durably. ERR_UNAUTHENTICATED, or the store's errors. */
MUST_CHECK enum err device_gate_judge(struct device_gate *g, struct span text, bool connects,
                                      struct relay_grant *out);
/* For keys in X-API-Key. g must outlive the REST server. */
struct http_device_keys device_gate_http(struct device_gate *g);

/* The store has removed the device; it has this one key from now on (began_us: relay_device_key_changed). Any
 * thread. */
void device_gate_removed(struct device_gate *g, const struct id *device);
void device_gate_key_changed(struct device_gate *g, const struct id *device, const struct secret_hash *key,
                             int64_t began_us);

#endif
