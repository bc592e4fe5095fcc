#include "relay/conn.h"

#include "core/log.h"
#include "core/mem.h"
#include "relay/camera.h"
#include "relay/dialect.h"
#include "relay/message.h"
#include "relay/register.h"
#include "relay/signal.h"
#include "relay/text.h"
#include "relay/viewer.h"

enum {
    CLOSE_WITHIN_US = 1500000,   /* to a peer that does not read, the code is not said */
    ANSWER_WITHIN_US = 20000000, /* an answer of the service that was lost on its way */
};

/* A message that waits for the socket. */
struct conn_out {
    struct conn_out *next;
    enum transport_kind kind;
    size_t len;
    uint8_t bytes[]; /* TRANSPORT_ROOM, then the message */
};

static void on_due(void *arg);

enum err conn_create(struct conn **out, struct hub *h, const struct relay_grant *grant, const char *address)
{
    struct conn *c = mem_zalloc(sizeof *c);
    if (!c)
        return ERR_NO_MEMORY;
    c->hub = h;
    c->number = ++h->last_number;
    c->grant = *grant;
    c->opened_us = c->heard_us = hub_now_us(h);
    c->out_end = &c->out_first;
    rand_id(c->session);
    (void)span_copy(span_of(address ? address : ""), c->address, sizeof c->address);
    buf_init(&c->in, CONN_TEXT_MAX);
    due_init(&c->due, on_due, c);

    struct span number = {(const char *)&c->number, sizeof c->number};
    if (map_put(&h->numbers, number, c, NULL))
        goto fail;
    if (map_put(&h->sessions, span_of(c->session), c, NULL)) {
        map_del(&h->numbers, number);
        goto fail;
    }
    c->next = h->conns;
    if (c->next)
        c->next->prev = c;
    h->conns = c;
    *out = c;
    return ERR_OK;
fail:
    mem_free(c);
    return ERR_NO_MEMORY;
}

static void drop_out(struct conn *c)
{
    struct conn_out *o = c->out_first;
    c->out_first = o->next;
    if (!c->out_first)
        c->out_end = &c->out_first;
    c->out_bytes -= o->len;
    mem_free(o);
}

/* Takes the connection out of everything but the list of sockets. */
static void detach(struct conn *c)
{
    if (c->detached)
        return;
    c->detached = true;
    if (c->question.kind)
        json_free(conn_answered(c).doc);
    signal_end_all(c);
    viewer_end_all(c);
    camera_end(c);
    dialect_end(c);
    if (c->counted)
        figures_add(&c->hub->stats.users, -1);
    map_del(&c->hub->sessions, span_of(c->session));
    map_del(&c->hub->numbers, (struct span){(const char *)&c->number, sizeof c->number});
}

void conn_free(struct conn *c)
{
    conn_gone(c);
    due_clear(&c->hub->dues, &c->due);
    while (c->out_first)
        drop_out(c);
    buf_fini(&c->in);
    if (c->prev)
        c->prev->next = c->next;
    else
        c->hub->conns = c->next;
    if (c->next)
        c->next->prev = c->prev;
    hub_socket_gone(c->hub, c->place);
    mem_free(c);
}

void conn_gone(struct conn *c)
{
    c->closing = true;
    detach(c);
    due_clear(&c->hub->dues, &c->due);
}

/* ---- time ---- */

/* When it needs a ping, or was silent too long: counted from the ping, which may have been late. */
static int64_t silent_until(const struct conn *c)
{
    const struct relay_config *config = &c->hub->config;
    int after_ms = c->pinged_us ? config->dead_after_ms - config->ping_after_ms : config->ping_after_ms;
    return (c->pinged_us ? c->pinged_us : c->heard_us) + (int64_t)after_ms * 1000;
}

/* When something may have to happen if nothing is heard until then. */
static int64_t next_moment(const struct conn *c)
{
    int64_t at = silent_until(c), now = hub_now_us(c->hub);
    if (c->grant.role == RELAY_NOBODY && !c->question.kind) {
        int64_t late = conn_register_until_us(c);
        at = late < at ? late : at;
    }
    if (c->grant.expires_ms) {
        int64_t end = now + c->grant.expires_ms * 1000 - hub_wall_us(c->hub);
        at = end < at ? end : at;
    }
    return at > now ? at : now + 1000;
}

