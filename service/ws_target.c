#include "ws_target.h"

#include "http/api/query.h"

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

enum err ws_target_read(const struct form *query, struct relay_target *target, const char **field)
{
    if (target->dialect == RELAY_WS)
        return ERR_OK;
    const char *name = routes[target->dialect].device;
    struct span device = form_get(query, name), fps = form_get(query, "fps");
    target->named = device.p != NULL;
    (void)(device.p && id_parse(device, &target->device));
    target->fps = target->dialect == RELAY_WS_STREAM ? STREAM_FPS : 0;
    *field = target->named || target->dialect == RELAY_WS_STREAM ? NULL : name;
    if (!*field && fps.p && !query_parse_rate(fps.p, FPS_MAX, &target->fps))
        *field = "fps";
    return *field ? ERR_INVALID : ERR_OK;
}
