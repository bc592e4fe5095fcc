#include "door/door.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/log.h"
#include "core/mem.h"
#include "door/inside.h"
#include "door/listener.h"
#include "door/visit.h"

enum {
    HEAD_TIMEOUT_MS = 10000,
    IDLE_TIMEOUT_MS = 75000,
    HEAD_BYTES = 16384,
    ACCEPTS_A_TURN = 64,
    EVENTS_A_TURN = 64,
    ACCEPT_PAUSE_MS = 100, /* when the process is out of descriptors */
    TICK_MS = 1000,        /* deadlines are looked at at least this often; the clock may be a test's */
};

static void welcome(struct door *d, int fd, const union conn_peer *peer)
{
    struct conn *c = mem_zalloc(sizeof *c);
    if (!c) {
        close(fd);
        return;
    }
    c->fd = fd;
    c->peer = *peer;
    atomic_fetch_add(&d->accepted, 1);
    visit_begin(d, c);
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
        union conn_peer peer = {0};
        socklen_t len = sizeof peer;
        int fd = accept4(d->listener, &peer.any, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            welcome(d, fd, &peer);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            log_event(LOG_WARN, "door.accept_paused", "error=\"%s\"", strerror(errno));
            set_accepting(d, false); /* else the listener stays ready and this thread spins */
            d->accept_again_us = door_now_us(d) + ACCEPT_PAUSE_MS * 1000;
        }
        if (errno != ECONNABORTED && errno != EINTR)
            return;
    }
}

/* ---- connections that come back ---- */

static void rouse(const struct door *d)
{
    const uint64_t one = 1;
    (void)!write(d->wake, &one, sizeof one);
}

void door_take_back(struct door *d, int fd, const struct sockaddr *address, struct limits_place *place)
{
    struct conn *c = mem_zalloc(sizeof *c);
    if (!c) {
        close(fd);
        limits_leave(place);
        return;
    }
    c->fd = fd;
    c->place = place;
    memcpy(&c->peer, address,
           address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in));
    pthread_mutex_lock(&d->lock);
    bool closed = d->closed, first = !d->returned;
    if (!closed) {
        c->next = d->returned;
        d->returned = c;
    }
    pthread_mutex_unlock(&d->lock);
    if (closed) {
        close(fd);
        limits_leave(place);
        mem_free(c);
    } else if (first)
        rouse(d);
}

/* ---- the thread ---- */

static void on_event(struct door *d, const struct epoll_event *e)
{
    struct conn *c = e->data.ptr;
    uint64_t woken;
    if (e->data.ptr == &d->wake)
        (void)!read(d->wake, &woken, sizeof woken);
    if (e->data.ptr == &d->listener || e->data.ptr == &d->wake)
        visit_returned(d);
    if (e->data.ptr == &d->listener)
        accept_some(d);
    else if (e->data.ptr != &d->wake)
        visit_event(d, c, e->events);
}

static void expire(struct door *d)
{
    int64_t now = door_now_us(d);
    for (size_t i = 0; i < CONN_STAGES; i++) {
        struct conn *c;
        while ((c = d->queues[i].first) && c->deadline_us <= now)
            visit_expire(d, c);
    }
    if (!d->accepting && d->accept_again_us <= now)
        set_accepting(d, true);
    atomic_store(&d->waiting, d->queues[CONN_HEAD].count);
    atomic_store(&d->idle, d->queues[CONN_IDLE].count);
}

static int wait_ms(const struct door *d)
{
    int64_t until = conn_next_us(d->queues), now = door_now_us(d);
    if (!d->accepting && d->accept_again_us < until)
        until = d->accept_again_us;
    if (until == INT64_MAX)
        return -1;
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
        visit_bury(d);
        expire(d);
    }
    return NULL;
}

/* ---- start and stop ---- */

static bool watch_own(struct door *d, int *fd, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = fd};
    return epoll_ctl(d->epoll, EPOLL_CTL_ADD, *fd, &e) == 0;
}

static struct door_config with_defaults(struct door_config c)
{
    c.max_head_bytes = c.max_head_bytes ? c.max_head_bytes : HEAD_BYTES;
    c.head_timeout_ms = c.head_timeout_ms ? c.head_timeout_ms : HEAD_TIMEOUT_MS;
    c.idle_timeout_ms = c.idle_timeout_ms ? c.idle_timeout_ms : IDLE_TIMEOUT_MS;
    c.max_fields = c.max_fields ? c.max_fields : HEAD_FIELDS_MAX;
    return c;
}

enum err door_create(struct door **out, const struct door_config *config)
{
    struct door_config full = with_defaults(*config);
    struct door *d = mem_zalloc(sizeof *d + full.max_head_bytes);
    if (!d)
        return ERR_NO_MEMORY;
    d->config = full;
    pthread_mutex_init(&d->lock, NULL);
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
        limits_leave(a->place);
        return;
    }
    c->fd = a->fd;
    c->place = a->place;
    c->began_us = a->began_us;
    memcpy(&c->peer, &a->address, a->address_len);
    visit_refuse(d, c, status);
}

void door_stats(struct door *d, struct door_stats *out)
{
    *out = (struct door_stats){.waiting = atomic_load(&d->waiting),
                               .idle = atomic_load(&d->idle),
                               .accepted = atomic_load(&d->accepted),
                               .refused_full = atomic_load(&d->refused_full),
                               .refused_share = atomic_load(&d->refused_share),
                               .refused_bad = atomic_load(&d->refused_bad)};
}

void door_stop(struct door *d)
{
    if (d->started) {
        atomic_store(&d->stopping, true);
        rouse(d);
        pthread_join(d->thread, NULL);
        d->started = false;
    }
    if (d->listener >= 0)
        close(d->listener);
    d->listener = -1;
    for (struct conn *c = visit_take_returned(d, true), *next; c; c = next) {
        next = c->next;
        visit_close(d, c);
    }
    for (size_t i = 0; i < CONN_STAGES; i++)
        while (d->queues[i].first)
            visit_close(d, d->queues[i].first);
    visit_bury(d);
}

void door_free(struct door *d)
{
    if (!d)
        return;
    door_stop(d);
    int fds[] = {d->epoll, d->wake};
    for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    pthread_mutex_destroy(&d->lock);
    mem_free(d);
}
