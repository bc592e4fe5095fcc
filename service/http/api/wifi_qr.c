/* POST /api/camera/devices/{id}/wifi-qr: a code that tells a camera its new WiFi and nothing else. */
#include "core/mem.h"
#include "http/api/devices.h"
#include "http/api/handlers.h"
#include "http/api/onboarding_code.h"

static enum err write_answer(struct http_exchange *x, const struct camera *c,
                             const struct onboarding_code *code)
{
    struct json_out o = http_reply_json(x);
    http_status(x, 201);
    json_out_object(&o, NULL);
    json_out_bool(&o, "success", true);
    json_out_string(&o, "message", "Show the code to the camera.");
    json_out_string(&o, "device_id", c->id.s);
    enum err err = onboarding_code_members(&o, code, NULL);
    json_out_end_object(&o);
    return err ? err : buf_err(o.buf);
}

static enum err make_code(struct http_exchange *x, const struct api *api, const struct onboarding_wifi *wifi,
                          const struct camera *c, struct onboarding_code *code)
{
    struct prov_credentials *says = &code->says;
    enum err err = onboarding_code_begin(x, api, wifi, code);
    if (err)
        return err;
    code->loopback = false; /* no matter: this code names no server */
    bool fits = span_copy(span_of(c->owner_id.s), says->user_id, sizeof says->user_id) &&
                span_copy(span_of(c->camera_model), says->camera_model, sizeof says->camera_model);
    return fits ? onboarding_code_write(code, PROV_WIFI_ONLY) : ERR_INVALID;
}

enum http_next api_wifi_qr(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    struct id id;
    struct camera c;
    struct onboarding_wifi wifi;
    struct onboarding_code code = {0};
    const struct json_field fields[] = {ONBOARDING_WIFI_FIELDS(&wifi)};
    if (!devices_read_id(x, &id))
        return HTTP_DONE;
    /* A camera that has not been activated has its onboarding's code. */
    enum err err =
        api->store->camera_get_device(api->store, &http_who(x)->user_id, &id, clock_wall_ms(api->clock), &c);
    if (err)
        return http_problem(x, err, NULL);
    if (!http_read(x, fields, sizeof fields / sizeof *fields))
        return HTTP_DONE;
    err = make_code(x, api, &wifi, &c, &code);
    err = err ? err : write_answer(x, &c, &code);
    onboarding_code_wipe(&code);
    return err ? onboarding_code_problem(x, err) : HTTP_DONE;
}
