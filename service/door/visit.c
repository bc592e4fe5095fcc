#include "door/visit.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/rand.h"
#include "door/kind.h"
#include "door/listener.h"
#include "door/proxy_protocol.h"
#include "door/refusal.h"

enum {
    LINGER_MS = 2000,
    LINGER_BYTES = 1 << 20, /* read and thrown away after an answer of ours, then it closes hard */
    LINGERERS = 1024,
};

static void enter(struct door *d, struct conn *c, enum conn_stage stage)
{
    int wait_ms = stage == CONN_HEAD   ? d->config.head_timeout_ms
                  : stage == CONN_IDLE ? d->config.idle_timeout_ms
                                       : LINGER_MS;
    conn_enter(d->queues, c, stage, door_now_us(d) + (int64_t)wait_ms * 1000);
}

void visit_close(struct door *d, struct conn *c)
{
    conn_leave(d->queues, c);
    close(c->fd);
    limits_leave(c->place);
    c->fd = -1;
    c->next = d->dead; /* an event of this turn may still name it */
    d->dead = c;
}

void visit_bury(struct door *d)
{
    for (struct conn *c = d->dead, *next; c; c = next) {
        next = c->next;
        mem_free(c);
    }
    d->dead = NULL;
}

/* Edge-triggered: what was peeked stays in the kernel, and a level would tell of it for ever. */
static bool watch(struct door *d, struct conn *c)
{
    struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.ptr = c};
    c->watched = c->watched || epoll_ctl(d->epoll, EPOLL_CTL_ADD, c->fd, &e) == 0;
    return c->watched;
}

/* Throws away what came in; false when it is time to close: the peer closed, or sends without end. */
static bool drain(struct door *d, struct conn *c)
{
    while (c->bytes < LINGER_BYTES) {
        ssize_t n = recv(c->fd, d->peek, d->config.max_head_bytes, MSG_DONTWAIT);
        if (n <= 0)
            return n < 0 && (errno == EAGAIN || errno == EINTR);
        mem_wipe(d->peek, (size_t)n);
        c->bytes += (size_t)n;
    }
    return false;
}

