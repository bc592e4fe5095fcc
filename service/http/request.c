#include "http/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "core/mem.h"
#include "core/rand.h"
#include "http/cors.h"
#include "http/pictures.h"
#include "http/reply.h"

enum { FAULTS_TOLD = 8, BASE_URL_MAX = 300 };

/* The part of an absolute-form target behind the authority; others as they are. */
static const char *origin_form(const char *target)
{
    size_t scheme = strncasecmp(target, "http://", 7) == 0    ? 7
                    : strncasecmp(target, "https://", 8) == 0 ? 8
                                                              : 0;
    if (!scheme)
        return target;
    const char *slash = strchr(target + scheme, '/');
    return slash ? slash : "/";
}

struct http_exchange *request_create(struct http_server *s, const char *target)
{
    target = origin_form(target);
    size_t bytes = strlen(target) + 1;
    struct http_exchange *x = mem_zalloc(sizeof *x);
    char *text = mem_alloc(2 * bytes);
    if (!x || !text) {
        mem_free(x);
        mem_free(text);
        return NULL;
    }
    x->server = s;
    x->began_us = http_now_us(s);
    rand_id(x->request_id);
    x->path = memcpy(text, target, bytes);
    x->param_text = text + bytes;
    char *query = strchr(x->path, '?');
    x->query_text = query ? span_of(query + 1) : (struct span){"", 0};
    if (query)
        *query = 0;
    buf_init(&x->body, HTTP_JSON_MAX);
    reply_init(&x->reply);
    return x;
}

void request_free(struct http_exchange *x)
{
    pictures_leave(x);
    json_free(x->json);
    buf_wipe(&x->body);
    form_fini(&x->query);
    form_fini(&x->form);
    reply_fini(&x->reply);
    mem_free(x->headers);
    mem_free(x->path);
    mem_free(x);
}

static void set_method(struct http_exchange *x, const char *method)
{
    static const struct {
        const char *name;
        enum http_method method;
    } known[] = {{"GET", HTTP_GET},     {"HEAD", HTTP_GET},      {"POST", HTTP_POST},      {"PUT", HTTP_PUT},
                 {"PATCH", HTTP_PATCH}, {"DELETE", HTTP_DELETE}, {"OPTIONS", HTTP_METHODS}};
    x->method = HTTP_METHODS;
    x->method_text = "other";
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(method, known[i].name) == 0) {
            x->method = known[i].method;
            x->method_text = known[i].name;
        }
    }
    x->is_head = strcmp(method, "HEAD") == 0;
    x->is_options = strcmp(method, "OPTIONS") == 0;
}

static bool is_host(const char *host)
{
    size_t len = strlen(host);
    return len > 0 && len <= 261 &&
           strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'*+:[]") == len;
}

/* All fields of that name as one list. */
static void join(const struct http_exchange *x, const char *name, struct buf *out)
{
    for (size_t i = 0; i < x->n_headers; i++) {
        if (strcasecmp(x->headers[i].name, name) != 0)
            continue;
        if (out->len)
            buf_putc(out, ',');
        buf_puts(out, x->headers[i].value);
    }
}

static enum err read_address(struct http_exchange *x)
{
    x->behind_proxy = proxy_trusts(&x->server->proxies, span_of(x->peer));
    if (!x->behind_proxy) {
        (void)snprintf(x->address, sizeof x->address, "%s", x->peer);
        return ERR_OK;
    }
    struct buf forwarded;
    buf_init(&forwarded, 16384);
    join(x, "X-Forwarded-For", &forwarded);
    proxy_client(&x->server->proxies, x->peer, forwarded.len ? buf_span(&forwarded) : (struct span){0},
                 span_of(http_header(x, "X-Real-IP")), x->address);
    enum err e = buf_err(&forwarded);
    buf_fini(&forwarded);
    return e;
}

enum err request_head(struct http_exchange *x, const char *method)
{
    set_method(x, method);
    return read_address(x);
}

enum err request_decode(struct http_exchange *x)
{
    char *at = x->param_text;
    for (unsigned i = 0; i < x->n_params; i++) {
        struct span raw = x->params[i];
        memcpy(at, raw.p, raw.len);
        struct span decoded = {at, form_unescape(at, raw.len, false)};
        if (memchr(decoded.p, 0, decoded.len) || !form_is_utf8(decoded))
            return ERR_MALFORMED;
        x->params[i] = decoded;
        at += raw.len;
    }
    return form_parse(x->query_text, &x->query);
}

static bool is_type(const struct http_exchange *x, const char *type)
{
    const char *v = http_header(x, "Content-Type");
    size_t len = strlen(type);
    return v && strncasecmp(v, type, len) == 0 && (v[len] == 0 || strchr("; \t", v[len]));
}

bool request_body_fits(const struct http_exchange *x)
{
    if (!x->has_body)
        return true;
    bool json = is_type(x, "application/json");
    switch (x->route->body) {
    case HTTP_NO_BODY:
    case HTTP_FRAME:
        return true;
    case HTTP_JSON:
        return json;
    case HTTP_FORM:
        return http_is_form(x);
    case HTTP_JSON_OR_FORM:
        return json || http_is_form(x);
    }
    return false;
}

enum http_method http_method(const struct http_exchange *x)
{
    return x->method;
}

bool http_is_head(const struct http_exchange *x)
{
    return x->is_head;
}

const struct http_route *http_route(const struct http_exchange *x)
{
    return x->route;
}

const char *http_path(const struct http_exchange *x)
{
    return x->path;
}

struct span http_param(const struct http_exchange *x, unsigned i)
{
    return i < x->n_params ? x->params[i] : (struct span){0};
}

