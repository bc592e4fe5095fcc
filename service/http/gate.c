#include "http/gate.h"

#include "auth/secret.h"
#include "auth/token.h"
#include "core/mem.h"
#include "http/cors.h"
#include "http/request.h"
#include "http/view.h"

enum { TOUCH_EVERY_MS = 60000 };

static enum err read_bearer(const struct http_server *s, struct span token, struct http_credential *out)
{
    struct token_claims claims;
    enum err e = token_verify(s->config.keys, token, clock_wall_ms(s->config.clock), &claims);
    if (!e)
        *out = (struct http_credential){
            .user_id = claims.user_id, .session_id = claims.session_id, .expires_ms = claims.expires_ms};
    return e;
}

static enum err read_cookie(struct span cookie, struct http_credential *out)
{
    struct http_credential c = {.kind = CREDENTIAL_COOKIE};
    if (!secret_session_parse(cookie, &c.session_id, &c.secret))
        return ERR_UNAUTHENTICATED;
    *out = c;
    return ERR_OK;
}

struct touch {
    struct store *store;
    struct id session_id;
    int64_t now_ms, expires_ms;
};

static void touch(void *arg)
{
    struct touch *t = arg;
    (void)t->store->session_touch(t->store, &t->session_id, t->now_ms,
                                  t->expires_ms); /* the next use tries again */
    mem_free(t);
}

/* "Last used" and a cookie's sliding end, at most once a minute (more often when sessions are short); a full
 * pool or no memory: the next use does it. */
static void touch_later(const struct http_server *s, const struct session *session, bool slide,
                        int64_t now_ms)
{
    int64_t ttl_ms = s->config.conf->refresh_ttl_s * 1000;
    if (now_ms - session->last_used_ms < (ttl_ms / 4 < TOUCH_EVERY_MS ? ttl_ms / 4 : TOUCH_EVERY_MS))
        return;
    struct touch *t = mem_alloc(sizeof *t);
    if (!t)
        return;
    *t = (struct touch){.store = s->config.store,
                        .session_id = session->id,
                        .now_ms = now_ms,
                        .expires_ms = slide ? now_ms + ttl_ms : session->expires_ms};
    if (jobs_submit(s->config.jobs, touch, t))
        mem_free(t);
}

static enum err check(const struct http_server *s, const struct http_credential *c, struct principal *out)
{
    struct session session;
    int64_t now_ms = clock_wall_ms(s->config.clock);
    enum err e = s->config.store->session_get(s->config.store, &c->session_id, now_ms, &session);
    if (e == ERR_NOT_FOUND)
        return ERR_UNAUTHENTICATED;
    if (e)
        return e;
    bool by_cookie = c->kind == CREDENTIAL_COOKIE;
    bool good = by_cookie
                    ? !secret_hash_is_none(&session.cookie) && secret_hash_eq(&session.cookie, &c->secret)
                    : id_eq(&session.user_id, &c->user_id);
    if (!good)
        return ERR_UNAUTHENTICATED;
    touch_later(s, &session, by_cookie, now_ms);
    bool ends_first = !c->expires_ms || session.expires_ms < c->expires_ms;
    *out = (struct principal){.is_user = true,
                              .by_cookie = by_cookie,
                              .user_id = session.user_id,
                              .session_id = session.id,
                              .expires_ms = ends_first ? session.expires_ms : c->expires_ms};
    return ERR_OK;
}

enum err http_gate_bearer(const struct http_server *s, struct span token, struct principal *out)
{
    struct http_credential c;
    enum err e = read_bearer(s, token, &c);
    return e ? e : check(s, &c, out);
}

enum err http_gate_cookie(const struct http_server *s, struct span cookie, struct principal *out)
{
    struct http_credential c;
    enum err e = read_cookie(cookie, &c);
    return e ? e : check(s, &c, out);
}

/* Under "*" a foreign page's cookies do not count. */
static bool cookie_counts(const struct http_exchange *x)
{
    return !request_is_cross_origin(x) ||
           cors_judge(x->server->config.conf->cors_origins, http_header(x, "Origin")) != CORS_ANY;
}

enum err gate_read(struct http_exchange *x)
{
    const char *bearer = request_authorization(x, "Bearer");
    if (bearer)
        return read_bearer(x->server, span_of(bearer), &x->credential);
    if (view_offered(x))
        return view_read(x);
    struct span cookie = http_cookie(x, "session");
    if (!cookie.p || !cookie_counts(x))
        return ERR_UNAUTHENTICATED;
    if (x->method != HTTP_GET && !http_same_origin(x))
        return ERR_FORBIDDEN;
    return read_cookie(cookie, &x->credential);
}

enum err gate_check(struct http_exchange *x)
{
    bool narrow = x->credential.kind == CREDENTIAL_TICKET || x->credential.kind == CREDENTIAL_BASIC;
    return narrow ? view_check(x) : check(x->server, &x->credential, &x->who);
}

enum err http_identify(struct http_exchange *x)
{
    enum err e = gate_read(x);
    return e ? e : gate_check(x);
}
