#include "door/door.h"

#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/rand.h"
#include "door/head.h"
#include "door/listener.h"
#include "door/refusal.h"

enum {
    HEAD_TIMEOUT_MS = 10000,
    HEAD_BYTES = 16384,
    MAX_WAITING = 4096,
    LINGER_MS = 2000,
    LINGER_BYTES = 1 << 20, /* read and thrown away after an answer of ours, then it closes hard */
    ACCEPTS_A_TURN = 64,
    EVENTS_A_TURN = 64,
    ACCEPT_PAUSE_MS = 100, /* when the process is out of descriptors */
    TICK_MS = 1000,        /* deadlines are looked at at least this often; the clock may be a test's */
};

union peer {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct conn {
    int fd;
    bool watched; /* in the epoll set */
    bool lingers; /* answered; only waits for the peer to read that and close */
    size_t bytes; /* peeked so far; thrown away so far when it lingers */
    int64_t deadline_us;
    union peer peer;
    struct conn *prev, *next;
};

/* Oldest first: all in a queue wait equally long, so the first is the next to expire. */
struct queue {
    struct conn *first, *last;
    size_t count;
};

struct door {
    struct door_config config;
    int listener, port, epoll, wake;
    bool accepting, started;
    int64_t accept_again_us;
    atomic_bool stopping;
    pthread_t thread;
    struct queue waiting, lingering;
    struct head head;
    char peek[]; /* max_head_bytes, shared by all */
};

static int64_t now_us(const struct door *d)
{
    return d->config.clock->mono_us(d->config.clock);
}

static struct queue *queue_of(struct door *d, const struct conn *c)
{
    return c->lingers ? &d->lingering : &d->waiting;
}

static void queue_put(struct door *d, struct conn *c, int64_t wait_ms)
{
    struct queue *q = queue_of(d, c);
    c->deadline_us = now_us(d) + wait_ms * 1000;
    c->prev = q->last;
    c->next = NULL;
    *(q->last ? &q->last->next : &q->first) = c;
    q->last = c;
    q->count++;
}

static void queue_drop(struct door *d, struct conn *c)
{
    struct queue *q = queue_of(d, c);
    *(c->prev ? &c->prev->next : &q->first) = c->next;
    *(c->next ? &c->next->prev : &q->last) = c->prev;
    q->count--;
}

static void conn_close(struct door *d, struct conn *c)
{
    queue_drop(d, c);
    close(c->fd);
    mem_free(c);
}

/* Edge-triggered: what was peeked stays in the kernel, and a level would tell of it for ever. */
static bool conn_watch(struct door *d, struct conn *c)
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
        c->bytes += (size_t)n;
    }
    return false;
}

