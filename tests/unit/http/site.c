#include "site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct site site;

static enum http_next hello(struct http_exchange *x, void *app)
{
    struct json_out o = http_reply_json(x);
    struct buf base;
    buf_init(&base, 300);
    http_base_url(x, &base);
    json_out_object(&o, NULL);
    json_out_string(&o, "address", http_address(x));
    json_out_string(&o, "base", buf_str(&base));
    json_out_string_or_null(&o, "q", http_query(x, "q"));
    json_out_end_object(&o);
    buf_fini(&base);
    return HTTP_DONE;
}

static enum http_next params(struct http_exchange *x, void *app)
{
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_span(&o, "a", http_param(x, 0));
    json_out_span(&o, "b", http_param(x, 1));
    json_out_end_object(&o);
    return HTTP_DONE;
}

static enum http_next name(struct http_exchange *x, void *app)
{
    struct span given = {0};
    if (http_is_form(x)) {
        given = http_form(x, "name");
        if (!given.p)
            return http_invalid(x, "name", "is required");
    } else {
        const struct json_field fields[] = {
            {.name = "name", .kind = JSON_KIND_STRING, .min = 1, .max = 10, .out = &given}};
        if (!http_read(x, fields, 1))
            return HTTP_DONE;
    }
    http_status(x, 201);
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_span(&o, "name", given);
    json_out_end_object(&o);
    return HTTP_DONE;
}

static enum http_next who(struct http_exchange *x, void *app)
{
    const struct principal *p = http_who(x);
    struct json_out o = http_reply_json(x);
    json_out_object(&o, NULL);
    json_out_string(&o, "user", p->user_id.s);
    json_out_bool(&o, "cookie", p->by_cookie);
    json_out_end_object(&o);
    return HTTP_DONE;
}

static enum http_next empty(struct http_exchange *x, void *app)
{
    http_status(x, 204);
    http_add_header(x, "Set-Cookie", "a=b");
    http_add_header(x, "Set-Cookie", "c=d");
    return HTTP_DONE;
}

static enum http_next page(struct http_exchange *x, void *app)
{
    http_reply_bytes(x, "text/html; charset=utf-8", SPAN_LIT("<p>"));
    return HTTP_DONE;
}

static void release(void *keep)
{
    __atomic_add_fetch((int *)keep, 1, __ATOMIC_SEQ_CST);
}

static enum http_next borrowed(struct http_exchange *x, void *app)
{
    http_reply_borrowed(x, "text/plain", (struct span){site.large, sizeof site.large}, release,
                        &site.released);
    return HTTP_DONE;
}

static enum http_next problem(struct http_exchange *x, void *app)
{
    http_reply_borrowed(x, "text/plain", SPAN_LIT("gone"), release, &site.released);
    http_add_header(x, "X-Lost", "1");
    return http_problem(x, (enum err)strtol(http_query(x, "e"), NULL, 10), NULL);
}

static const struct http_route routes[] = {
    {HTTP_GET, "/hello", hello, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {HTTP_GET, "/params/{a}/x/{b}", params, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {HTTP_POST, "/json", name, HTTP_JOB, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_JSON},
    {HTTP_POST, "/any", name, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_JSON_OR_FORM},
    {HTTP_POST, "/form", name, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_FORM},
    {HTTP_GET, "/who", who, HTTP_READ, HTTP_USER, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {HTTP_DELETE, "/who", who, HTTP_JOB, HTTP_USER, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {HTTP_GET, "/empty", empty, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {HTTP_GET, "/limited", empty, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_LOGIN, HTTP_NO_BODY},
    {HTTP_GET, "/borrowed", borrowed, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {HTTP_GET, "/problem", problem, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {HTTP_GET, "*", page, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {0},
};

int site_setup(void **state)
{
    memset(site.large, 'a', sizeof site.large);
    __atomic_store_n(&site.released, 0, __ATOMIC_SEQ_CST);
    rig_init(&site.rig);
    return 0;
}

int site_teardown(void **state)
{
    http_response_free(&site.res);
    rig_stop(&site.rig);
    return 0;
}

void site_start(void)
{
    rig_start(&site.rig, routes, NULL);
}

void site_once(const char *text)
{
    http_response_free(&site.res);
    http_client_once(site.rig.port, text, &site.res);
}

void site_post(const char *path, const char *type, const char *body)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "POST %s HTTP/1.1\r\nHost: x\r\n%s%s%sContent-Length: %zu\r\n\r\n%s",
                   path, type ? "Content-Type: " : "", type ? type : "", type ? "\r\n" : "", strlen(body),
                   body);
    site_once(text);
}

void site_read(struct http_client *c)
{
    http_response_free(&site.res);
    assert_true(http_client_read(c, &site.res, false));
}

const char *site_header(const char *name)
{
    return http_response_header(&site.res, name, site.value, sizeof site.value);
}
