/* How sending goes, one log line every 5 s: for the eyes of whoever tunes a camera. */
#ifndef APPS_VIRTUAL_CAMERA_STATS_H
#define APPS_VIRTUAL_CAMERA_STATS_H

#include "core/camera.h"
#include "ports/host/loop.h"

struct stats {
    const struct fw_camera *camera;
    struct host_timer timer;
    int64_t began_ms;
    uint32_t sent; /* at the last line */
    uint64_t bytes;
};

void stats_start(struct stats *s, struct host_loop *loop, const struct fw_camera *camera);
/* In words: 25 frames a second and more are excellent, 15 good, 8 moderate. */
const char *stats_rating(double fps);

#endif
