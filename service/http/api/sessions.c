/* POST /api/login, /api/token/refresh, /api/logout. */
#include "accounts/session.h"

#include "core/log.h"
#include "core/mem.h"
#include "http/api/grant.h"
#include "http/api/handlers.h"
#include "http/api/sign_in.h"

/* ---- login ---- */

/* The OAuth2 password form (RFC 6749 §4.3.2); what else it holds (grant_type, scope) does not matter. */
static bool read_form(struct http_exchange *x, struct sign_in *s)
{
    struct json_fault faults[2];
    size_t n = 0;
    s->name = http_form(x, "username");
    s->password = http_form(x, "password");
    if (!s->name.len)
        faults[n++] = (struct json_fault){"username", "is required"};
    if (!s->password.len)
        faults[n++] = (struct json_fault){"password", "is required"};
    if (n)
        (void)http_invalid_fields(x, faults, n);
    return n == 0;
}

static bool read_json(struct http_exchange *x, struct sign_in *s)
{
    struct span username = {NULL, 0};
    const struct json_field fields[] = {
        {.name = "email", .kind = JSON_KIND_STRING, .optional = true, .out = &s->name},
        {.name = "username", .kind = JSON_KIND_STRING, .optional = true, .out = &username},
        {.name = "password", .kind = JSON_KIND_STRING, .out = &s->password},
    };
    if (!http_read(x, fields, sizeof fields / sizeof fields[0]))
        return false;
    if (!s->name.p)
        s->name = username;
    if (!s->name.p)
        (void)http_invalid(x, "email", "is required, or username");
    return s->name.p != NULL;
}

enum http_next api_login(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    struct sign_in s = {.address = http_address(x)};
    struct user u;
    struct id session;
    char refresh[SECRET_SESSION_TEXT] = "";
    uint32_t retry_after_s = 1;
    if (!(http_is_form(x) ? read_form(x, &s) : read_json(x, &s)))
        return HTTP_DONE;
    enum err e = sign_in_check(api, &s, &u, &retry_after_s);
    if (e == ERR_RATE_LIMITED)
        return http_rate_limited(x, retry_after_s);
    if (!e)
        e = grant_open(x, api, &u, http_same_origin(x), &session, refresh);
    if (!e)
        e = grant_tell(x, api, &u, &session, refresh);
    mem_wipe(refresh, sizeof refresh);
    return e ? http_problem(x, e, NULL) : HTTP_DONE;
}

/* ---- refresh ---- */

/* Spends the token; *s and *u are whose it was. */
static enum err spend(const struct api *api, struct span token, struct session *s, struct user *u,
                      char next[SECRET_SESSION_TEXT])
{
    struct store *store = api->store;
    int64_t now_ms = clock_wall_ms(api->clock);
    struct id id;
    struct secret_hash presented, next_hash;
    if (!session_refresh_is_ours(api->keys, token, &id, &presented))
        return ERR_UNAUTHENTICATED;
    enum err e = store->session_get(store, &id, now_ms, s);
    if (!e)
        e = store->user_get(store, &s->user_id, u);
    if (!e && !u->is_active)
        e = ERR_UNAUTHENTICATED;
    if (e)
        return e == ERR_NOT_FOUND ? ERR_UNAUTHENTICATED : e;
    session_next_refresh(api->keys, &id, next, &next_hash);
    e = store->session_rotate(store, &id, &presented, &next_hash, now_ms, SESSION_GRACE_MS,
                              now_ms + api->conf->refresh_ttl_s * 1000);
    if (e == ERR_UNAUTHENTICATED) { /* a token spent before: one of the two who hold it stole it */
        log_event(LOG_WARN, "accounts.refresh_reused", "user=%s session=%s", u->id.s, id.s);
        api->relay.session_ended(api->relay.arg, &u->id, &id);
    }
    return e == ERR_NOT_FOUND ? ERR_UNAUTHENTICATED : e;
}

enum http_next api_token_refresh(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    struct span token;
    struct session s;
    struct user u = {.is_active = false};
    char next[SECRET_SESSION_TEXT] = "";
    const struct json_field fields[] = {
        {.name = "refresh_token", .kind = JSON_KIND_STRING, .out = &token},
    };
    if (!http_read(x, fields, 1))
        return HTTP_DONE;
    enum err e = spend(api, token, &s, &u, next);
    if (!e)
        e = grant_tell(x, api, &u, &s.id, next);
    mem_wipe(u.password_hash, sizeof u.password_hash);
    mem_wipe(next, sizeof next);
    return e ? http_problem(x, e, NULL) : HTTP_DONE;
}

/* ---- logout ---- */

enum http_next api_logout(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    const struct principal *who = http_who(x);
    enum err e = api->store->session_delete(api->store, &who->user_id, &who->session_id);
    if (e && e != ERR_NOT_FOUND) /* gone already: also good */
        return http_problem(x, e, NULL);
    api->relay.session_ended(api->relay.arg, &who->user_id, &who->session_id);
    if (who->by_cookie)
        grant_set_cookie(x, api, (struct span){NULL, 0});
    http_status(x, 204);
    return HTTP_DONE;
}
