/* Who is online: what the relay tells, for everyone who asks. Memory only; a mutex inside, held for a few
 * lines. Any thread. Each connection of a camera has an epoch, from 1; a late end of an older one changes
 * nothing. */
#ifndef CAMERAS_PRESENCE_H
#define CAMERAS_PRESENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/id.h"
#include "core/span.h"
#include "store/model.h"

struct presence;

struct presence_state {
    bool online;
    unsigned viewers;
    int64_t last_seen_ms;       /* 0 = not since this service started */
    int64_t left_ms;            /* its last end of being online; 0 = as above */
    const char *offline_reason; /* "goodbye" "silent" or NULL; static */
    char telemetry[4097];       /* JSON object text, empty = none */
};

MUST_CHECK enum err presence_create(struct presence **out, const struct clock *clock);
void presence_free(struct presence *p);
/* True: a connection not heard of before. */
bool presence_online(struct presence *p, const struct id *device, uint64_t epoch);
/* reason static. Ignored unless epoch is the newest. */
void presence_offline(struct presence *p, const struct id *device, uint64_t epoch, const char *reason);
void presence_viewers(struct presence *p, const struct id *device, unsigned viewers);
void presence_telemetry(struct presence *p, const struct id *device, struct span json);
/* A device without a connection told of itself; json: its telemetry, empty = nothing of that. It is seen, not
 * online.
 */
void presence_report(struct presence *p, const struct id *device, struct span json);
/* A frame of a device was taken and goes to the relay, which will say that it is online: until then it is,
 * too, for a moment. The sender's yes must not be ahead of what everyone is told. */
void presence_frame(struct presence *p, const struct id *device);
void presence_forget(struct presence *p, const struct id *device);
void presence_get(struct presence *p, const struct id *device, struct presence_state *out);
/* Cameras online and viewers watching, now. */
void presence_totals(struct presence *p, size_t *cameras, size_t *viewers);
/* The wire's word for a camera (contract §3): "pending", "active" or "offline". */
const char *presence_status(const struct camera *c, const struct presence_state *s, int64_t now_ms);

#endif
