/* POST /api/camera/devices, POST …/{id}/rotate-key: device keys without a QR code. */
#include "cameras/models.h"
#include "cameras/onboard.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/rand.h"
#include "http/api/devices.h"
#include "http/api/handlers.h"

/* Spans point into the request. */
struct wish {
    struct span name, model, uid;
};

static bool read_wish(struct http_exchange *x, struct wish *w)
{
    *w = (struct wish){.uid = {"", 0}};
    const struct json_field fields[] = {
        {.name = "device_name", .kind = JSON_KIND_STRING, .min = 1, .max = MODEL_NAME_MAX, .out = &w->name},
        {.name = "camera_model", .kind = JSON_KIND_STRING, .out = &w->model},
        {.name = "device_uid",
         .kind = JSON_KIND_STRING,
         .optional = true,
         .min = 1,
         .max = MODEL_UID_MAX,
         .out = &w->uid},
    };
    if (!http_read(x, fields, sizeof fields / sizeof *fields))
        return false;
    if (models_find(w->model))
        return true;
    (void)http_invalid(x, "camera_model", "is not a known model");
    return false;
}

static enum err fill_camera(const struct http_exchange *x, const struct api *api, const struct wish *w,
                            struct camera *c)
{
    *c = (struct camera){.owner_id = http_who(x)->user_id,
                         .state = CAMERA_ACTIVE,
                         .created_ms = clock_wall_ms(api->clock),
                         .role = ROLE_OWNER};
    rand_id(c->id.s);
    bool fits = span_copy(w->name, c->device_name, sizeof c->device_name) &&
                span_copy(w->model, c->camera_model, sizeof c->camera_model) &&
                span_copy(w->uid, c->device_uid, sizeof c->device_uid);
    return fits ? ERR_OK : ERR_INVALID;
}

static enum err write_device(struct http_exchange *x, const struct camera *c, const char *key)
{
    static const struct presence_state absent;
    struct json_out o = http_reply_json(x);
    http_status(x, 201);
    json_out_object(&o, NULL);
    devices_members(&o, c, &absent, c->created_ms);
    json_out_string(&o, "device_key", key);
    json_out_end_object(&o);
    return buf_err(o.buf);
}

enum http_next api_device_create(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    struct wish w;
    struct camera c;
    char key[PROV_KEY_LEN + 1];
    if (!read_wish(x, &w))
        return HTTP_DONE;
    enum err err = fill_camera(x, api, &w, &c);
    if (err)
        return http_problem(x, err, NULL);
    onboard_make_key(&c.id, key, &c.key);
    /* The answer first: what fails here has changed nothing yet. */
    err = write_device(x, &c, key);
    mem_wipe(key, sizeof key);
    err = err ? err : api->store->camera_create(api->store, &c);
    if (err)
        return http_problem(x, err, NULL);
    log_event(LOG_INFO, "camera.created", "device=%s owner=%s model=%s", c.id.s, c.owner_id.s,
              c.camera_model);
    return HTTP_DONE;
}

static enum err write_key(struct http_exchange *x, const char *key)
{
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_string(&o, "device_key", key);
    json_out_end_object(&o);
    return buf_err(o.buf);
}

enum http_next api_device_rotate_key(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    struct id id;
    struct secret_hash hash;
    char key[PROV_KEY_LEN + 1];
    if (!devices_read_id(x, &id))
        return HTTP_DONE;
    const struct id *user = &http_who(x)->user_id;
    onboard_make_key(&id, key, &hash);
    enum err err = write_key(x, key);
    mem_wipe(key, sizeof key);
    int64_t began_us = api->clock->mono_us(api->clock);
    err = err ? err : api->store->camera_rotate_key(api->store, user, &id, &hash, clock_wall_ms(api->clock));
    if (err == ERR_CONFLICT)
        return http_problem(x, err, "This camera is not activated yet: it has no key.");
    if (err)
        return http_problem(x, err, NULL);
    api->relay.device_key_changed(api->relay.arg, &id, &hash, began_us);
    log_event(LOG_INFO, "camera.key_rotated", "device=%s user=%s", id.s, user->s);
    return HTTP_DONE;
}
