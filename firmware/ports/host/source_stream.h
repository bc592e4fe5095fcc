/* A stream of JPEGs on a file descriptor (ffmpeg … -f mjpeg -). It is always read to the present; only the
 * newest picture is kept. After its end the last picture stands, given again once a second while somebody
 * watches. */
#ifndef PORTS_HOST_SOURCE_STREAM_H
#define PORTS_HOST_SOURCE_STREAM_H

#include "core/camera.h"
#include "core/mjpeg.h"
#include "platform/source.h"
#include "ports/host/loop.h"

struct host_stream_picture {
    uint8_t *buf;
    size_t len; /* 0: none */
    uint64_t captured_us;
};

struct host_stream {
    struct fw_camera *camera;
    struct host_watch watch;
    struct host_timer again; /* gives the standing picture once more */
    struct fw_mjpeg splitter;
    int fd;
    struct host_stream_picture newest, lent;
    bool fresh;  /* newest was not given yet */
    bool repeat; /* lent may be given once more */
    bool watched, ended;
    unsigned pictures;
    void (*at_end)(void *ctx); /* NULL: the last picture stands */
    void *at_end_ctx;
};

/* Reads fd (borrowed) from now on. */
bool host_stream_init(struct host_stream *s, struct host_loop *l, struct fw_camera *camera, int fd);
void host_stream_fini(struct host_stream *s);
struct fw_source host_stream_ops(struct host_stream *s);

#endif
