#include "relay/relay.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "core/log.h"
#include "core/mailbox.h"
#include "core/mem.h"
#include "relay/letter.h"
#include "relay/loop.h"
#include "relay/push.h"
#include "relay/snapshot.h"
#include "relay/wire.h"

enum { MAILBOX_CAP = 16384 };

struct relay {
    struct hub hub;
    struct loop *loop;
    struct mailbox box;
    atomic_bool refusing; /* draining or stopping */
    atomic_bool restart;  /* the end of a right could not be told */
    pthread_mutex_t lock; /* of empty: the last socket is gone */
    pthread_cond_t empty;
};

static bool is_full(struct relay *r)
{
    return atomic_fetch_add(&r->hub.sockets, 1) >= r->hub.config.max_connections;
}

/* ---- on the relay thread ---- */

static void on_wake(void *arg)
{
    struct relay *r = arg;
    struct letter *l;
    while ((l = mailbox_take(&r->box)))
        letter_open(&r->hub, l);
    if (atomic_exchange(&r->restart, false))
        hub_restart(&r->hub);
}

/* The box is closed by now: what is inside is still answered, then everything ends. */
static void on_stop(void *arg)
{
    struct relay *r = arg;
    r->hub.draining = true;
    on_wake(r);
    hub_stop(&r->hub);
}

static void on_empty(void *arg)
{
    struct relay *r = arg;
    pthread_mutex_lock(&r->lock);
    pthread_cond_broadcast(&r->empty);
    pthread_mutex_unlock(&r->lock);
}

/* ---- any thread ---- */

static void wake(void *arg)
{
    struct relay *r = arg;
    loop_wake(r->loop);
}

/* Takes l, which may be NULL. */
static enum err post(struct relay *r, struct letter *l)
{
    enum err e = l ? mailbox_post(&r->box, l) : ERR_NO_MEMORY;
    if (e)
        mem_free(l);
    if (e && e != ERR_UNAVAILABLE)
        log_event(LOG_WARN, "relay.letter_lost", "reason=%s", err_word(e));
    return e;
}

static enum err tell(struct relay *r, const struct letter *what)
{
    return post(r, letter_new(what, 0));
}

/* The end of a right must not get lost: when it cannot be told, everybody has to ask again. */
static void tell_end(struct relay *r, struct ended_entry what)
{
    what.at_us = hub_now_us(&r->hub);
    enum err e = tell(r, &(struct letter){.kind = LETTER_ENDED, .ended = what});
    if (e && e != ERR_UNAVAILABLE) {
        atomic_store(&r->restart, true);
        loop_wake(r->loop);
    }
}

enum err relay_create(struct relay **out, const struct relay_config *config, const struct relay_hooks *hooks)
{
    struct relay *r = mem_zalloc(sizeof *r);
    if (!r)
        return ERR_NO_MEMORY;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&r->empty, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&r->lock, NULL);
    hub_init(&r->hub, config, hooks, &wire_transport);
    r->hub.ready = &ready_epoll;
    r->hub.on_empty = on_empty;
    r->hub.on_empty_arg = r;

    struct loop_rules rules = {.hub = &r->hub, .arg = r, .on_wake = on_wake, .on_stop = on_stop};
    enum err e = mailbox_init(&r->box, MAILBOX_CAP, wake, r);
    e = e ? e : loop_create(&r->loop, &rules);
    r->hub.loop = r->loop;
    e = e ? e : loop_start(r->loop);
    if (e) {
        relay_free(r);
        return e;
    }
    *out = r;
    return ERR_OK;
}

void relay_drain(struct relay *r, int spread_ms, int drain_ms)
{
    struct timespec until;
    atomic_store(&r->refusing, true);
    if (tell(r, &(struct letter){.kind = LETTER_DRAIN, .spread_ms = spread_ms}))
        return;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += drain_ms / 1000;
    until.tv_nsec += drain_ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&r->lock);
    while (atomic_load(&r->hub.sockets) > 0)
        if (pthread_cond_timedwait(&r->empty, &r->lock, &until))
            break;
    pthread_mutex_unlock(&r->lock);
}

void relay_stop(struct relay *r)
{
    atomic_store(&r->refusing, true);
    if (r->box.ring)
        mailbox_close(&r->box);
    if (r->loop)
        loop_stop(r->loop);
}

void relay_free(struct relay *r)
{
    if (!r)
        return;
    relay_stop(r);
    loop_free(r->loop);
    hub_fini(&r->hub);
    mailbox_fini(&r->box);
    pthread_cond_destroy(&r->empty);
    pthread_mutex_destroy(&r->lock);
    mem_free(r);
}

/* Hands a socket over; l may be NULL. */
static enum err post_socket(struct relay *r, struct letter *l, const char *address)
{
    if (l)
        (void)span_copy(span_of(address ? address : ""), l->address, sizeof l->address);
    bool room = !is_full(r) && !atomic_load(&r->refusing);
    if (!room)
        mem_free(l);
    if (room && !post(r, l))
        return ERR_OK;
    hub_socket_gone(&r->hub, NULL); /* the place stays the caller's, like fd */
    return ERR_BUSY;
}

