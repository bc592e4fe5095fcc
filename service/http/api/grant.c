#include "http/api/grant.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/mem.h"

enum { ACCESS_TOKEN_MAX = 4096 };

void grant_set_cookie(struct http_exchange *x, const struct api *api, struct span value)
{
    char text[256];
    (void)snprintf(text, sizeof text,
                   "session=%.*s; Path=/; Max-Age=%" PRId64 "; HttpOnly; SameSite=Strict%s", (int)value.len,
                   value.len ? value.p : "", value.len ? api->conf->refresh_ttl_s : 0,
                   http_is_https(x) ? "; Secure" : "");
    http_add_header(x, "Set-Cookie", text);
    mem_wipe(text, sizeof text);
}

enum err grant_open(struct http_exchange *x, const struct api *api, const struct user *u, bool cookie,
                    struct id *session, char refresh[SECRET_SESSION_TEXT])
{
    const struct session_start start = {.keys = api->keys,
                                        .user_id = u->id,
                                        .now_ms = clock_wall_ms(api->clock),
                                        .ttl_s = api->conf->refresh_ttl_s,
                                        .user_agent = http_header(x, "User-Agent"),
                                        .address = http_address(x),
                                        .with_cookie = cookie};
    struct session record;
    struct session_secrets secrets;
    session_begin(&start, &record, &secrets);
    enum err e = api->store->session_create(api->store, &record);
    if (!e) {
        *session = record.id;
        if (refresh)
            memcpy(refresh, secrets.refresh, sizeof secrets.refresh);
        if (cookie)
            grant_set_cookie(x, api, span_of(secrets.cookie));
    }
    mem_wipe(&secrets, sizeof secrets);
    return e;
}

enum err grant_tell(struct http_exchange *x, const struct api *api, const struct user *u,
                    const struct id *session, const char *refresh)
{
    struct token_claims claims =
        session_claims(u, session, clock_wall_ms(api->clock), api->conf->access_ttl_s);
    struct buf token;
    buf_init(&token, ACCESS_TOKEN_MAX);
    enum err e = token_sign(api->keys, &claims, &token);
    if (!e) {
        struct json_out o = http_reply_json(x);
        json_out_object(&o, NULL);
        json_out_string(&o, "user_id", u->id.s);
        json_out_string_or_null(&o, "email", u->email);
        json_out_string(&o, "access_token", buf_str(&token));
        json_out_string(&o, "token_type", "bearer");
        json_out_int(&o, "expires_in", api->conf->access_ttl_s);
        json_out_string(&o, "refresh_token", refresh);
        json_out_end_object(&o);
        e = buf_err(o.buf);
    }
    buf_wipe(&token);
    return e;
}
