#include "relay/register.h"

#include "provisioning/token.h"
#include "relay/camera.h"
#include "relay/channel.h"
#include "relay/dialect.h"
#include "relay/text.h"

static void say_registered(struct conn *c, const struct json *doc)
{
    bool user = conn_is_user(c);
    struct span uid = doc ? json_get_string(doc, "uid") : (struct span){0};
    struct text t;
    text_begin(&t, "registered");
    text_id(&t, doc);
    json_out_string(&t.out, "role", user ? "user" : "device");
    json_out_string(&t.out, user ? "user_id" : "device_id", user ? c->grant.user_id.s : c->grant.device_id.s);
    if (uid.p && uid.len <= CONN_ID_MAX)
        json_out_span(&t.out, "uid", uid);
    json_out_string(&t.out, "session", c->session);
    json_out_int(&t.out, "heartbeat_s", (c->hub->config.ping_after_ms + 999) / 1000);
    json_out_time(&t.out, "server_time", hub_wall_us(c->hub) / 1000);
    text_say(&t, c);
}

void register_granted(struct conn *c, const struct json *doc)
{
    if (ended_since(&c->hub->ended, &c->grant, NULL)) {
        conn_close(c, CONN_CLOSE_RESTART); /* perhaps; it will hear for certain when it asks again */
        return;
    }
    if (conn_is_user(c)) {
        c->counted = true;
        figures_add(&c->hub->stats.users, 1);
        say_registered(c, doc);
        if (c->dialect)
            dialect_granted(c);
    } else if (!camera_begin(c, doc)) {
        conn_close(c, CONN_CLOSE_INTERNAL);
    } else {
        say_registered(c, doc);
        channel_needs_changed(channel_find(c->hub, &c->grant.device_id));
    }
    conn_reckon(c);
}

/* ---- register ---- */

struct credential {
    struct span token, device_key, role;
};

static bool read_credential(const struct json *doc, struct credential *r)
{
    *r = (struct credential){0};
    const struct json_field fields[] = {
        {.name = "token", .kind = JSON_KIND_STRING, .optional = true, .max = 8192, .out = &r->token},
        {.name = "device_key", .kind = JSON_KIND_STRING, .optional = true, .max = 256, .out = &r->device_key},
        {.name = "role", .kind = JSON_KIND_STRING, .optional = true, .max = 16, .out = &r->role},
    };
    if (json_read(doc, fields, sizeof fields / sizeof *fields, NULL, 0))
        return false;
    if (r->role.p && span_is(r->role, "user"))
        return !r->device_key.p;
    return !r->role.p || span_is(r->role, "device");
}

static void refuse(struct conn *c, const struct json *doc)
{
    figures_add(&c->hub->stats.auth_failed, 1);
    text_error(c, "unauthenticated", doc, NULL);
    conn_close(c, CONN_CLOSE_CREDENTIAL);
}

static void ask(struct conn *c, enum question_kind kind, const struct credential *r, struct json *doc)
{
    const struct relay_hooks *hooks = &c->hub->hooks;
    bool device = r->device_key.p != NULL;
    struct relay_ref ref = conn_ask(c, kind, NULL, doc);
    hooks->authenticate(hooks->ask_arg, ref, device ? RELAY_DEVICE_KEY : RELAY_JWT,
                        device ? r->device_key : r->token);
    if (doc) {
        json_del(doc, "device_key");
        json_del(doc, "token");
    }
}

static bool in_register_time(const struct conn *c)
{
    return hub_now_us(c->hub) <= conn_register_until_us(c);
}

/* Whether a credential in a device's later register is its own; another one would be somebody else. */
static bool is_own_credential(const struct conn *c, const struct credential *r)
{
    char id[PROV_ID_LEN + 1];
    if (r->token.p || (r->role.p && !span_is(r->role, "device")))
        return false;
    return !r->device_key.p || (prov_device_key_parse(r->device_key.p, r->device_key.len, id) &&
                                span_is(span_of(id), c->grant.device_id.s));
}

