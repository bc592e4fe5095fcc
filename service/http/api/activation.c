/* POST /api/camera/activate, GET /api/camera/check-status/{device_token}: no account, the token is the
 * capability. */
#include <arpa/inet.h>
#include <stdio.h>

#include "cameras/models.h"
#include "cameras/progress.h"
#include "cameras/qr_vault.h"
#include "core/jobs.h"
#include "core/log.h"
#include "core/mem.h"
#include "http/api/handlers.h"
#include "http/api/onboarding.h"
#include "http/api/query.h"

/* ---- activate ---- */

/* What the camera says, as C strings; empty = unsaid. */
struct claimant {
    struct span token;
    char uid[MODEL_UID_MAX + 1];
    char model[MODEL_MODEL_MAX + 1];
    char local_ip[MODEL_ADDRESS_MAX + 1];
    char firmware[MODEL_FIRMWARE_MAX + 1];
};

static bool is_address(const char *text)
{
    struct in6_addr any;
    return inet_pton(AF_INET, text, &any) == 1 || inet_pton(AF_INET6, text, &any) == 1;
}

static bool read_claimant(struct http_exchange *x, struct claimant *c)
{
    struct span uid, model = {"", 0}, local_ip = {"", 0}, firmware = {"", 0};
    struct json_fault faults[2];
    size_t n = 0;
    const enum json_kind string = JSON_KIND_STRING;
    const struct json_field fields[] = {
        {.name = "device_token", .kind = string, .out = &c->token},
        {.name = "device_uid", .kind = string, .min = 1, .max = MODEL_UID_MAX, .out = &uid},
        {.name = "camera_model",
         .kind = string,
         .optional = true,
         .min = 1,
         .max = MODEL_MODEL_MAX,
         .out = &model},
        {.name = "local_ip",
         .kind = string,
         .optional = true,
         .min = 1,
         .max = MODEL_ADDRESS_MAX,
         .out = &local_ip},
        {.name = "firmware",
         .kind = string,
         .optional = true,
         .min = 1,
         .max = MODEL_FIRMWARE_MAX,
         .out = &firmware},
    };
    if (!http_read(x, fields, sizeof fields / sizeof *fields))
        return false;
    bool copied = span_copy(uid, c->uid, sizeof c->uid) && span_copy(model, c->model, sizeof c->model) &&
                  span_copy(local_ip, c->local_ip, sizeof c->local_ip) &&
                  span_copy(firmware, c->firmware, sizeof c->firmware);
    if (model.len && !models_find(model))
        faults[n++] = (struct json_fault){"camera_model", "is not a known model"};
    if (!copied || (local_ip.len && !is_address(c->local_ip)))
        faults[n++] = (struct json_fault){"local_ip", "must be an IP address"};
    if (n)
        (void)http_invalid_fields(x, faults, n);
    return n == 0;
}

struct made_key {
    char text[PROV_KEY_LEN + 1];
};

/* Inside the store's call: only there the id that the key names is decided. */
static void make_key(void *arg, const struct id *id, struct secret_hash *hash)
{
    struct made_key *key = arg;
    onboard_make_key(id, key->text, hash);
}

static const char *or_null(const char *text)
{
    return *text ? text : NULL;
}

/* *pending: the onboarding as it was; *out: the device, another one when an earlier one of the owner is kept.
 */
static enum err bind_camera(const struct api *api, const struct claimant *c, struct made_key *key,
                            struct camera *pending, struct camera *out)
{
    struct store_activation a = {.device_uid = c->uid,
                                 .camera_model = or_null(c->model),
                                 .local_ip = or_null(c->local_ip),
                                 .firmware = or_null(c->firmware),
                                 .now_ms = clock_wall_ms(api->clock)};
    enum err err = onboarding_find(api, c->token, NULL, pending);
    if (err)
        return err;
    a.token = pending->token; /* also when the claim was sent: one goes with the other */
    return api->store->camera_activate(api->store, &a, make_key, key, out);
}

/* The camera has reached us by this very name, so it stays as it is, loopback or not. */
static enum err service_url(const struct http_exchange *x, const struct api *api,
                            char out[ONBOARD_URL_MAX + 1])
{
    struct buf base;
    bool loopback;
    buf_init(&base, 512);
    http_base_url(x, &base);
    enum err err = buf_err(&base);
    if (!err)
        err = onboard_server_url(api->conf->public_url, buf_span(&base), NULL, out, &loopback);
    buf_fini(&base);
    return err;
}

static void write_activated(struct http_exchange *x, const struct api *api, const struct camera *c,
                            const struct made_key *key, const char *url)
{
    struct json_out o = http_reply_json(x);
    char text[PROV_URL_MAX + 1];
    json_out_object(&o, NULL);
    json_out_bool(&o, "success", true);
    json_out_string(&o, "message", "The camera is activated.");
    json_out_string(&o, "device_id", c->id.s);
    json_out_string(&o, "status", "active");
    json_out_string(&o, "device_key", key->text);
    (void)snprintf(text, sizeof text, "ws%s/ws", url + strlen("http")); /* http → ws, https → wss */
    json_out_string(&o, "relay_url", text);
    (void)snprintf(text, sizeof text, "%s/upload", url);
    json_out_string(&o, "upload_url", text);
    json_out_int(&o, "heartbeat_s", ONBOARD_HEARTBEAT_S);
    json_out_time(&o, "server_time", clock_wall_ms(api->clock));
    json_out_end_object(&o);
}