const char *http_header(const struct http_exchange *x, const char *name)
{
    for (size_t i = 0; i < x->n_headers; i++)
        if (strcasecmp(x->headers[i].name, name) == 0)
            return x->headers[i].value;
    return NULL;
}

const char *request_authorization(const struct http_exchange *x, const char *scheme)
{
    const char *said = http_header(x, "Authorization");
    size_t len = strlen(scheme);
    bool used = said && strncasecmp(said, scheme, len) == 0 && said[len] == ' ';
    return used ? said + len + strspn(said + len, " ") : NULL;
}

const char *http_query(const struct http_exchange *x, const char *name)
{
    return form_get(&x->query, name).p;
}

struct span http_body(const struct http_exchange *x)
{
    return buf_span(&x->body);
}

struct json *http_json(struct http_exchange *x)
{
    if (x->json)
        return x->json;
    if (x->body.len && !is_type(x, "application/json")) {
        (void)http_problem(x, ERR_MEDIA_TYPE, NULL);
        return NULL;
    }
    struct json *parsed;
    enum err e = json_parse(http_body(x), &parsed);
    if (e) {
        (void)http_problem(x, e, e == ERR_MALFORMED ? "The body is not valid JSON." : NULL);
        return NULL;
    }
    if (!json_is_obj(parsed)) {
        json_free(parsed);
        (void)http_problem(x, ERR_MALFORMED, "The body must be a JSON object.");
        return NULL;
    }
    x->json = parsed;
    return parsed;
}

bool http_read(struct http_exchange *x, const struct json_field *fields, size_t n_fields)
{
    struct json_fault faults[FAULTS_TOLD];
    const struct json *obj = http_json(x);
    if (!obj)
        return false;
    size_t n = json_read(obj, fields, n_fields, faults, FAULTS_TOLD);
    if (n)
        (void)http_invalid_fields(x, faults, n < FAULTS_TOLD ? n : FAULTS_TOLD);
    return n == 0;
}

bool http_is_form(const struct http_exchange *x)
{
    return is_type(x, "application/x-www-form-urlencoded");
}

struct span http_form(struct http_exchange *x, const char *name)
{
    return form_get(&x->form, name);
}

struct span http_cookie(const struct http_exchange *x, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < x->n_headers; i++) {
        if (strcasecmp(x->headers[i].name, "Cookie") != 0)
            continue;
        for (const char *p = x->headers[i].value; *p;) {
            p += strspn(p, "; \t");
            size_t item = strcspn(p, ";");
            if (item > len && strncmp(p, name, len) == 0 && p[len] == '=')
                return (struct span){p + len + 1, item - len - 1};
            p += item;
        }
    }
    return (struct span){0};
}

const struct principal *http_who(const struct http_exchange *x)
{
    return &x->who;
}

const char *http_address(const struct http_exchange *x)
{
    return x->address;
}

int64_t http_began_us(const struct http_exchange *x)
{
    return x->began_us;
}

const char *http_request_id(const struct http_exchange *x)
{
    return x->request_id;
}

bool http_is_https(const struct http_exchange *x)
{
    const char *proto = x->behind_proxy ? http_header(x, "X-Forwarded-Proto") : NULL;
    const char *origin = http_header(x, "Origin"), *public_url = x->server->config.conf->public_url;
    if (origin && strncasecmp(origin, "https://", 8) == 0 && cors_is_public_url(public_url, origin))
        return true; /* our own page says so, whatever stands between */
    if (proto)
        return strncasecmp(proto, "https", 5) == 0 && (proto[5] == 0 || strchr(", \t", proto[5]));
    const char *host = http_header(x, "Host"); /* a page's GET sends no Origin */
    return host && public_url && strncasecmp(public_url, "https://", 8) == 0 &&
           strcasecmp(public_url + 8, host) == 0;
}

void http_base_url(const struct http_exchange *x, struct buf *out)
{
    const char *host = x->behind_proxy ? http_header(x, "X-Forwarded-Host") : NULL;
    if (!host || !is_host(host))
        host = http_header(x, "Host");
    buf_puts(out, http_is_https(x) ? "https://" : "http://");
    buf_puts(out, host ? host : "localhost");
}

/* Compared with what the client called us, and with PUBLIC_URL: a proxy nobody declared may have ended TLS.
 */
static bool is_own_origin(const struct http_exchange *x, const char *origin)
{
    if (cors_is_public_url(x->server->config.conf->public_url, origin))
        return true;
    struct buf own;
    buf_init(&own, BASE_URL_MAX);
    http_base_url(x, &own);
    bool same = !buf_err(&own) && strcasecmp(buf_str(&own), origin) == 0;
    buf_fini(&own);
    return same;
}

bool http_same_origin(const struct http_exchange *x)
{
    const char *site = http_header(x, "Sec-Fetch-Site"), *origin = http_header(x, "Origin");
    if (site)
        return strcmp(site, "same-origin") == 0;
    return origin && is_own_origin(x, origin);
}

bool request_is_cross_origin(const struct http_exchange *x)
{
    const char *site = http_header(x, "Sec-Fetch-Site"), *origin = http_header(x, "Origin");
    if (site)
        return strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
    return origin && !is_own_origin(x, origin);
}

bool request_connection_says(const struct http_exchange *x, const char *token)
{
    size_t len = strlen(token);
    for (size_t i = 0; i < x->n_headers; i++) {
        if (strcasecmp(x->headers[i].name, "Connection") != 0)
            continue;
        for (const char *p = x->headers[i].value; *(p += strspn(p, ", \t"));) {
            size_t n = strcspn(p, ", \t");
            if (n == len && strncasecmp(p, token, len) == 0)
                return true;
            p += n;
        }
    }
    return false;
}