static void send_refusal(struct door *d, const struct conn *c, int status)
{
    char text[REFUSAL_BYTES], address[46], request_id[RAND_ID_BYTES];
    rand_id(request_id);
    size_t len = refusal_text(status, request_id, text);
    const char *method = c->began_us ? refusal_method(c->fd) : "-";
    double took_s = c->began_us ? (double)(door_now_us(d) - c->began_us) / 1e6 : 0;
    (void)send(c->fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(c->fd, SHUT_WR);
    listener_address_text(&c->peer.any, address);
    bool full = status == 503, share = status == 429;
    atomic_fetch_add(full ? &d->refused_full : share ? &d->refused_share : &d->refused_bad, 1);
    if (full || share) /* a flood of connections is no flood of lines */
        log_event(LOG_WARN, "door.refused", "method=%s status=%d seconds=%.6f request_id=%s address=%s",
                  method, status, took_s, request_id, address);
    else
        log_record(LOG_INFO, "http.request",
                   "method=%s route=- status=%d seconds=%.6f bytes=%zu request_id=%s address=%s", method,
                   status, took_s, len, request_id, address);
}

/* Answers and lingers: closing with unread bytes would send a reset, which takes the answer away from the
 * peer. It counts no more meanwhile; there are only so many. */
void visit_refuse(struct door *d, struct conn *c, int status)
{
    limits_leave(c->place);
    c->place = NULL;
    c->bytes = 0;
    enter(d, c, CONN_LINGER);
    send_refusal(d, c, status);
    bool room = d->queues[CONN_LINGER].count <= LINGERERS;
    if (!drain(d, c) || !room || !watch(d, c) || !drain(d, c))
        visit_close(d, c);
}

static void hand_over(struct door *d, struct conn *c)
{
    int refusal = 0;
    struct door_arrival a = {.fd = c->fd, .kind = kind_of(&d->head, &refusal), .place = c->place};
    if (refusal) {
        visit_refuse(d, c, refusal);
        return;
    }
    if (c->watched)
        (void)epoll_ctl(d->epoll, EPOLL_CTL_DEL, c->fd, NULL);
    conn_leave(d->queues, c);
    a.head = (struct span){d->peek, d->head.bytes};
    a.began_us = c->began_us;
    a.body_bytes = d->head.body_bytes;
    a.address_len = conn_peer_len(&c->peer);
    memcpy(&a.address, &c->peer, a.address_len);
    listener_address_text(&c->peer.any, a.address_text);
    mem_free(c);
    d->config.arrived(d->config.arg, &a);
}

/* Gives the connection the place it counts in; one that only waits for another request makes room. */
static enum err count_in(struct door *d, struct conn *c, const union conn_peer *peer, bool by_address)
{
    if (!d->config.limits)
        return ERR_OK;
    enum err e = limits_enter(d->config.limits, by_address ? &peer->any : NULL, &c->place);
    if (e == ERR_BUSY)
        visit_returned(d);
    if (e == ERR_BUSY && d->queues[CONN_IDLE].first) {
        visit_close(d, d->queues[CONN_IDLE].first);
        e = limits_enter(d->config.limits, by_address ? &peer->any : NULL, &c->place);
    }
    return e;
}

static int status_of(enum err e)
{
    return e == ERR_RATE_LIMITED ? 429 : 503;
}

/* The client a PROXY header tells of takes the place of the proxy. */
static enum err become(struct door *d, struct conn *c, const struct proxy_header *h)
{
    c->proxied = false;
    c->bytes = 0;
    if (!h->told)
        return ERR_OK;
    memcpy(&c->peer, &h->client, sizeof h->client);
    limits_leave(c->place);
    c->place = NULL;
    return count_in(d, c, &c->peer, true);
}

/* What there is to read, without reading it: as recv. */
static ssize_t peek(struct door *d, const struct conn *c)
{
    return recv(c->fd, d->peek, d->config.max_head_bytes, MSG_PEEK | MSG_DONTWAIT);
}

/* The PROXY header, of which len bytes are there. True: it is consumed, and the next look is at the head. */
static bool pass_proxy_header(struct door *d, struct conn *c, size_t len)
{
    struct proxy_header h;
    enum proxy_result r = proxy_header_parse((struct span){d->peek, len}, &h);
    if (r == PROXY_MORE && watch(d, c))
        return false; /* its deadline is the head's */
    if (r == PROXY_BAD) {
        visit_refuse(d, c, 400);
        return false;
    }
    if (r == PROXY_MORE || recv(c->fd, d->peek, h.bytes, MSG_DONTWAIT) != (ssize_t)h.bytes) {
        visit_close(d, c);
        return false;
    }
    enum err e = become(d, c, &h);
    if (e)
        visit_refuse(d, c, status_of(e));
    return !e;
}

/* Parsing again is only worth it when a line was ended: a head that comes byte by byte costs a copy a byte,
 * no more. */
static enum head_result parse(struct door *d, struct conn *c, size_t len)
{
    size_t before = c->bytes, most = d->config.max_head_bytes;
    bool worth = before == 0 || len == most || memchr(d->peek + before, '\n', len - before);
    c->bytes = len;
    if (c->stage == CONN_IDLE)
        enter(d, c, CONN_HEAD);
    return worth ? head_parse((struct span){d->peek, len}, most, d->config.max_fields, &d->head) : HEAD_MORE;
}

/* Looks at what has come so far. */
static void look(struct door *d, struct conn *c, bool hung_up)
{
    ssize_t n = peek(d, c);
    if (n > 0 && !c->began_us)
        c->began_us = door_now_us(d);
    if (n > 0 && c->proxied) {
        bool passed = pass_proxy_header(d, c, (size_t)n);
        mem_wipe(d->peek, (size_t)n);
        if (!passed)
            return;
        n = peek(d, c);
    }
    bool nothing = n < 0 && (errno == EAGAIN || errno == EINTR) && !hung_up;
    enum head_result r = n > 0 ? parse(d, c, (size_t)n) : HEAD_MORE;
    if (r == HEAD_OK)
        hand_over(d, c);
    else if (r != HEAD_MORE)
        visit_refuse(d, c, r == HEAD_BAD ? 400 : 431);
    else if (hung_up || (n <= 0 && !nothing) || !watch(d, c)) /* bytes that came before the watch: its
                                                                      first edge tells of them */
        visit_close(d, c);
    if (n > 0)
        mem_wipe(d->peek, (size_t)n); /* behind a head may stand a body with a password in it */
}

void visit_begin(struct door *d, struct conn *c)
{
    char address[46];
    listener_address_text(&c->peer.any, address);
    bool proxy = d->config.is_proxy && d->config.is_proxy(d->config.arg, address);
    c->proxied = proxy && d->config.proxy_protocol;
    enum err e = count_in(d, c, &c->peer, !proxy);
    if (e) {
        visit_refuse(d, c, status_of(e));
        return;
    }
    listener_tune(c->fd);
    enter(d, c, CONN_HEAD);
    look(d, c, false);
}

void visit_event(struct door *d, struct conn *c, uint32_t events)
{
    if (c->fd < 0)
        return;
    if (c->stage != CONN_LINGER)
        look(d, c, events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
    else if (!drain(d, c))
        visit_close(d, c);
}

void visit_expire(struct door *d, struct conn *c)
{
    if (c->stage == CONN_HEAD && c->bytes)
        visit_refuse(d, c, 408);
    else
        visit_close(d, c); /* never said a word: nobody waits for an answer */
}

/* Those given back, oldest first. */
struct conn *visit_take_returned(struct door *d, bool close_it)
{
    pthread_mutex_lock(&d->lock);
    struct conn *c = d->returned, *oldest = NULL;
    d->returned = NULL;
    d->closed = d->closed || close_it;
    pthread_mutex_unlock(&d->lock);
    for (struct conn *next; c; c = next) {
        next = c->next;
        c->next = oldest;
        oldest = c;
    }
    return oldest;
}

void visit_returned(struct door *d)
{
    for (struct conn *c = visit_take_returned(d, false), *next; c; c = next) {
        next = c->next;
        enter(d, c, CONN_IDLE);
        look(d, c, false);
    }
}
