/* POST /api/v1/devices/register and /heartbeat: what a camera that uploads by HTTP tells of itself (contract
 * §6). Such a camera takes anything but 200 for "not registered": what it says is taken as far as it makes
 * sense. */
#include <arpa/inet.h>

#include "cameras/presence.h"
#include "core/jobs.h"
#include "core/log.h"
#include "core/mem.h"
#include "http/api/handlers.h"
#include "http/api/uploads.h"

enum { TELEMETRY_MAX = 1024, NAME_MAX_BYTES = 256, STALE_US = 5000000 };

/* ---- register ---- */

struct note {
    const struct api *api;
    struct id device;
    int64_t now_ms, asked_us;
    char local_ip[MODEL_ADDRESS_MAX + 1];
};

static void run_note(void *arg)
{
    struct note *n = arg;
    struct store *s = n->api->store;
    enum err e = ERR_OK;
    const struct clock *c = n->api->clock;
    if (c->mono_us(c) - n->asked_us <= STALE_US) /* else the store hangs: others wait */
        e = s->camera_seen(s, &n->device, n->now_ms, NULL, n->local_ip);
    if (e && e != ERR_NOT_FOUND)
        log_event(LOG_WARN, "camera.address_not_kept", "device=%s reason=%s", n->device.s, err_word(e));
    mem_free(n);
}

static bool is_address(const char *text)
{
    struct in6_addr any;
    return inet_pton(AF_INET, text, &any) == 1 || inet_pton(AF_INET6, text, &any) == 1;
}

/* Later, for the camera must not wait for a slow store; when that cannot be, it registers again some day. */
static void keep_address(const struct api *api, const struct id *device, struct span said)
{
    struct note *n = mem_alloc(sizeof *n);
    if (!n)
        return;
    *n = (struct note){.api = api,
                       .device = *device,
                       .now_ms = clock_wall_ms(api->clock),
                       .asked_us = api->clock->mono_us(api->clock)};
    if (!span_copy(said, n->local_ip, sizeof n->local_ip) || !is_address(n->local_ip) ||
        jobs_submit(api->jobs, run_note, n))
        mem_free(n);
}

enum http_next api_report_register(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    const struct id *device = &http_who(x)->device_id;
    const struct json *doc = http_json(x);
    if (!doc || !uploads_within_rate(x, api))
        return HTTP_DONE;
    struct span name = json_get_string(doc, "deviceId"), address = json_get_string(doc, "ipAddress");
    if (address.len)
        keep_address(api, device, address);
    presence_report(api->presence, device, (struct span){0});
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_bool(&o, "success", true);
    json_out_span(&o, "deviceId", name.len && name.len <= NAME_MAX_BYTES ? name : span_of(device->s));
    json_out_string(&o, "status", "online");
    json_out_end_object(&o);
    return HTTP_DONE;
}

/* ---- heartbeat ---- */

/* 0 also when there is none, or no number. */
static int64_t number(const struct json *doc, const char *name, bool *present)
{
    int64_t value = 0;
    const struct json_field field = {.name = name, .kind = JSON_KIND_INT, .out = &value};
    *present = json_read(doc, &field, 1, NULL, 0) == 0;
    return value;
}

static void write_telemetry(const struct json *doc, struct buf *out)
{
    static const struct {
        const char *said, *name;
        int64_t divisor;
    } members[] = {{"wifiRssi", "rssi", 1}, {"freeHeap", "heap", 1}, {"uptime", "uptime_s", 1000}};
    struct json_out o = json_out_to(out);
    json_out_object(&o, NULL);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        bool present;
        int64_t value = number(doc, members[i].said, &present);
        if (present)
            json_out_int(&o, members[i].name, value / members[i].divisor);
    }
    json_out_end_object(&o);
}

enum http_next api_report_heartbeat(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    const struct id *device = &http_who(x)->device_id;
    const struct json *doc = http_json(x);
    if (!doc || !uploads_within_rate(x, api))
        return HTTP_DONE;
    struct buf telemetry;
    buf_init(&telemetry, TELEMETRY_MAX);
    write_telemetry(doc, &telemetry);
    if (!buf_err(&telemetry)) {
        presence_report(api->presence, device, buf_span(&telemetry)); /* before those hear who would ask it */
        api->relay.telemetry(api->relay.arg, device, buf_span(&telemetry));
    }
    buf_fini(&telemetry);
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_string(&o, "message", "Heartbeat received");
    json_out_string(&o, "status", "success");
    json_out_end_object(&o);
    return HTTP_DONE;
}
