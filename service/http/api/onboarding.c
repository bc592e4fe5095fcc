/* GET /api/camera/models, POST and DELETE /api/camera/onboard. */
#include "http/api/onboarding.h"

#include "cameras/lan_address.h"
#include "cameras/models.h"
#include "cameras/progress.h"
#include "cameras/qr_vault.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/rand.h"
#include "http/api/handlers.h"

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

enum err onboarding_find(const struct api *api, struct span secret, struct secret_hash *hash,
                         struct camera *out)
{
    struct camera c;
    if (!onboard_hash(secret, hash))
        return ERR_NOT_FOUND;
    enum err err = api->store->camera_by_token(api->store, hash, &c);
    if (!err && onboard_is_forgotten(&c, clock_wall_ms(api->clock)))
        err = ERR_NOT_FOUND;
    if (!err)
        *out = c;
    return err;
}

/* ---- a new onboarding ---- */

/* What the owner asks for. Spans point into the request. */
struct wish {
    struct span ssid, password, name;
    const struct camera_model *model;
    enum prov_format format;
};

/* An onboarding on its way: secrets in it are wiped at the end. */
struct draft {
    struct wish wish;
    bool loopback;
    struct onboard_secrets secrets;
    struct prov_credentials credentials;
    char text[PROV_TEXT_MAX + 1];
    size_t text_len;
    struct camera camera;
};

