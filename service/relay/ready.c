#include "relay/ready.h"

#include <uv.h>

#include "core/mem.h"
#include "relay/loop.h"

struct ready {
    uv_poll_t poll;
    struct loop *loop;
    void (*fn)(void *arg, int what);
    void *arg;
};

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct ready *r = poll->data;
    struct loop *l = r->loop; /* fn may end r */
    int what = (events & UV_READABLE ? READY_READ : 0) | (events & UV_WRITABLE ? READY_WRITE : 0);
    r->fn(r->arg, status < 0 ? READY_BROKEN : what);
    loop_arm(l);
}

static void uv_want(struct ready *r, int what)
{
    (void)uv_poll_start(
        &r->poll, (what & READY_READ ? UV_READABLE : 0) | (what & READY_WRITE ? UV_WRITABLE : 0), on_poll);
}

static enum err uv_begin(struct ready **out, void *loop, int fd, void (*fn)(void *arg, int what), void *arg)
{
    struct ready *r = mem_zalloc(sizeof *r);
    if (!r)
        return ERR_NO_MEMORY;
    *r = (struct ready){.loop = loop, .fn = fn, .arg = arg};
    if (uv_poll_init(loop_uv(loop), &r->poll, fd)) {
        mem_free(r);
        return ERR_IO;
    }
    r->poll.data = r;
    uv_want(r, READY_READ);
    *out = r;
    return ERR_OK;
}

static void on_closed(uv_handle_t *handle)
{
    mem_free(handle->data);
}

static void uv_end(struct ready *r)
{
    uv_close((uv_handle_t *)&r->poll, on_closed);
}

const struct ready_ops ready_uv = {.begin = uv_begin, .want = uv_want, .end = uv_end};
