#include "relay/hub.h"

#include "core/rand.h"
#include "relay/camera.h"
#include "relay/channel.h"
#include "relay/conn.h"
#include "relay/signal.h"
#include "relay/stream.h"
#include "relay/text.h"
#include "relay/viewer.h"

static int or_else(int value, int fallback)
{
    return value > 0 ? value : fallback;
}

void hub_init(struct hub *h, const struct relay_config *config, const struct relay_hooks *hooks,
              const struct transport *transport)
{
    *h = (struct hub){.config = *config, .hooks = *hooks, .transport = transport};
    struct relay_config *c = &h->config;
    c->register_timeout_ms = or_else(c->register_timeout_ms, 5000);
    c->ping_after_ms = or_else(c->ping_after_ms, 5000);
    c->dead_after_ms = or_else(c->dead_after_ms, 12000);
    c->stop_linger_ms = or_else(c->stop_linger_ms, 2000);
    if (!c->max_connections)
        c->max_connections = 10000;
    h->clock = c->clock ? c->clock : clock_system();
    h->epoch = (uint64_t)h->clock->wall_us(h->clock); /* rises over restarts too */
    map_init(&h->channels);
    map_init(&h->sessions);
    map_init(&h->numbers);
}

void hub_fini(struct hub *h)
{
    map_fini(&h->channels);
    map_fini(&h->sessions);
    map_fini(&h->numbers);
}

struct conn *hub_conn(const struct hub *h, uint64_t number)
{
    return map_get(&h->numbers, (struct span){(const char *)&number, sizeof number});
}

struct conn *hub_session(const struct hub *h, struct span session)
{
    return map_get(&h->sessions, session);
}

/* ---- rights that end ---- */

static void device_removed(struct hub *h, const struct id *device)
{
    struct channel *ch = channel_find(h, device);
    for (struct conn *c = h->conns; c; c = c->next)
        (void)signal_end(c, device, "removed");
    if (!ch)
        return;
    struct viewer *v = ch->viewers, *next;
    channel_hold(ch);
    if (ch->camera)
        camera_close(ch->camera, CONN_CLOSE_REMOVED, RELAY_OFF_NONE);
    push_end(ch, RELAY_OFF_NONE);
    for (; v; v = next) {
        next = v->next;
        viewer_expel(v, "removed");
    }
    channel_unhold(ch);
}

static void end_camera(struct conn *camera, const struct ended_entry *e)
{
    bool judged_since = camera->grant.judged_us >= e->began_us;
    camera_close(camera, judged_since ? CONN_CLOSE_RESTART : CONN_CLOSE_CREDENTIAL, RELAY_OFF_NONE);
}

static void device_key_changed(struct hub *h, const struct ended_entry *e)
{
    struct channel *ch = channel_find(h, &e->other);
    if (ch && ch->push.online && ch->push.key != e->key)
        push_end(ch, RELAY_OFF_NONE);
    else if (ch && ch->camera && ch->camera->grant.key != e->key)
        end_camera(ch->camera, e);
}

static void session_ended(struct hub *h, const struct ended_entry *e)
{
    for (struct conn *c = h->conns; c; c = c->next)
        if (ended_concerns(e, &c->grant, NULL))
            conn_close(c, CONN_CLOSE_CREDENTIAL);
}

static void right_ended(struct hub *h, const struct id *user, const struct id *device)
{
    struct channel *ch = channel_find(h, device);
    for (struct conn *c = h->conns; c; c = c->next) {
        if (!conn_is_user(c) || !id_eq(&c->grant.user_id, user))
            continue;
        bool signalled = signal_end(c, device, "revoked");
        struct viewer *v = ch ? viewer_of(c, ch) : NULL;
        if (v) {
            viewer_expel(v, "forbidden");
            ch = channel_find(h, device);
        } else if (signalled) {
            text_error(c, "forbidden", NULL, device);
        }
    }
}

void hub_ended(struct hub *h, const struct ended_entry *e)
{
    ended_note(&h->ended, e);
    stream_ended(h, e);
    switch (e->what) {
    case ENDED_SESSION:
    case ENDED_ALL_SESSIONS:
        session_ended(h, e);
        break;
    case ENDED_RIGHT:
        right_ended(h, &e->user, &e->other);
        break;
    case ENDED_DEVICE:
        device_removed(h, &e->other);
        break;
    case ENDED_KEYS:
        device_key_changed(h, e);
        break;
    }
}

void hub_drain(struct hub *h, int spread_ms)
{
    h->draining = true;
    for (struct conn *c = h->conns; c; c = c->next) {
        struct text t;
        uint64_t after = spread_ms > 0 ? rand_u64() % (uint64_t)spread_ms : 0;
        text_begin(&t, "goaway");
        json_out_int(&t.out, "reconnect_after_ms", (int64_t)after);
        text_say(&t, c);
        if (c->camera)
            camera_close(c, CONN_CLOSE_RESTART, RELAY_OFF_NONE);
        else
            conn_close(c, CONN_CLOSE_RESTART);
    }
    push_end_all(h);
    stream_end_all(h);
}

void hub_restart(struct hub *h)
{
    for (struct conn *c = h->conns; c; c = c->next)
        conn_close(c, CONN_CLOSE_RESTART);
    push_end_all(h);
    stream_end_all(h);
}

void hub_stop(struct hub *h)
{
    h->draining = true;
    push_end_all(h);
    stream_end_all(h);
    for (struct conn *c = h->conns; c; c = c->next) {
        if (c->camera)
            camera_close(c, CONN_CLOSE_RESTART, RELAY_OFF_NONE);
        conn_gone(c);
    }
}

void hub_socket_gone(struct hub *h, void *place)
{
    if (place)
        h->hooks.socket_closed(h->hooks.arg, place);
    if (atomic_fetch_sub(&h->sockets, 1) == 1 && h->on_empty)
        h->on_empty(h->on_empty_arg);
}
