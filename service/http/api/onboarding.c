/* GET /api/camera/models, POST and DELETE /api/camera/onboard. */
#include "http/api/onboarding.h"

#include "auth/token.h"
#include "cameras/models.h"
#include "cameras/progress.h"
#include "cameras/qr_vault.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/rand.h"
#include "http/api/handlers.h"
#include "http/api/onboarding_code.h"

enum http_next api_models(struct http_exchange *x, void *app)
{
    (void)app;
    size_t n;
    const struct camera_model *m = models_all(&n);
    struct json_out o = http_reply_json(x);
    json_out_array(&o, NULL);
    for (size_t i = 0; i < n; i++) {
        json_out_object(&o, NULL);
        json_out_string(&o, "model_id", m[i].id);
        json_out_string(&o, "model_name", m[i].name);
        json_out_string(&o, "manufacturer", m[i].manufacturer);
        json_out_bool(&o, "supports_qr", m[i].supports_qr);
        json_out_string(&o, "qr_format", m[i].qr_format == PROV_FULL ? "full" : "compact");
        json_out_array(&o, "capabilities");
        for (const char *const *c = m[i].capabilities; *c; c++)
            json_out_string(&o, NULL, *c);
        json_out_end_array(&o);
        json_out_end_object(&o);
    }
    json_out_end_array(&o);
    return HTTP_DONE;
}

enum err onboarding_find(const struct api *api, struct span secret, const struct id *owner,
                         struct camera *out)
{
    struct secret_hash hash;
    struct camera c;
    if (!onboard_hash(secret, &hash))
        return ERR_NOT_FOUND;
    enum err err = api->store->camera_by_token(api->store, &hash, owner, &c);
    if (!err && onboard_is_forgotten(&c, clock_wall_ms(api->clock)))
        err = ERR_NOT_FOUND;
    if (!err)
        *out = c;
    return err;
}

/* ---- a new onboarding ---- */

/* What the owner asks for. Spans point into the request. */
struct wish {
    struct onboarding_wifi wifi;
    struct span name;
    const char *again; /* the Idempotency-Key; NULL = none */
    const struct camera_model *model;
    enum prov_format format;
};

/* An onboarding on its way: secrets in it are wiped at the end. */
struct draft {
    struct wish wish;
    struct onboard_secrets secrets;
    struct onboarding_code code;
    struct camera camera;
};

static bool is_idempotency_key(const char *text)
{
    size_t n = strlen(text);
    for (const char *c = text; *c; c++)
        if (*c < ' ' || *c > '~')
            return false;
    return n >= 1 && n <= MODEL_IDEMPOTENCY_MAX;
}

static bool read_wish(struct http_exchange *x, struct wish *w)
{
    struct span model, format = {NULL, 0};
    struct json_fault faults[3];
    size_t n = 0;
    *w = (struct wish){.name = SPAN_LIT("My Camera"), .again = http_header(x, "Idempotency-Key")};
    const struct json_field fields[] = {
        {.name = "camera_model", .kind = JSON_KIND_STRING, .out = &model},
        ONBOARDING_WIFI_FIELDS(&w->wifi),
        {.name = "device_name",
         .kind = JSON_KIND_STRING,
         .optional = true,
         .min = 1,
         .max = MODEL_NAME_MAX,
         .out = &w->name},
        {.name = "qr_format", .kind = JSON_KIND_STRING, .optional = true, .out = &format},
    };
    if (!http_read(x, fields, sizeof fields / sizeof *fields))
        return false;
    w->model = models_find(model);
    if (!w->model)
        faults[n++] = (struct json_fault){"camera_model", "is not a known model"};
    else if (!format.p)
        w->format = w->model->qr_format;
    else
        w->format = span_is(format, "full") ? PROV_FULL : PROV_COMPACT;
    if (format.p && !span_is(format, "full") && !span_is(format, "compact"))
        faults[n++] = (struct json_fault){"qr_format", "must be full or compact"};
    if (w->again && !is_idempotency_key(w->again))
        faults[n++] = (struct json_fault){"Idempotency-Key", "must have 1 to 64 printable ASCII characters"};
    if (n)
        (void)http_invalid_fields(x, faults, n);
    return n == 0;
}

static enum err write_code(const struct http_exchange *x, const struct api *api, struct draft *d)
{
    const char *token = d->wish.format == PROV_FULL ? d->secrets.token : d->secrets.claim;
    struct prov_credentials *c = &d->code.says;
    enum err err = onboarding_code_begin(x, api, &d->wish.wifi, &d->code);
    if (err)
        return err;
    bool fits = span_copy(span_of(token), c->token, sizeof c->token) &&
                span_copy(span_of(http_who(x)->user_id.s), c->user_id, sizeof c->user_id) &&
                span_copy(span_of(d->wish.model->id), c->camera_model, sizeof c->camera_model);
    return fits ? onboarding_code_write(&d->code, d->wish.format) : ERR_INVALID;
}

/* Two calls have the same body when they ask for the same; each member goes in with its length. */
static enum err hash_body(const struct api *api, const struct wish *w, struct secret_hash *out)
{
    const struct span members[] = {span_of(w->model->id), w->wifi.ssid, w->wifi.password, w->name,
                                   w->format == PROV_FULL ? SPAN_LIT("full") : SPAN_LIT("compact")};
    struct buf all;
    buf_init(&all, HTTP_JSON_MAX);
    (void)buf_reserve(&all, 1024); /* no password is left behind by its growing */
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        buf_put(&all, &members[i].len, sizeof members[i].len);
        buf_put(&all, members[i].p, members[i].len);
    }
    enum err err = buf_err(&all);
    if (!err)
        *out = token_keys_mac(api->keys, "idempotency", buf_span(&all));
    buf_wipe(&all);
    return err;
}

