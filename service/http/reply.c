#include "http/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <zlib.h>

#include "http/cors.h"
#include "http/problem.h"
#include "http/request.h"
#include "http/view.h"

enum { HEADERS_MAX = 16384, BODY_MAX = 16 << 20, GZIP_LEAST = 1024, GZIP_LEVEL = 5, GZIP_WINDOW = 15 + 16 };

void reply_init(struct http_reply *r)
{
    *r = (struct http_reply){.status = 200};
    buf_init(&r->headers, HEADERS_MAX);
    buf_init(&r->body, BODY_MAX);
}

static void drop_borrowed(struct http_reply *r)
{
    if (r->release)
        r->release(r->keep);
    r->borrowed = (struct span){0};
    r->release = NULL;
    if (r->take)
        (void)r->take(r->take_arg, -1, (struct span){0});
    r->take = NULL;
}

void reply_fini(struct http_reply *r)
{
    drop_borrowed(r);
    buf_fini(&r->headers);
    buf_wipe(&r->body);
}

static void add(struct http_reply *r, const char *name, const char *value)
{
    buf_put(&r->headers, name, strlen(name) + 1);
    buf_put(&r->headers, value, strlen(value) + 1);
}

void reply_each_header(const struct http_reply *r, void (*fn)(void *arg, const char *name, const char *value),
                       void *arg)
{
    const char *p = r->headers.data, *end = p + r->headers.len;
    while (p && p < end) {
        const char *value = p + strlen(p) + 1;
        fn(arg, p, value);
        p = value + strlen(value) + 1;
    }
}

struct search {
    const char *name, *value;
};

static void match(void *arg, const char *name, const char *value)
{
    struct search *s = arg;
    if (!s->value && strcasecmp(s->name, name) == 0)
        s->value = value;
}

static bool has(const struct http_reply *r, const char *name)
{
    struct search s = {.name = name};
    reply_each_header(r, match, &s);
    return s.value != NULL;
}

struct span reply_body(const struct http_reply *r)
{
    return r->borrowed.p ? r->borrowed : buf_span(&r->body);
}

void http_status(struct http_exchange *x, int status)
{
    x->reply.status = status;
}

void http_add_header(struct http_exchange *x, const char *name, const char *value)
{
    add(&x->reply, name, value);
}

static void fresh_body(struct http_exchange *x, const char *content_type)
{
    drop_borrowed(&x->reply);
    buf_reset(&x->reply.body);
    x->reply.content_type = content_type;
}

struct json_out http_reply_json(struct http_exchange *x)
{
    fresh_body(x, "application/json");
    return json_out_to(&x->reply.body);
}

void http_reply_bytes(struct http_exchange *x, const char *content_type, struct span body)
{
    fresh_body(x, content_type);
    buf_put(&x->reply.body, body.p, body.len);
}

void http_reply_borrowed(struct http_exchange *x, const char *content_type, struct span body,
                         void (*release)(void *keep), void *keep)
{
    fresh_body(x, content_type);
    x->reply.borrowed = body;
    x->reply.release = release;
    x->reply.keep = keep;
}

void http_give_socket(struct http_exchange *x, const char *content_type, http_taker *take, void *arg)
{
    fresh_body(x, content_type);
    x->reply.close = true;
    x->reply.take = take;
    x->reply.take_arg = arg;
    if (x->is_head)
        drop_borrowed(&x->reply);
}

static void problem(struct http_exchange *x, enum err err, const char *detail,
                    const struct json_fault *faults, size_t n_faults)
{
    struct http_reply *r = &x->reply;
    buf_reset(&r->headers);
    fresh_body(x, "application/problem+json");
    r->status = problem_of(err).status;
    problem_body(err,
                 &(struct problem_words){
                     .detail = detail, .faults = faults, .n_faults = n_faults, .error_first = x->for_device},
                 &r->body);
    if (r->status == 503)
        add(r, "Retry-After", "1");
    if (r->status == 401 && (!x->basic_tried || err == ERR_API_KEY))
        add(r, "WWW-Authenticate", problem_challenge(err));
    if (r->status == 401 && (x->basic_tried || view_wanted(x)))
        add(r, "WWW-Authenticate", "Basic realm=\"visionconnect\", charset=\"UTF-8\"");
}

enum http_next http_problem(struct http_exchange *x, enum err err, const char *detail)
{
    if (err == ERR_RATE_LIMITED)
        return http_rate_limited(x, 1);
    problem(x, err, detail, NULL, 0);
    return HTTP_DONE;
}

enum http_next http_rate_limited(struct http_exchange *x, uint32_t retry_after_s)
{
    char seconds[12];
    (void)snprintf(seconds, sizeof seconds, "%u", (unsigned)retry_after_s);
    problem(x, ERR_RATE_LIMITED, NULL, NULL, 0);
    add(&x->reply, "Retry-After", seconds);
    return HTTP_DONE;
}

