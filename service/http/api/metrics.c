/* GET /metrics: for admins, or METRICS_TOKEN as bearer. */
#include <strings.h>

#include "core/mem.h"
#include "http/api/api.h"
#include "http/api/handlers.h"

static bool has_token(const struct http_exchange *x, const struct conf *c)
{
    static const char word[] = "Bearer ";
    const char *authorization = http_header(x, "Authorization");
    if (!c->metrics_token || !*c->metrics_token || !authorization ||
        strncasecmp(authorization, word, sizeof word - 1) != 0)
        return false;
    struct span said = span_of(authorization + sizeof word - 1), token = span_of(c->metrics_token);
    return said.len == token.len && mem_equal_secret(said.p, token.p, token.len);
}

static enum err check_admin(struct http_exchange *x, const struct api *api)
{
    struct user u;
    enum err e = http_identify(x);
    e = e ? e : api->store->user_get(api->store, &http_who(x)->user_id, &u);
    if (e)
        return e == ERR_NOT_FOUND ? ERR_UNAUTHENTICATED : e;
    mem_wipe(u.password_hash, sizeof u.password_hash);
    return u.is_admin && u.is_active ? ERR_OK : ERR_FORBIDDEN;
}

enum http_next api_metrics(struct http_exchange *x, void *app)
{
    const struct api *api = app;
    enum { METRICS_BYTES = 256 * 1024 };
    enum err e = has_token(x, api->conf) ? ERR_OK : check_admin(x, api);
    if (e)
        return http_problem(x, e, NULL);
    struct buf text;
    buf_init(&text, METRICS_BYTES);
    api->write_metrics(api->write_metrics_arg, &text);
    if (buf_err(&text))
        (void)http_problem(x, buf_err(&text), NULL);
    else
        http_reply_bytes(x, "text/plain; version=0.0.4; charset=utf-8", buf_span(&text));
    buf_fini(&text);
    return HTTP_DONE;
}
