/* /api/camera/devices/{id}/stream-passwords: make, list, delete. */
#include "auth/secret.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/rand.h"
#include "http/api/api.h"
#include "http/api/handlers.h"
#include "http/api/media.h"

enum http_next api_stream_password_create(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    struct span name;
    char secret[SECRET_TEXT];
    struct stream_password p = {.user_id = http_who(x)->user_id, .created_ms = clock_wall_ms(api->clock)};
    const struct json_field fields[] = {
        {.name = "name", .kind = JSON_KIND_STRING, .min = 1, .max = MODEL_NAME_MAX, .out = &name},
    };
    if (!media_find_device(x, api, &p.device_id) || !http_read(x, fields, 1))
        return HTTP_DONE;
    if (!span_copy(name, p.name, sizeof p.name))
        return http_invalid(x, "name", "is too long");
    rand_id(p.id.s);
    secret_make(secret);
    p.secret = secret_hash_of(span_of(secret));
    enum err e = api->store->stream_password_create(api->store, &p);
    if (e) {
        mem_wipe(secret, sizeof secret);
        return http_problem(
            x, e, e == ERR_CONFLICT ? "This camera has enough stream passwords; delete one." : NULL);
    }
    log_event(LOG_INFO, "media.stream_password_made", "device=%s user=%s id=%s", p.device_id.s, p.user_id.s,
              p.id.s);
    http_status(x, 201);
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_string(&o, "id", p.id.s);
    json_out_string(&o, "username", p.id.s);
    json_out_string(&o, "password", secret);
    json_out_end_object(&o);
    mem_wipe(secret, sizeof secret);
    return HTTP_DONE;
}

enum http_next api_stream_passwords_list(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    struct id device;
    struct stream_password_list l;
    if (!media_find_device(x, api, &device))
        return HTTP_DONE;
    enum err e = api->store->stream_password_list(api->store, &http_who(x)->user_id, &device, &l);
    if (e)
        return http_problem(x, e, NULL);
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_array(&o, "stream_passwords");
    for (size_t i = 0; i < l.count; i++) {
        json_out_object(&o, NULL);
        json_out_string(&o, "id", l.data[i].id.s);
        json_out_string(&o, "name", l.data[i].name);
        json_out_string(&o, "username", l.data[i].id.s);
        json_out_time(&o, "created_at", l.data[i].created_ms);
        json_out_end_object(&o);
    }
    json_out_end_array(&o);
    json_out_end_object(&o);
    mem_free(l.data);
    return HTTP_DONE;
}

enum http_next api_stream_password_delete(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    struct id device, id;
    if (!media_find_device(x, api, &device))
        return HTTP_DONE;
    if (!id_parse(http_param(x, 1), &id))
        return http_problem(x, ERR_MALFORMED, "An id is 24 lower-case hexadecimal digits.");
    const struct id *user = &http_who(x)->user_id;
    enum err e = api->store->stream_password_delete(api->store, user, &device, &id);
    if (e)
        return http_problem(x, e, NULL);
    api->relay.session_ended(api->relay.arg, user, &id);
    http_status(x, 204);
    return HTTP_DONE;
}