static void send_refusal(const struct door *d, int fd, int status, const struct sockaddr *peer)
{
    char text[REFUSAL_BYTES], address[46], request_id[RAND_ID_BYTES];
    rand_id(request_id);
    size_t len = refusal_text(status, request_id, text);
    (void)send(fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(fd, SHUT_WR);
    listener_address_text(peer, address);
    log_event(LOG_INFO, "door.refused", "status=%d request_id=%s address=%s", status, request_id, address);
}

/* Answers and lingers: closing with unread bytes would send a reset, which takes the answer away from the
 * peer. */
static void refuse(struct door *d, struct conn *c, int status)
{
    queue_drop(d, c);
    c->lingers = true;
    c->bytes = 0;
    queue_put(d, c, LINGER_MS);
    send_refusal(d, c->fd, status, &c->peer.any);
    if (!drain(d, c) || !conn_watch(d, c) || !drain(d, c))
        conn_close(d, c);
}

static enum door_kind kind_of(const struct head *h)
{
    /* "websocket" alone: libwebsockets would answer another upgrade in the list on its own */
    bool upgrade = span_is(h->method, "GET") && span_is(h->path, "/ws") && h->minor &&
                   head_count(h, "Upgrade") == 1 && head_has_token(head_field(h, "Upgrade"), "websocket") &&
                   head_field(h, "Upgrade").len == sizeof "websocket" - 1;
    return upgrade ? DOOR_WEBSOCKET : DOOR_HTTP;
}

static void hand_over(struct door *d, struct conn *c)
{
    if (c->watched)
        (void)epoll_ctl(d->epoll, EPOLL_CTL_DEL, c->fd, NULL);
    queue_drop(d, c);
    struct door_arrival a = {.fd = c->fd, .kind = kind_of(&d->head), .head = {d->peek, d->head.bytes}};
    a.address_len = c->peer.any.sa_family == AF_INET6 ? sizeof c->peer.v6 : sizeof c->peer.v4;
    memcpy(&a.address, &c->peer, a.address_len);
    listener_address_text(&c->peer.any, a.address_text);
    mem_free(c);
    d->config.arrived(d->config.arg, &a);
}

/* Looks at what has come so far. Parsing again is only worth it when a line was ended: a head that comes byte
 * by byte costs a copy a byte, no more. */
static void look(struct door *d, struct conn *c, bool hung_up)
{
    ssize_t n = recv(c->fd, d->peek, d->config.max_head_bytes, MSG_PEEK | MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR) && !hung_up) {
        if (!conn_watch(d, c))
            conn_close(d, c);
        return;
    }
    if (n <= 0) {
        conn_close(d, c);
        return;
    }
    size_t len = (size_t)n, before = c->bytes;
    bool worth =
        before == 0 || len == d->config.max_head_bytes || memchr(d->peek + before, '\n', len - before);
    c->bytes = len;
    enum head_result r = HEAD_MORE;
    if (worth)
        r = head_parse((struct span){d->peek, len}, d->config.max_head_bytes, d->config.max_fields, &d->head);
    if (r == HEAD_OK)
        hand_over(d, c);
    else if (r != HEAD_MORE)
        refuse(d, c, r == HEAD_BAD ? 400 : 431);
    else if (hung_up)
        conn_close(d, c);
    else if (!c->watched) {
        /* bytes may have come between the look and the watch: the first edge tells of them */
        if (!conn_watch(d, c))
            conn_close(d, c);
    }
}

static void welcome(struct door *d, int fd, const union peer *peer)
{
    struct conn *c = d->waiting.count < d->config.max_waiting ? mem_zalloc(sizeof *c) : NULL;
    if (!c) {
        send_refusal(d, fd, 503, &peer->any);
        close(fd);
        return;
    }
    c->fd = fd;
    c->peer = *peer;
    listener_tune(fd);
    queue_put(d, c, d->config.head_timeout_ms);
    look(d, c, false);
}

static void set_accepting(struct door *d, bool accepting)
{
    struct epoll_event e = {.events = accepting ? EPOLLIN : 0, .data.ptr = &d->listener};
    (void)epoll_ctl(d->epoll, EPOLL_CTL_MOD, d->listener, &e);
    d->accepting = accepting;
}

static void accept_some(struct door *d)
{
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        union peer peer = {0};
        socklen_t len = sizeof peer;
        int fd = accept4(d->listener, &peer.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            welcome(d, fd, &peer);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            log_event(LOG_WARN, "door.accept_paused", "error=\"%s\"", strerror(errno));
            set_accepting(d, false); /* else the listener stays ready and this thread spins */
            d->accept_again_us = now_us(d) + ACCEPT_PAUSE_MS * 1000;
        }
        if (errno != ECONNABORTED && errno != EINTR)
            return;
    }
}

