/* Plugs the relay into the rest: what it tells goes to presence, store and waiting polls; what handlers want
 * of it goes the other way. The relay's hooks run on its thread and only touch memory or submit jobs. */
#ifndef SERVICE_RELAY_PLUG_H
#define SERVICE_RELAY_PLUG_H

#include "core/clock.h"
#include "core/jobs.h"
#include "http/api/api.h"
#include "relay/relay.h"

struct admission;
struct device_gate;

struct relay_plug {
    const struct clock *clock;
    struct store *store;
    struct jobs *jobs;
    struct presence *presence;
    struct progress *progress;
    struct admission *admission;
    struct device_gate *devices;
    struct relay *relay; /* set once it was created */
};

/* p must outlive the relay. */
struct relay_hooks relay_plug_hooks(struct relay_plug *p);
/* p must outlive the REST server. */
struct api_relay relay_plug_api(struct relay_plug *p);

#endif
