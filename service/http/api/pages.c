/* GET /, the assets and the paths of the app's own router: the web app. And what /ws is to a plain request.
 */
#include "web/web.h"

#include <stdlib.h>

#include "http/api/api.h"
#include "http/api/handlers.h"

static bool wants_html(const struct http_exchange *x)
{
    const char *accept = http_header(x, "Accept");
    return accept && strcasestr(accept, "text/html");
}

/* Whether Accept-Encoding names gzip with a weight over 0 (RFC 9110 §12.5.3). */
static bool takes_gzip(const struct http_exchange *x)
{
    const char *accept = http_header(x, "Accept-Encoding");
    const char *gzip = accept ? strcasestr(accept, "gzip") : NULL;
    if (!gzip)
        return false;
    const char *weight = gzip + 4 + strspn(gzip + 4, " \t;");
    return strncasecmp(weight, "q=", 2) != 0 || strtod(weight + 2, NULL) > 0;
}

/* RFC 9110 §13.1.2: any tag of the list, weakly compared. Ours hold no quote and no comma inside their
 * quotes. */
static bool has_it_already(const struct http_exchange *x, const struct web_file *f)
{
    const char *tags = http_header(x, "If-None-Match"), *quoted = strchr(f->etag, '"');
    return tags && ((quoted && strstr(tags, quoted)) || strcmp(tags, "*") == 0);
}

static void nothing(void *keep)
{
    (void)keep;
}

static enum http_next serve(struct http_exchange *x, const struct web_file *f)
{
    http_add_header(x, "ETag", f->etag);
    http_add_header(x, "Cache-Control", f->immutable ? web_cache_asset : web_cache_index);
    http_add_header(x, "Vary", f->immutable ? "Accept-Encoding" : "Accept, Accept-Encoding");
    if (has_it_already(x, f)) {
        http_status(x, 304);
        return HTTP_DONE;
    }
    http_add_header(x, "Content-Security-Policy", web_csp);
    http_add_header(x, "Referrer-Policy", web_referrer_policy);
    http_add_header(x, "Cross-Origin-Opener-Policy", web_opener_policy);
    http_add_header(x, "Permissions-Policy", web_permissions_policy);
    struct span body = {(const char *)f->data, f->len};
    if (f->gzip && takes_gzip(x)) {
        http_add_header(x, "Content-Encoding", "gzip");
        body = (struct span){(const char *)f->gzip, f->gzip_len};
    }
    http_reply_borrowed(x, f->content_type, body, nothing, NULL);
    return HTTP_DONE;
}

enum http_next api_root(struct http_exchange *x, void *app)
{
    (void)app;
    if (wants_html(x))
        return serve(x, web_index());
    http_add_header(x, "Vary", "Accept");
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_string(&o, "status", "online");
    json_out_string(&o, "service", "VisionConnect");
    json_out_string(&o, "version", VC_VERSION);
    json_out_string(&o, "docs", "/docs");
    json_out_end_object(&o);
    return HTTP_DONE;
}

enum http_next api_page(struct http_exchange *x, void *app)
{
    (void)app;
    return serve(x, web_index());
}

enum http_next api_asset(struct http_exchange *x, void *app)
{
    (void)app;
    const struct web_file *f = web_find(span_of(http_path(x)));
    return f ? serve(x, f) : http_problem(x, ERR_NOT_FOUND, NULL);
}

/* HEAD /ws, and of the other WebSockets; the door has answered any GET (RFC 9110 §15.5.22). */
enum http_next api_ws(struct http_exchange *x, void *app)
{
    (void)app;
    http_status(x, 426);
    http_add_header(x, "Upgrade", "websocket");
    http_add_header(x, "Sec-WebSocket-Version", "13");
    return HTTP_DONE;
}
