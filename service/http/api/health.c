/* GET /healthz, /readyz, /health, /api/health. */
#include <stdatomic.h>
#include <stdlib.h>

#include "cameras/presence.h"
#include "http/api/api.h"
#include "http/api/handlers.h"

enum { PING_EVERY_US = 1000000 };

static enum http_next say(struct http_exchange *x, const char *status)
{
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_string(&o, "status", status);
    json_out_end_object(&o);
    return HTTP_DONE;
}

/* The process answers. */
enum http_next api_healthz(struct http_exchange *x, void *app)
{
    (void)app;
    return say(x, "ok");
}

/* And so does what it needs; who asks often, or while it is asked, hears what it was a moment ago. */
enum http_next api_readyz(struct http_exchange *x, void *app)
{
    struct api *api = app;
    int64_t pinged_us = api->pinged_us, now_us = api->clock->mono_us(api->clock);
    if ((pinged_us == 0 || now_us - llabs(pinged_us) >= PING_EVERY_US) &&
        atomic_compare_exchange_strong(&api->pinged_us, &pinged_us, pinged_us > 0 ? now_us : -now_us))
        api->pinged_us = pinged_us = api->store->ping(api->store) ? -now_us : now_us;
    return pinged_us < 0 ? http_problem(x, ERR_UNAVAILABLE, NULL) : say(x, "ready");
}

enum http_next api_health_seed(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    size_t cameras, viewers;
    presence_totals(api->presence, &cameras, &viewers);
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_string(&o, "status", "healthy");
    json_out_bool(&o, "esp32_connected", cameras > 0);
    json_out_int(&o, "cameras_connected", (int64_t)cameras);
    json_out_int(&o, "clients", (int64_t)viewers);
    json_out_end_object(&o);
    return HTTP_DONE;
}

enum http_next api_health(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    int64_t now_ms = clock_wall_ms(api->clock);
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_string(&o, "status", "healthy");
    json_out_int(&o, "uptime", (now_ms - api->started_ms) / 1000);
    json_out_time(&o, "timestamp", now_ms);
    json_out_string(&o, "version", VC_VERSION);
    json_out_string(&o, "store", api->conf->mongo_uri && *api->conf->mongo_uri ? "mongodb" : "sqlite");
    json_out_string(&o, "registration", api->conf->registration_open ? "open" : "closed");
    json_out_end_object(&o);
    return HTTP_DONE;
}
