/* GET /api/camera/devices, GET and DELETE /api/camera/devices/{id}. */
#include "http/api/devices.h"

#include "cameras/progress.h"
#include "cameras/qr_vault.h"
#include "core/log.h"
#include "core/mem.h"
#include "http/api/handlers.h"
#include "http/api/query.h"

enum {
    LIMIT = 100,
    LIMIT_MAX = 200,
    /* A filter may leave little of a page: pages read for one answer. What is left then comes with the next
       cursor. */
    PAGES_MAX = 50,
};

static const char *role_word(enum camera_role role)
{
    switch (role) {
    case ROLE_OWNER:
        return "owner";
    case ROLE_OPERATOR:
        return "operator";
    case ROLE_VIEWER:
        return "viewer";
    case ROLE_NONE:
        break;
    }
    return NULL;
}

static void write_telemetry(struct json_out *o, const char *telemetry)
{
    if (*telemetry)
        json_out_raw(o, "telemetry", span_of(telemetry));
    else
        json_out_null(o, "telemetry");
}

void devices_members(struct json_out *o, const struct camera *c, const struct presence_state *s,
                     int64_t now_ms)
{
    bool owner = c->role == ROLE_OWNER;
    json_out_string(o, "device_id", c->id.s);
    json_out_string_or_null(o, "device_uid", c->device_uid);
    json_out_string(o, "device_name", c->device_name);
    json_out_string(o, "camera_model", c->camera_model);
    json_out_string(o, "owner_id", c->owner_id.s);
    json_out_string_or_null(o, "role", role_word(c->role));
    json_out_string_or_null(o, "wifi_ssid", owner ? c->wifi_ssid : NULL);
    json_out_string(o, "status", presence_status(c, s, now_ms));
    json_out_bool(o, "online", s->online);
    json_out_time(o, "last_seen", s->last_seen_ms > c->last_seen_ms ? s->last_seen_ms : c->last_seen_ms);
    json_out_string_or_null(o, "local_ip", owner ? c->local_ip : NULL);
    json_out_time(o, "created_at", c->created_ms);
    json_out_time(o, "activated_at", c->activated_ms);
    json_out_string_or_null(o, "firmware", c->firmware);
    write_telemetry(o, s->telemetry);
    json_out_object(o, "settings");
    json_out_end_object(o);
    json_out_int(o, "viewers", s->viewers);
    json_out_string_or_null(o, "offline_reason", s->offline_reason);
}

static void write_device(struct json_out *o, const struct camera *c, const struct presence_state *s,
                         int64_t now_ms)
{
    json_out_object(o, NULL);
    devices_members(o, c, s, now_ms);
    json_out_end_object(o);
}

bool devices_read_id(struct http_exchange *x, struct id *out)
{
    bool good = id_parse(http_param(x, 0), out);
    if (!good)
        (void)http_problem(x, ERR_MALFORMED, "A device id is 24 lower-case hexadecimal digits.");
    return good;
}

/* ---- the list ---- */

struct listing {
    const struct api *api;
    const struct id *user;
    const char *status; /* NULL = any */
    size_t left;        /* how many devices may still be told */
    int64_t now_ms;
    char cursor[sizeof((struct camera_page *)0)->next_cursor];
};

static void write_page(struct json_out *o, struct listing *l, const struct camera_page *page)
{
    struct presence_state s;
    for (size_t i = 0; i < page->count; i++) {
        const struct camera *c = &page->data[i];
        presence_get(l->api->presence, &c->id, &s);
        if (l->status && strcmp(l->status, presence_status(c, &s, l->now_ms)) != 0)
            continue;
        write_device(o, c, &s, l->now_ms);
        l->left--;
    }
}

/* Pages are asked for with what is still wanted, so that the cursor always stands behind the last device
 * told. */
static enum err write_list(struct json_out *o, struct listing *l, const char *cursor)
{
    struct store *store = l->api->store;
    for (int pages = 0; l->left && pages < PAGES_MAX && (pages == 0 || *cursor); pages++) {
        struct store_camera_filter f = {.now_ms = l->now_ms, .limit = l->left, .cursor = cursor};
        struct camera_page page;
        enum err err = store->camera_list(store, l->user, &f, &page);
        if (err)
            return err;
        write_page(o, l, &page);
        memcpy(l->cursor, page.next_cursor, sizeof l->cursor);
        mem_free(page.data);
        cursor = l->cursor;
    }
    return ERR_OK;
}

static bool is_status(const char *s)
{
    return strcmp(s, "pending") == 0 || strcmp(s, "active") == 0 || strcmp(s, "offline") == 0;
}

enum http_next api_devices_list(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    int limit = LIMIT;
    const char *status = http_query(x, "status");
    if (!query_int(x, "limit", 1, LIMIT_MAX, &limit))
        return HTTP_DONE;
    if (status && !is_status(status))
        return http_invalid(x, "status", "must be pending, active or offline");
    struct listing l = {.api = api,
                        .user = &http_who(x)->user_id,
                        .status = status,
                        .left = (size_t)limit,
                        .now_ms = clock_wall_ms(api->clock)};
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_array(&o, "devices");
    enum err err = write_list(&o, &l, http_query(x, "cursor"));
    if (err == ERR_INVALID)
        return http_invalid(x, "cursor", "is not a cursor of this list");
    if (err)
        return http_problem(x, err, NULL);
    json_out_end_array(&o);
    json_out_string_or_null(&o, "next_cursor", l.cursor);
    json_out_end_object(&o);
    return HTTP_DONE;
}

/* ---- one ---- */

enum http_next api_device_get(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    int64_t now_ms = clock_wall_ms(api->clock);
    struct id id;
    struct camera c;
    struct presence_state s;
    if (!devices_read_id(x, &id))
        return HTTP_DONE;
    enum err err = api->store->camera_get(api->store, &http_who(x)->user_id, &id, now_ms, &c);
    if (err)
        return http_problem(x, err, NULL);
    presence_get(api->presence, &id, &s);
    struct json_out o = http_reply_json(x);
    write_device(&o, &c, &s, now_ms);
    return HTTP_DONE;
}

enum http_next api_device_delete(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    struct id id;
    struct camera c;
    if (!devices_read_id(x, &id))
        return HTTP_DONE;
    const struct id *user = &http_who(x)->user_id;
    enum err err = api->store->camera_delete(api->store, user, &id, clock_wall_ms(api->clock), &c);
    if (err)
        return http_problem(x, err, NULL);
    api->relay.device_removed(api->relay.arg, &id);
    qr_vault_drop(api->vault, &c.token);
    presence_forget(api->presence, &id);
    progress_changed(api->progress, &id);
    log_event(LOG_INFO, "camera.deleted", "device=%s user=%s", id.s, user->s);
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_bool(&o, "success", true);
    json_out_string(&o, "message", "Device removed successfully");
    json_out_end_object(&o);
    return HTTP_DONE;
}
