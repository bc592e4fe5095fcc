/* One frame for somebody who is not a viewer: the newest if young enough, else the next. The relay thread
 * only. */
#ifndef RELAY_SNAPSHOT_H
#define RELAY_SNAPSHOT_H

#include "relay/channel.h"

enum { SNAPSHOT_ASKS_MAX = 1024 };

struct snapshot_request {
    struct id device;
    int max_age_ms, wait_ms;
    void (*done)(void *arg, enum err err, struct relay_packet *packet);
    void *arg;
};

/* done runs exactly once, perhaps before this returns. */
void snapshot_take(struct hub *h, const struct snapshot_request *r);
/* A frame was published (ERR_OK: all get the newest), or the camera went away. */
void snapshot_finish_all(struct channel *ch, enum err err);

#endif
