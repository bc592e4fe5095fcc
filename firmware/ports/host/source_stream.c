#include "ports/host/source_stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "ports/host/file.h"
#include "ports/host/log.h"

enum { CHUNK_BYTES = 64 * 1024, CHUNKS_A_TURN = 64, REPEAT_MS = 1000 };

static void swap(struct host_stream_picture *a, struct host_stream_picture *b)
{
    struct host_stream_picture t = *a;
    *a = *b;
    *b = t;
}

static void on_picture(struct host_stream *s)
{
    s->newest.len = s->splitter.len;
    s->newest.buf = fw_mjpeg_swap(&s->splitter, s->newest.buf);
    s->newest.captured_us = host_clock_wall_us();
    s->fresh = true;
    s->pictures++;
}

static void on_end(struct host_stream *s)
{
    if (s->ended)
        return;
    s->ended = true;
    host_log(FW_LOG_INFO, "source.ended", "pictures=%u dropped=%u %s", s->pictures, s->splitter.dropped,
             s->at_end ? "then=exit" : "then=\"the last picture stands\"");
    if (s->at_end)
        s->at_end(s->at_end_ctx);
    else if (s->watched)
        host_timer_set(&s->again, REPEAT_MS);
}

static bool readable_now(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0 && (p.revents & (POLLIN | POLLHUP));
}

/* Reads all there is: once the writer is gone the loop calls only once more. Bounded, so that a stream faster
 * than this machine cannot keep the link from being served. */
static void on_readable(void *ctx)
{
    struct host_stream *s = ctx;
    static uint8_t chunk[CHUNK_BYTES];
    for (unsigned turn = 0; !s->ended && turn < CHUNKS_A_TURN && readable_now(s->fd); turn++) {
        ssize_t n = read(s->fd, chunk, sizeof chunk);
        if (n <= 0) {
            if (n == 0 || (errno != EAGAIN && errno != EINTR))
                on_end(s);
            break;
        }
        for (size_t at = 0, len = (size_t)n; at < len;) {
            bool whole;
            at += fw_mjpeg_push(&s->splitter, chunk + at, len - at, &whole);
            if (whole)
                on_picture(s);
        }
    }
    if (s->fresh && s->watched)
        fw_camera_frame_ready(s->camera, host_clock_ms());
}

static void on_again(void *ctx)
{
    struct host_stream *s = ctx;
    s->repeat = true;
    fw_camera_frame_ready(s->camera, host_clock_ms());
}

static void stream_start(void *ctx, uint32_t fps_milli)
{
    struct host_stream *s = ctx;
    if (s->watched)
        return;
    s->watched = true;
    s->repeat = true; /* whoever comes sees the last picture at once */
}

static void stream_stop(void *ctx)
{
    struct host_stream *s = ctx;
    s->watched = false;
    host_timer_cancel(&s->again);
}

static bool stream_configure(void *ctx, uint16_t width, uint16_t height, uint8_t quality)
{
    return false;
}

static bool stream_take(void *ctx, struct fw_frame *out)
{
    struct host_stream *s = ctx;
    if (s->fresh) {
        swap(&s->newest, &s->lent);
        s->fresh = false;
    } else if (!s->repeat || !s->lent.len) {
        return false;
    } else if (s->ended) {
        s->lent.captured_us = host_clock_wall_us(); /* a standing picture is what is seen now */
    }
    s->repeat = false;
    if (s->ended)
        host_timer_set(&s->again, REPEAT_MS);
    *out = (struct fw_frame){s->lent.buf, s->lent.len, s->lent.captured_us};
    return true;
}

static void stream_release(void *ctx)
{
}

bool host_stream_init(struct host_stream *s, struct host_loop *l, struct fw_camera *camera, int fd)
{
    *s = (struct host_stream){.camera = camera};
    s->watch = (struct host_watch){on_readable, s};
    host_timer_init(&s->again, l, on_again, s);
    uint8_t *first = malloc(HOST_FRAME_MAX);
    s->newest.buf = malloc(HOST_FRAME_MAX);
    s->lent.buf = malloc(HOST_FRAME_MAX);
    s->splitter.buf = first;
    if (!first || !s->newest.buf || !s->lent.buf)
        return false;
    fw_mjpeg_init(&s->splitter, first, HOST_FRAME_MAX);
    s->fd = dup(fd); /* the loop closes it */
    return s->fd >= 0 && host_loop_watch(l, s->fd, &s->watch);
}

void host_stream_fini(struct host_stream *s)
{
    free(s->splitter.buf);
    free(s->newest.buf);
    free(s->lent.buf);
}

struct fw_source host_stream_ops(struct host_stream *s)
{
    return (struct fw_source){.ctx = s,
                              .start = stream_start,
                              .stop = stream_stop,
                              .configure = stream_configure,
                              .take = stream_take,
                              .release = stream_release};
}