static void describe_again(struct conn *c, const struct json *doc)
{
    struct credential r;
    bool changed;
    if (!read_credential(doc, &r) || !camera_description_ok(doc)) {
        text_error(c, "invalid", doc, NULL);
    } else if (!is_own_credential(c, &r)) {
        text_error(c, "conflict", doc, NULL);
    } else {
        (void)camera_describe(c, doc, &changed);
        if (changed) /* told once: it is a write to the store */
            camera_announce(c);
        say_registered(c, doc);
    }
}

void register_token(struct conn *c, struct span token)
{
    ask(c, ASK_REGISTER, &(struct credential){.token = token}, NULL);
}

bool register_message(struct conn *c, struct json *doc)
{
    struct credential r;
    bool first = !c->spoke;
    if (c->grant.role == RELAY_DEVICE) {
        describe_again(c, doc);
        return false;
    }
    if (!read_credential(doc, &r) || !camera_description_ok(doc)) {
        text_error(c, "invalid", doc, NULL);
        return false;
    }
    if (c->grant.role == RELAY_NOBODY) {
        bool wants_device = r.role.p && span_is(r.role, "device");
        if (!r.device_key.p && (!r.token.p || wants_device)) {
            refuse(c, doc);
            return false;
        }
        ask(c, ASK_REGISTER, &r, doc);
        return true;
    }
    if (r.device_key.p) { /* a browser with a cookie becomes a camera */
        if (!c->grant.by_cookie || !first || !in_register_time(c)) {
            text_error(c, "conflict", doc, NULL);
            return false;
        }
        ask(c, ASK_REGISTER, &r, doc);
        return true;
    }
    if (!r.token.p) {
        say_registered(c, doc);
        return false;
    }
    ask(c, ASK_RENEW, &r, doc);
    return true;
}

void register_answer(struct conn *c, enum err err, const struct relay_grant *grant, struct json *doc)
{
    if (err == ERR_UNAUTHENTICATED || err == ERR_TOKEN_STALE || (!err && grant->role == RELAY_NOBODY)) {
        refuse(c, doc);
        return;
    }
    const struct relay_hooks *hooks = &c->hub->hooks;
    if (!err && c->place)
        err = hooks->sign_in(hooks->ask_arg, c->place, grant);
    if (err) { /* nothing is wrong with the credential: try again */
        text_refusal(c, err, doc, NULL);
        conn_close(c, err == ERR_RATE_LIMITED ? CONN_CLOSE_TOO_FAST : CONN_CLOSE_RESTART);
        return;
    }
    if (c->counted)
        figures_add(&c->hub->stats.users, -1);
    c->counted = false;
    c->grant = *grant;
    c->grant.by_cookie = false;
    register_granted(c, doc);
}

/* ---- auth: the session goes on with a newer token ---- */

bool register_auth(struct conn *c, struct json *doc)
{
    struct credential r;
    if (!read_credential(doc, &r) || !r.token.p) {
        text_error(c, "invalid", doc, NULL);
        return false;
    }
    r.device_key = (struct span){0};
    ask(c, ASK_RENEW, &r, doc);
    return true;
}

void register_renewed(struct conn *c, enum err err, const struct relay_grant *grant, struct json *doc)
{
    if (!err && ended_since(&c->hub->ended, grant, NULL))
        err = ERR_UNAUTHENTICATED;
    if (!err && (grant->role != RELAY_USER || !id_eq(&grant->user_id, &c->grant.user_id)))
        err = ERR_FORBIDDEN;
    if (err) {
        text_refusal(c, err, doc, NULL); /* the socket lives on by the credential it has */
        return;
    }
    c->grant.session_id = grant->session_id;
    c->grant.expires_ms = grant->expires_ms;
    conn_reckon(c);
    if (span_is(json_get_string(doc, "type"), "register")) {
        say_registered(c, doc);
        return;
    }
    struct text t;
    text_begin(&t, "auth_ok");
    text_id(&t, doc);
    json_out_time(&t.out, "expires_at", c->grant.expires_ms);
    text_say(&t, c);
}