static void on_event(struct door *d, const struct epoll_event *e)
{
    uint64_t woken;
    struct conn *c = e->data.ptr;
    if (e->data.ptr == &d->listener)
        accept_some(d);
    else if (e->data.ptr == &d->wake)
        (void)!read(d->wake, &woken, sizeof woken);
    else if (!c->lingers)
        look(d, c, e->events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
    else if (!drain(d, c))
        conn_close(d, c);
}

static void expire(struct door *d)
{
    int64_t now = now_us(d);
    while (d->lingering.first && d->lingering.first->deadline_us <= now)
        conn_close(d, d->lingering.first);
    while (d->waiting.first && d->waiting.first->deadline_us <= now) {
        if (d->waiting.first->bytes)
            refuse(d, d->waiting.first, 408);
        else
            conn_close(d, d->waiting.first); /* never said a word: nobody waits for an answer */
    }
    if (!d->accepting && d->accept_again_us <= now)
        set_accepting(d, true);
}

static int wait_ms(const struct door *d)
{
    if (!d->waiting.first && !d->lingering.first && d->accepting)
        return -1;
    int64_t until = INT64_MAX, now = now_us(d);
    if (d->waiting.first)
        until = d->waiting.first->deadline_us;
    if (d->lingering.first && d->lingering.first->deadline_us < until)
        until = d->lingering.first->deadline_us;
    if (!d->accepting && d->accept_again_us < until)
        until = d->accept_again_us;
    int64_t ms = until > now ? (until - now + 999) / 1000 : 0;
    return ms < TICK_MS ? (int)ms : TICK_MS;
}

static void *run(void *arg)
{
    struct door *d = arg;
    struct epoll_event events[EVENTS_A_TURN];
    (void)pthread_setname_np(pthread_self(), "door");
    while (!atomic_load(&d->stopping)) {
        int n = epoll_wait(d->epoll, events, EVENTS_A_TURN, wait_ms(d));
        for (int i = 0; i < n; i++)
            on_event(d, &events[i]);
        expire(d);
    }
    while (d->waiting.first)
        conn_close(d, d->waiting.first);
    while (d->lingering.first)
        conn_close(d, d->lingering.first);
    return NULL;
}

static bool watch_own(struct door *d, int *fd, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = fd};
    return epoll_ctl(d->epoll, EPOLL_CTL_ADD, *fd, &e) == 0;
}

enum err door_create(struct door **out, const struct door_config *config)
{
    size_t head_bytes = config->max_head_bytes ? config->max_head_bytes : HEAD_BYTES;
    struct door *d = mem_zalloc(sizeof *d + head_bytes);
    if (!d)
        return ERR_NO_MEMORY;
    d->config = *config;
    d->config.max_head_bytes = head_bytes;
    if (!d->config.head_timeout_ms)
        d->config.head_timeout_ms = HEAD_TIMEOUT_MS;
    if (!d->config.max_fields)
        d->config.max_fields = HEAD_FIELDS_MAX;
    if (!d->config.max_waiting)
        d->config.max_waiting = MAX_WAITING;
    d->listener = -1;
    d->epoll = epoll_create1(EPOLL_CLOEXEC);
    d->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    d->accepting = true;
    enum err e = d->epoll < 0 || d->wake < 0 ? ERR_IO : ERR_OK;
    if (!e)
        e = listener_open(config->host, config->port, &d->listener, &d->port);
    if (!e && (!watch_own(d, &d->wake, EPOLLIN) || !watch_own(d, &d->listener, EPOLLIN)))
        e = ERR_IO;
    if (e)
        door_free(d);
    else
        *out = d;
    return e;
}

int door_port(const struct door *d)
{
    return d->port;
}

enum err door_start(struct door *d)
{
    if (pthread_create(&d->thread, NULL, run, d))
        return ERR_NO_MEMORY;
    d->started = true;
    return ERR_OK;
}

void door_refuse(struct door *d, const struct door_arrival *a, int status)
{
    struct conn *c = mem_zalloc(sizeof *c);
    if (!c) {
        close(a->fd);
        return;
    }
    c->fd = a->fd;
    memcpy(&c->peer, &a->address, a->address_len);
    queue_put(d, c, LINGER_MS);
    refuse(d, c, status);
}

void door_stop(struct door *d)
{
    if (!d->started)
        return;
    uint64_t one = 1;
    atomic_store(&d->stopping, true);
    (void)!write(d->wake, &one, sizeof one);
    pthread_join(d->thread, NULL);
    d->started = false;
    close(d->listener);
    d->listener = -1;
}

void door_free(struct door *d)
{
    if (!d)
        return;
    door_stop(d);
    int fds[] = {d->listener, d->epoll, d->wake};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    mem_free(d);
}
