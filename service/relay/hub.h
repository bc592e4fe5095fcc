/* The relay's inside: connections, devices and the clock that moves them. The relay thread only.
 *
 *   loop (sockets) → conn (one WebSocket) → message → watch, signal, register → channel (one device) → viewer
 * (one slot)
 *
 * What lives how long: a conn from adoption until its socket is gone; a channel while a device is connected,
 * watched or asked for a picture; a viewer is one watch: it dies with its conn or by unwatch. */
#ifndef RELAY_HUB_H
#define RELAY_HUB_H

#include "core/map.h"
#include "relay/due.h"
#include "relay/ended.h"
#include "relay/figures.h"
#include "relay/ready.h"
#include "relay/relay.h"
#include "relay/transport.h"

struct channel;
struct conn;
struct loop;
struct stream;

struct hub {
    struct relay_config config; /* defaults filled in */
    struct relay_hooks hooks;
    const struct transport *transport;
    const struct clock *clock;
    struct dues dues;
    struct map channels, sessions, numbers; /* device id, session, connection number */
    struct ended ended;
    struct conn *conns;
    struct stream *streams;
    const struct ready_ops *ready; /* for streams */
    struct loop *loop;
    uint64_t last_number, last_command, epoch;
    size_t asks; /* snapshots waiting */
    bool draining;
    atomic_size_t pushed_bytes;  /* of frames that wait for the relay thread; any thread */
    atomic_size_t sockets;       /* from relay_adopt to the end of the socket; any thread */
    void (*on_empty)(void *arg); /* the last of them is gone; may be NULL */
    void *on_empty_arg;
    struct figures stats;
};

void hub_init(struct hub *h, const struct relay_config *config, const struct relay_hooks *hooks,
              const struct transport *transport);
/* Every conn and stream must have been freed. */
void hub_fini(struct hub *h);

struct conn *hub_conn(const struct hub *h, uint64_t number);
struct conn *hub_session(const struct hub *h, struct span session);

/* A right, a session, a key or a device has ended: so do the sockets that live by it. */
void hub_ended(struct hub *h, const struct ended_entry *entry);
/* Says goaway to all and closes them with 1012. */
void hub_drain(struct hub *h, int spread_ms);
/* Closes all with 1012: who may go on will be asked again. */
void hub_restart(struct hub *h);
/* Ends everything without a word: the relay stops. */
void hub_stop(struct hub *h);
/* Any thread: one socket fewer. */
void hub_socket_gone(struct hub *h, void *place);

static inline int64_t hub_now_us(const struct hub *h)
{
    return h->clock->mono_us(h->clock);
}

static inline int64_t hub_wall_us(const struct hub *h)
{
    return h->clock->wall_us(h->clock);
}

static inline struct span hub_key(const struct id *id)
{
    return (struct span){id->s, 24};
}

#endif
