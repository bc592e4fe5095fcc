#include "ws_target.h"

#include <stdlib.h>

enum { STREAM_FPS = 10, FPS_MAX = 240 };

/* By dialect; device: how the member is called that names it. */
static const struct {
    const char *route, *device;
} routes[] = {
    [RELAY_WS] = {"/ws", NULL},
    [RELAY_WS_STREAM] = {"/streaming/ws-stream", "device_id"},
    [RELAY_GO2RTC] = {"/api/ws", "src"},
};

const char *ws_target_route(const struct head *h, struct relay_target *out)
{
    enum relay_dialect d = RELAY_GO2RTC;
    while (d > RELAY_WS && !span_is(h->path, routes[d].route))
        d--;
    *out = (struct relay_target){.dialect = d};
    return routes[d].route;
}

static bool read_fps(struct span said, double *out)
{
    char text[9];
    if (!said.len || !span_copy(said, text, sizeof text) || strspn(text, "0123456789.") != said.len ||
        text[said.len - 1] == '.' || strchr(text, '.') != strrchr(text, '.'))
        return false;
    *out = strtod(text, NULL);
    return *out >= 0.01 && *out <= FPS_MAX;
}

enum err ws_target_read(const struct form *query, struct relay_target *target)
{
    if (target->dialect == RELAY_WS)
        return ERR_OK;
    struct span device = form_get(query, routes[target->dialect].device), fps = form_get(query, "fps");
    target->named = device.p != NULL;
    (void)(device.p && id_parse(device, &target->device));
    target->fps = target->dialect == RELAY_WS_STREAM ? STREAM_FPS : 0;
    bool good = target->named || target->dialect == RELAY_WS_STREAM;
    return good && (!fps.p || read_fps(fps, &target->fps)) ? ERR_OK : ERR_INVALID;
}