static void on_silence(struct conn *c, int64_t now)
{
    if (c->question.kind && now - c->question.since_us >= ANSWER_WITHIN_US) {
        conn_close(c, CONN_CLOSE_RESTART);
    } else if (c->question.kind) {
        conn_heard(c); /* it is we who do not read */
    } else if (now >= silent_until(c) && c->pinged_us) {
        conn_close(c, CONN_CLOSE_SILENT);
    } else if (now >= silent_until(c)) {
        c->pinged_us = now;
        c->ping_due = true;
        conn_want_write(c);
    }
}

/* In three steps: out of all lists, what is queued is said, then the code; all of it within a deadline. */
static void on_closing(struct conn *c, int64_t now)
{
    const struct transport *t = c->hub->transport;
    detach(c);
    if (!c->said_close && !c->out_first && !t->busy(c->wire)) {
        c->said_close = true; /* also when this turn comes late: it is not the peer's fault */
        t->close(c->wire, c->close_code, c->close_reason);
    }
    if ((c->said_close && c->peer_done) || now - c->closing_us >= CLOSE_WITHIN_US) {
        t->kill(c->wire);
        return;
    }
    due_set(&c->hub->dues, &c->due, c->closing_us + CLOSE_WITHIN_US);
}

static void on_due(void *arg)
{
    struct conn *c = arg;
    int64_t now = hub_now_us(c->hub);
    if (c->closing) {
        on_closing(c, now);
        return;
    }
    bool expired = c->grant.expires_ms && hub_wall_us(c->hub) >= c->grant.expires_ms * 1000;
    bool nobody = c->grant.role == RELAY_NOBODY && !c->question.kind && now >= conn_register_until_us(c);
    if (nobody)
        figures_add(&c->hub->stats.auth_failed, 1);
    if (expired || nobody)
        conn_close(c, CONN_CLOSE_CREDENTIAL);
    else
        on_silence(c, now);
    conn_reckon(c);
}

void conn_reckon(struct conn *c)
{
    if (!c->closing)
        due_set(&c->hub->dues, &c->due, next_moment(c));
}

void conn_heard(struct conn *c)
{
    c->heard_us = hub_now_us(c->hub);
    c->pinged_us = 0;
}

/* ---- in ---- */

void conn_open(struct conn *c)
{
    figures_add(&c->hub->stats.sockets_accepted, 1);
    if (c->grant.role != RELAY_NOBODY)
        register_granted(c, NULL);
    else
        conn_reckon(c);
}

static bool too_fast(struct conn *c)
{
    const int64_t each_us = 1000000 / CONN_RATE;
    int64_t now = hub_now_us(c->hub);
    if (c->tokens_us < now)
        c->tokens_us = now;
    c->tokens_us += each_us;
    return c->tokens_us - now > CONN_BURST * each_us;
}

static void receive_text(struct conn *c, const struct transport_chunk *chunk)
{
    struct span text = {(const char *)chunk->data, chunk->len};
    if (chunk->len + chunk->remaining > CONN_TEXT_MAX - c->in.len) {
        conn_close(c, CONN_CLOSE_TOO_LARGE);
        return;
    }
    bool whole = chunk->first && chunk->last;
    if (!whole) {
        buf_put(&c->in, chunk->data, chunk->len);
        if (buf_err(&c->in)) {
            conn_close(c, CONN_CLOSE_INTERNAL);
            return;
        }
        text = buf_span(&c->in);
    }
    if (!chunk->last)
        return;
    if (too_fast(c))
        conn_close(c, CONN_CLOSE_TOO_FAST);
    else
        message_receive(c, text);
    buf_fini(&c->in); /* an idle socket keeps no buffer */
    buf_init(&c->in, CONN_TEXT_MAX);
}

void conn_receive(struct conn *c, const struct transport_chunk *chunk)
{
    if (c->closing)
        return;
    conn_heard(c);
    if (!chunk->binary)
        receive_text(c, chunk);
    else if (c->camera)
        camera_receive(c, chunk);
    else
        conn_close(c, c->grant.role == RELAY_NOBODY ? CONN_CLOSE_CREDENTIAL : CONN_CLOSE_BAD_MESSAGE);
}

/* ---- out ---- */

bool conn_idle(const struct conn *c)
{
    return !c->waiting && !c->out_first && !c->hub->transport->busy(c->wire);
}

void conn_want_write(struct conn *c)
{
    if (c->waiting)
        return;
    c->waiting = true;
    c->hub->transport->want_write(c->wire);
}

static void count_close(struct hub *h, enum conn_close code)
{
    if (code == CONN_CLOSE_SILENT)
        figures_add(&h->stats.closed_silent, 1);
    else if (code == CONN_CLOSE_PROTOCOL || code == CONN_CLOSE_TEXT || code == CONN_CLOSE_BAD_MESSAGE ||
             code == CONN_CLOSE_TOO_LARGE || code == CONN_CLOSE_TOO_FAST)
        figures_add(&h->stats.closed_misbehaved, 1);
}

