#include "relay/ready.h"

#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

#include "core/mem.h"
#include "relay/loop.h"

enum { EVENTS_A_TURN = 64 };

/* libuv has one handle for a descriptor, and the library's sockets have theirs already. So ours wait in an
 * epoll set of their own, and libuv waits for the set. */
struct ready_set {
    uv_poll_t poll;
    struct loop *loop;
    int epoll;
    struct ready *ended; /* freed after the turn: an event of theirs may be at hand */
};

struct ready {
    struct ready_set *set;
    struct ready *next_ended;
    int fd, wanted;
    bool over;
    void (*fn)(void *arg, int what);
    void *arg;
};

static void tell(struct ready *r, uint32_t events)
{
    int what = (events & EPOLLIN ? READY_READ : 0) | (events & EPOLLOUT ? READY_WRITE : 0);
    if (events & (EPOLLERR | EPOLLHUP))
        what |= READY_READ | READY_WRITE; /* trying tells what it is */
    what &= r->wanted;
    if (what && !r->over)
        r->fn(r->arg, what);
}

static void free_ended(struct ready_set *s)
{
    while (s->ended) {
        struct ready *r = s->ended;
        s->ended = r->next_ended;
        mem_free(r);
    }
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct ready_set *s = poll->data;
    struct epoll_event found[EVENTS_A_TURN];
    int n = epoll_wait(s->epoll, found, EVENTS_A_TURN, 0);
    for (int i = 0; i < n; i++)
        tell(found[i].data.ptr, found[i].events);
    free_ended(s);
    loop_arm(s->loop);
}

enum err ready_set_create(struct ready_set **out, struct loop *l)
{
    struct ready_set *s = mem_zalloc(sizeof *s);
    if (!s)
        return ERR_NO_MEMORY;
    s->loop = l;
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (s->epoll < 0 || uv_poll_init(loop_uv(l), &s->poll, s->epoll)) {
        if (s->epoll >= 0)
            close(s->epoll);
        mem_free(s);
        return ERR_IO;
    }
    s->poll.data = s;
    (void)uv_poll_start(&s->poll, UV_READABLE, on_poll);
    *out = s;
    return ERR_OK;
}

void ready_set_stop(struct ready_set *s)
{
    (void)uv_poll_stop(&s->poll);
}

void ready_set_free(struct ready_set *s)
{
    if (!s)
        return;
    free_ended(s);
    close(s->epoll);
    mem_free(s);
}

/* What is not waited for is not in the set: epoll tells of a broken socket whether one asks or not. */
static void epoll_want(struct ready *r, int what)
{
    struct epoll_event e = {
        .events = (what & READY_READ ? EPOLLIN : 0U) | (what & READY_WRITE ? EPOLLOUT : 0U), .data.ptr = r};
    int op = !what ? EPOLL_CTL_DEL : r->wanted ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    if (what != r->wanted)
        (void)epoll_ctl(r->set->epoll, op, r->fd, &e);
    r->wanted = what;
}

static enum err epoll_begin(struct ready **out, void *loop, int fd, void (*fn)(void *arg, int what),
                            void *arg)
{
    struct ready *r = mem_zalloc(sizeof *r);
    if (!r)
        return ERR_NO_MEMORY;
    *r = (struct ready){.set = loop_ready(loop), .fd = fd, .fn = fn, .arg = arg};
    epoll_want(r, READY_READ);
    *out = r;
    return ERR_OK;
}

static void epoll_end(struct ready *r)
{
    epoll_want(r, 0);
    r->over = true;
    r->next_ended = r->set->ended;
    r->set->ended = r;
}

const struct ready_ops ready_epoll = {.begin = epoll_begin, .want = epoll_want, .end = epoll_end};
