/* POST /api/register, GET /api/me. */
#include "accounts/account.h"

#include <inttypes.h>
#include <stdio.h>

#include "auth/password.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/rand.h"
#include "http/api/grant.h"
#include "http/api/handlers.h"

/* Fills names of u; false: the reply holds the problem. */
static bool read_account(struct http_exchange *x, const struct api *api, struct user *u,
                         struct span *password)
{
    struct span email, username;
    bool named = false;
    struct json_fault faults[3];
    size_t n = 0;
    const struct json_field fields[] = {
        {.name = "email", .kind = JSON_KIND_STRING, .out = &email},
        {.name = "password", .kind = JSON_KIND_STRING, .out = password},
        {.name = "username", .kind = JSON_KIND_STRING, .optional = true, .out = &username, .present = &named},
    };
    if (!http_read(x, fields, sizeof fields / sizeof fields[0]))
        return false;
    if (account_email(email, u->email))
        faults[n++] = (struct json_fault){"email", "must be an e-mail address of 3 to 254 bytes"};
    if (!account_password_fits(*password, api->conf->password_min)) {
        faults[n] = (struct json_fault){.field = "password"};
        (void)snprintf(faults[n].message, sizeof faults[n].message, "must be %" PRId64 " to %d bytes long",
                       api->conf->password_min, (int)ACCOUNT_PASSWORD_MAX);
        n++;
    }
    if (named && account_username(username, u->username))
        faults[n++] = (struct json_fault){"username", "must be 3 to 32 of a-z 0-9 . _ -"};
    if (n)
        (void)http_invalid_fields(x, faults, n);
    return n == 0;
}

enum http_next api_register(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    struct user u = {.is_active = true, .created_ms = clock_wall_ms(api->clock)};
    struct span password;
    struct id session;
    char refresh[SECRET_SESSION_TEXT] = "";
    if (!api->conf->registration_open)
        return http_problem(x, ERR_REGISTRATION_CLOSED, NULL);
    if (!read_account(x, api, &u, &password))
        return HTTP_DONE;
    rand_id(u.id.s);
    enum err e = password_hash(password, u.password_hash);
    if (!e)
        e = api->store->user_create(api->store, &u);
    if (!e)
        log_event(LOG_INFO, "accounts.registered", "user=%s address=%s", u.id.s, http_address(x));
    if (!e)
        e = grant_open(x, api, &u, http_same_origin(x), &session, refresh);
    if (!e)
        e = grant_tell(x, api, &u, &session, refresh);
    mem_wipe(&u, sizeof u);
    mem_wipe(refresh, sizeof refresh);
    if (e)
        return http_problem(x, e, NULL);
    http_status(x, 201);
    return HTTP_DONE;
}

enum http_next api_me(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    const struct principal *who = http_who(x);
    struct user u;
    enum err e = api->store->user_get(api->store, &who->user_id, &u);
    if (e)
        return http_problem(x, e == ERR_NOT_FOUND ? ERR_UNAUTHENTICATED : e, NULL);
    if (who->by_cookie) /* the page asks this first: so the cookie slides with the session it carries */
        grant_set_cookie(x, api, http_cookie(x, "session"));
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_string(&o, "user_id", u.id.s);
    json_out_string_or_null(&o, "email", u.email);
    json_out_string_or_null(&o, "username", u.username);
    json_out_bool(&o, "is_admin", u.is_admin);
    json_out_time(&o, "created_at", u.created_ms);
    json_out_end_object(&o);
    mem_wipe(u.password_hash, sizeof u.password_hash);
    return HTTP_DONE;
}