static enum err fill_camera(const struct http_exchange *x, const struct api *api, struct draft *d)
{
    struct camera *c = &d->camera;
    const struct wish *w = &d->wish;
    int64_t now_ms = clock_wall_ms(api->clock);
    *c = (struct camera){.owner_id = http_who(x)->user_id,
                         .state = CAMERA_PENDING,
                         .token = secret_hash_of(span_of(d->secrets.token)),
                         .claim = secret_hash_of(span_of(d->secrets.claim)),
                         .created_ms = now_ms,
                         .token_expires_ms = now_ms + api->conf->onboard_ttl_s * 1000};
    rand_id(c->id.s);
    bool fits = span_copy(w->name, c->device_name, sizeof c->device_name) &&
                span_copy(w->wifi.ssid, c->wifi_ssid, sizeof c->wifi_ssid) &&
                span_copy(span_of(w->model->id), c->camera_model, sizeof c->camera_model) &&
                span_copy(span_of(w->model->id), c->asked_model, sizeof c->asked_model) &&
                span_copy(span_of(w->again), c->idempotency_key, sizeof c->idempotency_key);
    if (!fits)
        return ERR_INVALID;
    return w->again ? hash_body(api, w, &c->idempotency_body) : ERR_OK;
}

static enum err write_answer(struct http_exchange *x, const struct draft *d)
{
    struct json_out o = http_reply_json(x);
    http_status(x, 201);
    json_out_object(&o, NULL);
    json_out_bool(&o, "success", true);
    json_out_string(&o, "message", "Show the code to the camera.");
    json_out_string(&o, "device_id", d->camera.id.s);
    json_out_string(&o, "device_token", d->secrets.token);
    json_out_string(&o, "status", "pending");
    json_out_time(&o, "expires_at", d->camera.token_expires_ms);
    enum err err = onboarding_code_members(&o, &d->code, d->secrets.token);
    json_out_end_object(&o);
    return err ? err : buf_err(o.buf);
}

/* The onboarding of the same Idempotency-Key goes on with the draft's secrets, under its own id. */
static enum err repeat(const struct api *api, struct draft *d)
{
    struct camera before;
    enum err err = api->store->camera_repeat(api->store, &d->camera, &before);
    if (err)
        return err;
    d->camera.id = before.id;
    qr_vault_drop(api->vault, &before.token);
    progress_changed(api->progress, &before.id);
    return ERR_OK;
}

static enum err create_or_repeat(const struct api *api, struct draft *d)
{
    enum err err = d->wish.again ? repeat(api, d) : ERR_NOT_FOUND;
    if (err != ERR_NOT_FOUND)
        return err;
    err = api->store->camera_create(api->store, &d->camera);
    /* The same call, made twice at once. */
    return err == ERR_CONFLICT && d->wish.again ? repeat(api, d) : err;
}

static enum err keep(const struct api *api, struct draft *d)
{
    struct camera *c = &d->camera;
    struct span text = {d->code.text, d->code.len};
    enum err err = qr_vault_put(api->vault, &c->token, text, c->token_expires_ms);
    if (err)
        return err;
    err = create_or_repeat(api, d);
    if (err)
        qr_vault_drop(api->vault, &c->token);
    return err;
}

/* The answer first: what fails there has changed nothing yet. Only one that is a repeat, and so may be
 * repeated, has to be written again, with the id it turned out to have. */
static enum err onboard(struct http_exchange *x, const struct api *api, struct draft *d)
{
    enum err err = write_answer(x, d);
    const struct id made = d->camera.id;
    err = err ? err : keep(api, d);
    if (!err && !id_eq(&made, &d->camera.id))
        err = write_answer(x, d);
    return err;
}

enum http_next api_onboard(struct http_exchange *x, void *app)
{
    struct api *api = app;
    struct draft d = {0};
    enum http_next next = HTTP_DONE;
    if (!read_wish(x, &d.wish))
        return HTTP_DONE;
    onboard_make_secrets(&d.secrets);
    enum err err = write_code(x, api, &d);
    if (err) {
        next = onboarding_code_problem(x, err);
        goto out;
    }
    err = fill_camera(x, api, &d);
    err = err ? err : onboard(x, api, &d);
    if (err)
        next = http_problem(x, err, NULL);
    else
        log_event(LOG_INFO, "camera.onboarding", "device=%s owner=%s model=%s", d.camera.id.s,
                  d.camera.owner_id.s, d.camera.camera_model);
out:
    mem_wipe(&d, sizeof d);
    return next;
}

enum http_next api_onboard_cancel(struct http_exchange *x, void *app)
{
    struct api *api = app;
    struct secret_hash hash;
    struct camera c;
    enum err err = ERR_NOT_FOUND;
    if (onboard_hash(http_param(x, 0), &hash))
        err = api->store->camera_cancel(api->store, &http_who(x)->user_id, &hash, &c);
    if (err)
        return http_problem(x, err, NULL);
    qr_vault_drop(api->vault, &c.token);
    progress_changed(api->progress, &c.id);
    http_status(x, 204);
    return HTTP_DONE;
}