static bool read_wish(struct http_exchange *x, struct wish *w)
{
    struct span model, format = {NULL, 0};
    struct json_fault faults[2];
    size_t n = 0;
    *w = (struct wish){.name = SPAN_LIT("My Camera")};
    const struct json_field fields[] = {
        {.name = "camera_model", .kind = JSON_KIND_STRING, .out = &model},
        {.name = "wifi_ssid", .kind = JSON_KIND_STRING, .min = 1, .max = PROV_SSID_MAX, .out = &w->ssid},
        {.name = "wifi_password",
         .kind = JSON_KIND_STRING,
         .max = PROV_PASSWORD_MAX,
         .allow_empty = true,
         .out = &w->password},
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
    if (n)
        (void)http_invalid_fields(x, faults, n);
    return n == 0;
}

/* Fills credentials and text. */
static enum err write_text(const struct http_exchange *x, const struct api *api, struct draft *d)
{
    struct prov_credentials *c = &d->credentials;
    const char *token = d->wish.format == PROV_FULL ? d->secrets.token : d->secrets.claim;
    struct buf base;
    buf_init(&base, 512);
    http_base_url(x, &base);
    enum err err = buf_err(&base);
    if (!err)
        err = onboard_server_url(api->conf->public_url, buf_span(&base), lan_address_find, c->server_url,
                                 &d->loopback);
    buf_fini(&base);
    if (err)
        return err;
    bool fits = span_copy(d->wish.ssid, c->ssid, sizeof c->ssid) &&
                span_copy(d->wish.password, c->password, sizeof c->password) &&
                span_copy(span_of(token), c->token, sizeof c->token) &&
                span_copy(span_of(http_who(x)->user_id.s), c->user_id, sizeof c->user_id) &&
                span_copy(span_of(d->wish.model->id), c->camera_model, sizeof c->camera_model);
    c->ssid_len = d->wish.ssid.len;
    c->password_len = d->wish.password.len;
    if (!fits || prov_payload_encode(c, d->wish.format, d->text, sizeof d->text, &d->text_len))
        return ERR_INVALID;
    return onboard_parts((struct span){d->text, d->text_len}) ? ERR_OK : ERR_TOO_LARGE;
}

static enum err fill_camera(const struct http_exchange *x, const struct api *api, struct draft *d)
{
    struct camera *c = &d->camera;
    int64_t now_ms = clock_wall_ms(api->clock);
    *c = (struct camera){.owner_id = http_who(x)->user_id,
                         .state = CAMERA_PENDING,
                         .token = secret_hash_of(span_of(d->secrets.token)),
                         .claim = secret_hash_of(span_of(d->secrets.claim)),
                         .created_ms = now_ms,
                         .token_expires_ms = now_ms + api->conf->onboard_ttl_s * 1000};
    rand_id(c->id.s);
    bool fits = span_copy(d->wish.name, c->device_name, sizeof c->device_name) &&
                span_copy(d->wish.ssid, c->wifi_ssid, sizeof c->wifi_ssid) &&
                span_copy(span_of(d->wish.model->id), c->camera_model, sizeof c->camera_model) &&
                span_copy(span_of(d->wish.model->id), c->asked_model, sizeof c->asked_model);
    return fits ? ERR_OK : ERR_INVALID;
}

static void write_warning(struct json_out *o, const char *code, const char *message)
{
    json_out_object(o, NULL);
    json_out_string(o, "code", code);
    json_out_string(o, "message", message);
    json_out_end_object(o);
}

static void write_warnings(struct json_out *o, const struct draft *d)
{
    json_out_array(o, "warnings");
    if (!prov_password_is_wpa(d->wish.password.p, d->wish.password.len))
        write_warning(o, "wifi_password_not_wpa",
                      "A WPA password has 8 to 63 characters, or 64 hexadecimal digits. Is this one right?");
    if (d->loopback)
        write_warning(
            o, "loopback_server_url",
            "You reached this service by a name that only works on its own machine; the code names "
            "its address on the local network instead. Set PUBLIC_URL if cameras cannot reach that.");
    json_out_end_array(o);
}

static enum err write_answer(struct http_exchange *x, const struct draft *d)
{
    const struct prov_credentials *c = &d->credentials;
    struct json_out o = http_reply_json(x);
    http_status(x, 201);
    json_out_object(&o, NULL);
    json_out_bool(&o, "success", true);
    json_out_string(&o, "message", "Show the code to the camera.");
    json_out_string(&o, "device_id", d->camera.id.s);
    json_out_string(&o, "device_token", d->secrets.token);
    enum err err = onboarding_qr_members(&o, (struct span){d->text, d->text_len});
    if (err)
        return err;
    json_out_object(&o, "qr_data");
    json_out_string(&o, "wifi_ssid", c->ssid);
    json_out_string(&o, "wifi_password", c->password);
    json_out_string(&o, "server_url", c->server_url);
    json_out_string(&o, "device_token", d->secrets.token);
    json_out_string(&o, "user_id", c->user_id);
    json_out_string(&o, "camera_model", c->camera_model);
    json_out_end_object(&o);
    json_out_string(&o, "status", "pending");
    json_out_time(&o, "expires_at", d->camera.token_expires_ms);
    write_warnings(&o, d);
    json_out_end_object(&o);
    return buf_err(o.buf);
}

static enum err keep(const struct api *api, const struct draft *d)
{
    const struct camera *c = &d->camera;
    enum err err = qr_vault_put(api->vault, &c->id, (struct span){d->text, d->text_len}, c->token_expires_ms);
    if (err)
        return err;
    err = api->store->camera_create(api->store, c);
    if (err)
        qr_vault_drop(api->vault, &c->id);
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
    enum err err = write_text(x, api, &d);
    if (err == ERR_TOO_LARGE || err == ERR_INVALID) {
        next = http_problem(x, ERR_INVALID,
                            "These credentials and this server address do not fit into a QR code.");
        goto out;
    }
    err = err ? err : fill_camera(x, api, &d);
    /* The answer first: what fails here has changed nothing yet. */
    err = err ? err : write_answer(x, &d);
    err = err ? err : keep(api, &d);
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
    struct id device;
    if (!onboard_hash(http_param(x, 0), &hash))
        return http_problem(x, ERR_NOT_FOUND, NULL);
    enum err err = api->store->camera_cancel(api->store, &http_who(x)->user_id, &hash, &device);
    if (err)
        return http_problem(x, err, NULL);
    qr_vault_drop(api->vault, &device);
    progress_changed(api->progress, &device);
    http_status(x, 204);
    return HTTP_DONE;
}
