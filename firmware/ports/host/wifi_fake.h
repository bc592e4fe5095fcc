/* A network that is joined by waiting: the host is already on one. */
#ifndef PORTS_HOST_WIFI_FAKE_H
#define PORTS_HOST_WIFI_FAKE_H

#include "core/camera.h"
#include "ports/host/loop.h"

struct host_wifi {
    struct fw_camera *camera;
    struct host_timer timer;
    int64_t delay_ms;  /* from join to the answer */
    unsigned failures; /* so many joins fail first, in this way */
    enum fw_join_failure failure;
};

void host_wifi_init(struct host_wifi *w, struct host_loop *l, struct fw_camera *camera);
struct fw_wifi host_wifi_ops(struct host_wifi *w);

#endif