enum http_next http_invalid_fields(struct http_exchange *x, const struct json_fault *faults, size_t n)
{
    problem(x, ERR_INVALID, NULL, faults, n);
    return HTTP_DONE;
}

enum http_next http_invalid(struct http_exchange *x, const char *field, const char *message)
{
    struct json_fault fault = {.field = field};
    (void)snprintf(fault.message, sizeof fault.message, "%s", message);
    return http_invalid_fields(x, &fault, 1);
}

/* ---- the last touch ---- */

static bool is_compressible(const char *type)
{
    static const char *const types[] = {"application/json", "application/problem+json", "text/",
                                        "image/svg+xml", "application/javascript"};
    for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
        if (strncmp(type, types[i], strlen(types[i])) == 0)
            return true;
    return false;
}

/* RFC 9110 §12.5.3: "gzip" or "*" with a weight that is not 0; gzip's own word goes before the star's. */
static bool accepts_gzip(const char *accept)
{
    bool star = false;
    while (accept && *(accept += strspn(accept, ", \t"))) {
        size_t item = strcspn(accept, ","), name = strcspn(accept, ",; \t");
        const char *q = memmem(accept, item, "q=", 2);
        bool wanted = !q || strtod(q + 2, NULL) > 0;
        if (name == 4 && strncasecmp(accept, "gzip", 4) == 0)
            return wanted;
        star = star || (name == 1 && *accept == '*' && wanted);
        accept += item;
    }
    return star;
}

/* False: it did not get smaller, or there was no memory; the plain body is as good. */
static bool gzip(struct span in, struct buf *out)
{
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)in.p, .avail_in = (uInt)in.len};
    char *at = buf_reserve(out, in.len);
    if (!at || deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    z.next_out = (unsigned char *)at;
    z.avail_out = (uInt)in.len;
    bool done = deflate(&z, Z_FINISH) == Z_STREAM_END;
    if (done) {
        out->len += z.total_out;
        out->data[out->len] = 0;
    }
    (void)deflateEnd(&z);
    return done;
}

static void compress_body(struct http_exchange *x)
{
    struct http_reply *r = &x->reply;
    struct span body = reply_body(r);
    if (body.len < GZIP_LEAST || x->for_device || !is_compressible(r->content_type) ||
        has(r, "Content-Encoding"))
        return;
    add(r, "Vary", "Accept-Encoding");
    struct buf packed;
    buf_init(&packed, BODY_MAX);
    if (!accepts_gzip(http_header(x, "Accept-Encoding")) || !gzip(body, &packed)) {
        buf_fini(&packed);
        return;
    }
    drop_borrowed(r);
    buf_wipe(&r->body);
    r->body = packed;
    add(r, "Content-Encoding", "gzip");
}

static void allow_origin(struct http_exchange *x)
{
    const char *list = x->server->config.conf->cors_origins, *origin = http_header(x, "Origin");
    if (list && *list)
        add(&x->reply, "Vary", "Origin");
    enum cors_verdict v = cors_judge(list, origin);
    if (v == CORS_NO)
        return;
    add(&x->reply, "Access-Control-Allow-Origin", v == CORS_ANY ? "*" : origin);
    if (v == CORS_LISTED)
        add(&x->reply, "Access-Control-Allow-Credentials", "true");
    if (!x->is_options) {
        add(&x->reply, "Access-Control-Expose-Headers",
            "X-Request-Id, Retry-After, X-Frame-Seq, X-Captured-At");
        return;
    }
    add(&x->reply, "Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
    add(&x->reply, "Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, X-API-Key");
    add(&x->reply, "Access-Control-Max-Age", "600");
}

/* Old cameras go on with a connection only when told so in these words, and after anything but a 200 with
 * whatever comes next, be it meant for another host: they must not be told so then. */
static void word_of_connection(struct http_exchange *x)
{
    struct http_reply *r = &x->reply;
    if (r->status != 200)
        r->close = r->close || x->is_http_1_0;
    else
        r->keep_alive = !r->close && request_connection_says(x, "keep-alive");
}

static void dress(struct http_exchange *x)
{
    struct http_reply *r = &x->reply;
    compress_body(x);
    add(r, "X-Request-Id", x->request_id);
    add(r, "X-Content-Type-Options", "nosniff");
    if (!has(r, "Cache-Control"))
        add(r, "Cache-Control", "no-store");
    if (r->content_type)
        add(r, "Content-Type", r->content_type);
    if (x->for_device)
        word_of_connection(x);
    if (r->close)
        add(r, "Connection", "close");
    allow_origin(x);
}

void reply_seal(struct http_exchange *x)
{
    struct http_reply *r = &x->reply;
    if (!buf_err(&r->body))
        dress(x);
    if (!buf_err(&r->body) && !buf_err(&r->headers))
        return;
    problem(x, ERR_NO_MEMORY, NULL, NULL, 0);
    dress(x);
}