void conn_close(struct conn *c, enum conn_close code)
{
    if (c->closing)
        return;
    c->closing = true;
    c->close_code = (uint16_t)code;
    count_close(c->hub, code);
    c->closing_us = hub_now_us(c->hub);
    due_set(&c->hub->dues, &c->due,
            c->closing_us); /* it leaves its lists from there, not under a caller's feet */
    conn_want_write(c);
}

static void queue(struct conn *c, enum transport_kind kind, const uint8_t *data, size_t len)
{
    struct conn_out *o = NULL;
    if (c->out_bytes + len <= CONN_OUT_MAX)
        o = mem_alloc(sizeof *o + TRANSPORT_ROOM + len);
    if (!o) {
        log_event(LOG_INFO, "relay.closed", "session=%s reason=does_not_read", c->session);
        conn_close(c, CONN_CLOSE_SILENT);
        return;
    }
    o->next = NULL;
    o->kind = kind;
    o->len = len;
    memcpy(o->bytes + TRANSPORT_ROOM, data, len);
    *c->out_end = o;
    c->out_end = &o->next;
    c->out_bytes += len;
    conn_want_write(c);
}

void conn_send(struct conn *c, uint8_t *data, size_t len)
{
    if (c->closing)
        return;
    if (!conn_idle(c))
        queue(c, TRANSPORT_TEXT, data, len);
    else if (c->hub->transport->write(c->wire, TRANSPORT_TEXT, data, len))
        conn_close(c, CONN_CLOSE_SILENT);
}

/* A flood of pings is one like any other. */
void conn_ping(struct conn *c, const uint8_t *data, size_t len)
{
    uint8_t pong[TRANSPORT_ROOM + 125];
    if (c->closing)
        return;
    conn_heard(c);
    memcpy(pong + TRANSPORT_ROOM, data, len);
    if (too_fast(c))
        conn_close(c, CONN_CLOSE_TOO_FAST);
    else if (!conn_idle(c))
        queue(c, TRANSPORT_PONG, data, len);
    else if (c->hub->transport->write(c->wire, TRANSPORT_PONG, pong + TRANSPORT_ROOM, len))
        conn_close(c, CONN_CLOSE_SILENT);
}

void conn_peer_closed(struct conn *c, uint16_t code)
{
    c->peer_done = true;
    conn_close(c, code ? (enum conn_close)code : CONN_CLOSE_NORMAL);
    due_set(&c->hub->dues, &c->due, hub_now_us(c->hub));
}

/* Control messages go ahead of pictures; a ping ahead of all. False: the socket is dead. */
static bool send_waiting(struct conn *c)
{
    const struct transport *t = c->hub->transport;
    uint8_t ping[TRANSPORT_ROOM + 1] = {0}; /* libwebsockets tells nothing of an empty pong */
    if (c->ping_due && !t->busy(c->wire)) {
        c->ping_due = false;
        if (t->write(c->wire, TRANSPORT_PING, ping + TRANSPORT_ROOM, 1))
            return false;
    }
    while (c->out_first && !t->busy(c->wire)) {
        if (t->write(c->wire, c->out_first->kind, c->out_first->bytes + TRANSPORT_ROOM, c->out_first->len))
            return false;
        drop_out(c);
    }
    return true;
}

void conn_writable(struct conn *c)
{
    c->waiting = false;
    if (!send_waiting(c)) {
        conn_close(c, CONN_CLOSE_SILENT);
        return;
    }
    if (c->closing && !c->out_first)
        due_set(&c->hub->dues, &c->due, hub_now_us(c->hub));
    else if (c->out_first || viewer_write_waiting(c))
        conn_want_write(c);
}

/* ---- questions ---- */

struct relay_ref conn_ask(struct conn *c, enum question_kind kind, const struct id *device, struct json *doc)
{
    c->question = (struct question){
        .kind = kind, .number = c->question.number + 1, .since_us = hub_now_us(c->hub), .doc = doc};
    if (device)
        c->question.device = *device;
    c->hub->transport->hold(c->wire, true);
    return (struct relay_ref){c->number, c->question.number};
}

struct question conn_answered(struct conn *c)
{
    struct question q = c->question;
    c->question = (struct question){.number = q.number};
    if (!c->detached)
        c->hub->transport->hold(c->wire, false);
    return q;
}