enum http_next api_activate(struct http_exchange *x, void *app)
{
    struct api *api = app;
    struct claimant c = {0};
    struct made_key key;
    struct camera pending, camera;
    char url[ONBOARD_URL_MAX + 1];
    if (!read_claimant(x, &c))
        return HTTP_DONE;
    enum err err = service_url(x, api, url);
    err = err ? err : bind_camera(api, &c, &key, &pending, &camera);
    if (!err)
        write_activated(x, api, &camera, &key, url);
    mem_wipe(&key, sizeof key);
    if (err)
        return http_problem(x, err, NULL);
    qr_vault_drop(api->vault, &pending.token);
    progress_changed(api->progress, &pending.id);
    if (!id_eq(&pending.id, &camera.id))
        progress_changed(api->progress, &camera.id);
    log_event(LOG_INFO, "camera.activated", "device=%s owner=%s model=%s", camera.id.s, camera.owner_id.s,
              camera.camera_model);
    return HTTP_DONE;
}

/* ---- check-status ---- */

/* An onboarding as it stands. */
struct view {
    struct camera camera; /* the device it leads to */
    int64_t expires_ms;
    bool model_changed;
};

static enum err look(const struct api *api, struct span token, struct view *out)
{
    struct camera c;
    enum err err = onboarding_find(api, token, NULL, &c);
    if (err)
        return err;
    struct view v = {.camera = c, .expires_ms = c.token_expires_ms};
    if (!id_is_none(&c.kept_id)) {
        err =
            api->store->camera_get(api->store, &c.owner_id, &c.kept_id, clock_wall_ms(api->clock), &v.camera);
        if (err)
            return err;
    }
    v.model_changed = c.asked_model[0] && strcmp(c.asked_model, v.camera.camera_model) != 0;
    *out = v;
    return ERR_OK;
}

static void write_view(struct http_exchange *x, const struct api *api, const struct view *v)
{
    const struct camera *c = &v->camera;
    struct presence_state presence;
    presence_get(api->presence, &c->id, &presence);
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_string(&o, "device_id", c->id.s);
    json_out_string(&o, "status", onboard_status(c, &presence, clock_wall_ms(api->clock)));
    json_out_string(&o, "stage", onboard_stage(c));
    json_out_string(&o, "device_name", c->device_name);
    json_out_bool(&o, "activated", c->state == CAMERA_ACTIVE);
    json_out_time(&o, "expires_at", v->expires_ms);
    if (v->model_changed)
        json_out_bool(&o, "model_changed", true);
    json_out_end_object(&o);
}

/* version: of the changes before v was looked at. */
static void tell_view(struct http_exchange *x, const struct api *api, const struct view *v, uint64_t version)
{
    write_view(x, api, v);
    progress_tell(api->progress, &v->camera.id, version);
}

struct poll {
    struct http_exchange *x;
    const struct api *api;
    struct id device;
};

static void answer_poll(void *arg)
{
    struct poll *p = arg;
    struct view v;
    uint64_t version = progress_version(p->api->progress, &p->device);
    enum err err = look(p->api, http_param(p->x, 0), &v);
    if (err)
        (void)http_problem(p->x, err, NULL);
    else
        tell_view(p->x, p->api, &v, version);
    http_finish(p->x);
    mem_free(p);
}

/* On the thread that brought the news, which must not wait for a database. */
static void on_news(void *arg)
{
    struct poll *p = arg;
    if (p->api->store->quick_reads) {
        answer_poll(p);
    } else if (jobs_submit(p->api->jobs, answer_poll, p)) {
        (void)http_problem(p->x, ERR_BUSY, NULL);
        http_finish(p->x);
        mem_free(p);
    }
}

/* Until the onboarding runs out, if that comes first; a millisecond more, since clocks are cut to
 * milliseconds. */
static int64_t time_to_wait_ms(const struct view *v, int64_t now_ms, int wait_s)
{
    int64_t left_ms = v->expires_ms - now_ms + 1;
    bool runs_out = v->camera.state == CAMERA_PENDING && left_ms > 0;
    return runs_out && left_ms < wait_s * 1000 ? left_ms : wait_s * 1000;
}

/* False: too many wait already, the answer is given now. */
static bool wait_for_news(struct http_exchange *x, const struct api *api, const struct view *v,
                          uint64_t version, int wait_s)
{
    struct poll *p = mem_alloc(sizeof *p);
    if (!p)
        return false;
    *p = (struct poll){x, api, v->camera.id};
    int64_t timeout_ms = time_to_wait_ms(v, clock_wall_ms(api->clock), wait_s);
    enum err err = progress_wait(api->progress, &v->camera.id, version, timeout_ms, on_news, p);
    if (err)
        mem_free(p);
    return !err;
}

static bool same_stage(const struct view *a, const struct view *b)
{
    return id_eq(&a->camera.id, &b->camera.id) && onboard_stage(&a->camera) == onboard_stage(&b->camera);
}

enum http_next api_check_status(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    struct view first, v;
    int wait_s = 0;
    if (!query_int(x, "wait", 0, 30, &wait_s))
        return HTTP_DONE;
    enum err err = look(api, http_param(x, 0), &first);
    if (err)
        return http_problem(x, err, NULL);
    if (wait_s == 0) {
        write_view(x, api, &first);
        return HTTP_DONE;
    }
    /* The version counts from before the second look, so nothing that comes after it is missed; what came
     * between the two is news already. */
    uint64_t version = progress_version(api->progress, &first.camera.id);
    err = look(api, http_param(x, 0), &v);
    if (err)
        return http_problem(x, err, NULL);
    bool news = !same_stage(&first, &v) || !progress_is_told(api->progress, &v.camera.id, version);
    if (!news && wait_for_news(x, api, &v, version, wait_s))
        return HTTP_PENDING;
    tell_view(x, api, &v, version);
    return HTTP_DONE;
}