enum err relay_adopt(struct relay *r, const struct relay_socket *s)
{
    const struct letter what = {.kind = LETTER_ADOPT,
                                .fd = s->fd,
                                .request_id = s->request_id,
                                .grant = s->grant,
                                .target = s->target,
                                .place = s->place};
    return post_socket(r, letter_new(&what, 0), s->address);
}

enum err relay_adopt_stream(struct relay *r, const struct relay_stream *s)
{
    const struct letter what = {.kind = LETTER_STREAM,
                                .fd = s->fd,
                                .grant = s->grant,
                                .place = s->place,
                                .device = s->device,
                                .fps = s->fps};
    struct letter *l = letter_new(&what, s->head.len);
    if (l)
        memcpy(l->tail, s->head.p, s->head.len);
    return post_socket(r, l, s->address);
}

enum err relay_frame(struct relay *r, const struct relay_frame *f)
{
    struct relay_packet *p = NULL;
    enum err e = atomic_load(&r->refusing) ? ERR_BUSY : push_take(&r->hub, f, &p);
    if (e)
        return e;
    struct letter what = {.kind = LETTER_FRAME, .grant = f->grant, .packet = p};
    (void)span_copy(span_of(f->address), what.address, sizeof what.address);
    e = tell(r, &what);
    if (e)
        push_drop(&r->hub, p);
    return e == ERR_UNAVAILABLE ? ERR_BUSY : e;
}

void relay_telemetry(struct relay *r, const struct id *device, struct span json)
{
    const struct letter what = {.kind = LETTER_TELEMETRY, .device = *device};
    struct letter *l = letter_new(&what, json.len);
    if (l)
        memcpy(l->tail, json.p, json.len);
    (void)post(r, l);
}

void relay_answer_grant(struct relay *r, struct relay_ref ref, enum err err, const struct relay_grant *grant)
{
    struct letter what = {.kind = LETTER_GRANT, .ref = ref, .err = err};
    if (!err)
        what.grant = *grant;
    (void)tell(r, &what);
}

void relay_answer_watch(struct relay *r, struct relay_ref ref, enum err err)
{
    (void)tell(r, &(struct letter){.kind = LETTER_WATCH, .ref = ref, .err = err});
}

void relay_answer_device(struct relay *r, struct relay_ref ref, enum err err, const struct id *device)
{
    struct letter what = {.kind = LETTER_DEVICE, .ref = ref, .err = err};
    if (!err)
        what.device = *device;
    (void)tell(r, &what);
}

void relay_first_frame_kept(struct relay *r, const struct id *device, uint64_t epoch)
{
    (void)tell(r, &(struct letter){.kind = LETTER_FIRST_FRAME, .device = *device, .epoch = epoch});
}

void relay_device_removed(struct relay *r, const struct id *device)
{
    tell_end(r, (struct ended_entry){.what = ENDED_DEVICE, .other = *device});
}

void relay_device_key_changed(struct relay *r, const struct id *device, uint64_t key, int64_t began_us)
{
    tell_end(r, (struct ended_entry){.what = ENDED_KEYS, .other = *device, .key = key, .began_us = began_us});
}

void relay_session_ended(struct relay *r, const struct id *user, const struct id *session,
                         const struct id *keep)
{
    struct ended_entry e = {.what = session ? ENDED_SESSION : ENDED_ALL_SESSIONS, .user = *user};
    if (session || keep)
        e.other = session ? *session : *keep;
    tell_end(r, e);
}

void relay_right_ended(struct relay *r, const struct id *user, const struct id *device)
{
    tell_end(r, (struct ended_entry){.what = ENDED_RIGHT, .user = *user, .other = *device});
}

void relay_snapshot(struct relay *r, const struct id *device, int max_age_ms, int wait_ms,
                    void (*done)(void *arg, enum err err, struct relay_packet *packet), void *arg)
{
    const struct letter what = {
        .kind = LETTER_SNAPSHOT,
        .snapshot = {
            .device = *device, .max_age_ms = max_age_ms, .wait_ms = wait_ms, .done = done, .arg = arg}};
    enum err e = tell(r, &what);
    if (e)
        done(arg, e == ERR_UNAVAILABLE ? ERR_UNAVAILABLE : ERR_BUSY, NULL);
}

void relay_command(struct relay *r, const struct relay_command *command)
{
    const struct letter what = {.kind = LETTER_COMMAND, .command = *command};
    struct letter *l = letter_new(&what, command->name.len + command->args.len);
    if (l) {
        memcpy(l->tail, command->name.p, command->name.len);
        if (command->args.len)
            memcpy(l->tail + command->name.len, command->args.p, command->args.len);
    }
    enum err e = post(r, l);
    if (e)
        command->done(command->arg, e == ERR_UNAVAILABLE ? ERR_UNAVAILABLE : ERR_BUSY, NULL);
}

void relay_stats(const struct relay *r, struct relay_stats *out)
{
    figures_read(&r->hub.stats, out);
}
