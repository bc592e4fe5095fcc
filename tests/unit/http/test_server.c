/* Requests from outside, one after the other. */
#include "rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "core/mem.h"
#include "support/descriptors.h"

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

static char large[20000];
static int released;

static void release(void *keep)
{
    __atomic_add_fetch((int *)keep, 1, __ATOMIC_SEQ_CST);
}

static enum http_next borrowed(struct http_exchange *x, void *app)
{
    http_reply_borrowed(x, "text/plain", (struct span){large, sizeof large}, release, &released);
    return HTTP_DONE;
}

static enum http_next problem(struct http_exchange *x, void *app)
{
    http_reply_borrowed(x, "text/plain", SPAN_LIT("gone"), release, &released);
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

static struct rig rig;
static struct http_response res;
static char value[128];

static int setup(void **state)
{
    rig_init(&rig);
    return 0;
}

static int teardown(void **state)
{
    rig_stop(&rig);
    return 0;
}

static void start(void)
{
    rig_start(&rig, routes, NULL);
}

static void once(const char *text)
{
    http_response_free(&res);
    http_client_once(rig.port, text, &res);
}

static const char *header(const char *field)
{
    return http_response_header(&res, field, value, sizeof value);
}

static void test_answer(void **state)
{
    start();
    once("GET /hello?q=a%20b HTTP/1.1\r\nHost: x:1\r\n\r\n");
    assert_int_equal(res.status, 200);
    assert_string_equal(res.body, "{\"address\":\"127.0.0.1\",\"base\":\"http://x:1\",\"q\":\"a b\"}");
    assert_string_equal(header("Content-Type"), "application/json");
    assert_string_equal(header("Cache-Control"), "no-store");
    assert_string_equal(header("X-Content-Type-Options"), "nosniff");
    assert_int_equal(strlen(header("X-Request-Id")), 24);
    assert_string_equal(header("Access-Control-Allow-Origin"), "");
    once("GET http://y/hello HTTP/1.1\r\nHost: y\r\n\r\n"); /* absolute form */
    assert_int_equal(res.status, 200);
    once("GET /empty HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(res.status, 204);
    assert_non_null(strstr(res.head, "Set-Cookie: a=b\r\n"));
    assert_non_null(strstr(res.head, "Set-Cookie: c=d\r\n"));
    http_response_free(&res);
}

static void test_head(void **state)
{
    start();
    once("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(res.status, 200);
    assert_string_equal(header("Content-Length"), "50");
    struct http_client c;
    http_client_open(&c, rig.port);
    for (int i = 0; i < 3; i++) { /* no byte of a body gets between the answers */
        http_client_say(&c, "HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        http_response_free(&res);
        assert_true(http_client_read(&c, &res, true));
        assert_int_equal(res.status, 200);
    }
    http_client_close(&c);
    once("HEAD /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(res.status, 404);
    http_response_free(&res);
}

static void test_routing(void **state)
{
    start();
    once("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&res, 404, "not_found");
    once("GET /nothing HTTP/1.1\r\nHost: x\r\nAccept: text/html,*/*\r\n\r\n");
    assert_string_equal(res.body, "<p>");
    once("GET /api/nothing HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n");
    rig_expect_problem(&res, 404, "not_found");
    once("PUT /who HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&res, 405, "method_not_allowed");
    assert_string_equal(header("Allow"), "GET, HEAD, DELETE, OPTIONS");
    once("BREW /who HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&res, 405, "method_not_allowed");
    once("OPTIONS /who HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(res.status, 204);
    assert_string_equal(header("Allow"), "GET, HEAD, DELETE, OPTIONS");
    once("GET /params/a%2Fb/x/%C3%A4 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_string_equal(res.body, "{\"a\":\"a/b\",\"b\":\"\xc3\xa4\"}");
    once("GET /params/a/x/%00 HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&res, 400, "malformed");
    once("GET /params/a/x/%ff HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&res, 400, "malformed");
    once("GET /hello?q=%00 HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&res, 422, "invalid");
    assert_non_null(strstr(res.body, "\"errors\":[{\"field\":\"query\",\"message\":\""));
    http_response_free(&res);
}

static void test_every_problem(void **state)
{
    start();
    for (int e = ERR_OK + 1; e < ERR_COUNT; e++) {
        char text[96];
        (void)snprintf(text, sizeof text, "GET /problem?e=%d HTTP/1.1\r\nHost: x\r\n\r\n", e);
        __atomic_store_n(&released, 0, __ATOMIC_SEQ_CST);
        once(text);
        const char *word = e == ERR_NO_MEMORY ? "overloaded"
                           : e == ERR_IO      ? "store_unavailable"
                                              : err_word((enum err)e);
        rig_expect_problem(&res, res.status, word);
        assert_string_equal(header("X-Lost"), "");
        assert_int_equal(strlen(header("WWW-Authenticate")) > 0, res.status == 401);
        assert_int_equal(strlen(header("Retry-After")) > 0, res.status == 503 || res.status == 429);
        assert_int_equal(__atomic_load_n(&released, __ATOMIC_SEQ_CST), 1);
    }
    http_response_free(&res);
}

static void post(const char *path, const char *type, const char *body)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "POST %s HTTP/1.1\r\nHost: x\r\n%s%s%sContent-Length: %zu\r\n\r\n%s",
                   path, type ? "Content-Type: " : "", type ? type : "", type ? "\r\n" : "", strlen(body),
                   body);
    once(text);
}

static void test_json_bodies(void **state)
{
    start();
    post("/json", "application/json", "{\"name\":\"n\",\"other\":1}");
    assert_int_equal(res.status, 201);
    assert_string_equal(res.body, "{\"name\":\"n\"}");
    post("/json", "Application/JSON ; charset=utf-8", "{\"name\":\"n\"}");
    assert_int_equal(res.status, 201);
    post("/json", "text/plain", "{\"name\":\"n\"}");
    rig_expect_problem(&res, 415, "unsupported_media_type");
    post("/json", "application/jsonx", "{\"name\":\"n\"}");
    rig_expect_problem(&res, 415, "unsupported_media_type");
    post("/json", "application/x-www-form-urlencoded", "name=n");
    rig_expect_problem(&res, 415, "unsupported_media_type");
    post("/json", NULL, "{\"name\":\"n\"}");
    rig_expect_problem(&res, 415, "unsupported_media_type");
    static const char *const crooked[] = {
        "", "{", "[]", "\"a\"", "{\"name\":\"\xff\"}", "{\"name\":\"n\"}x", "nul"};
    for (size_t i = 0; i < sizeof crooked / sizeof *crooked; i++) {
        post("/json", "application/json", crooked[i]);
        rig_expect_problem(&res, 400, "malformed");
    }
    static const char *const wrong[] = {"{}",
                                        "{\"name\":1}",
                                        "{\"name\":\"\"}",
                                        "{\"name\":\"12345678901\"}",
                                        "{\"name\":\"a\\u0000\"}",
                                        "{\"name\":null}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        post("/json", "application/json", wrong[i]);
        rig_expect_problem(&res, 422, "invalid");
        assert_non_null(strstr(res.body, "\"errors\":[{\"field\":\"name\",\"message\":\""));
    }
    http_response_free(&res);
}

static void test_form_bodies(void **state)
{
    start();
    post("/any", "application/x-www-form-urlencoded", "a=b&name=a+%26");
    assert_string_equal(res.body, "{\"name\":\"a &\"}");
    post("/any", "application/json", "{\"name\":\"n\"}");
    assert_int_equal(res.status, 201);
    post("/any", "application/x-www-form-urlencoded", "a=b");
    rig_expect_problem(&res, 422, "invalid");
    post("/any", "application/x-www-form-urlencoded", "name=%00");
    rig_expect_problem(&res, 422, "invalid");
    assert_non_null(strstr(res.body, "\"errors\":[{\"field\":\"body\",\"message\":\""));
    post("/any", "application/x-www-form-urlencoded", "name=%ff");
    rig_expect_problem(&res, 400, "malformed");
    post("/any", "multipart/form-data; boundary=x", "--x--");
    rig_expect_problem(&res, 415, "unsupported_media_type");
    post("/form", "application/x-www-form-urlencoded", "name=n");
    assert_int_equal(res.status, 201);
    post("/form", "application/json", "{\"name\":\"n\"}");
    rig_expect_problem(&res, 415, "unsupported_media_type");
    assert_non_null(strstr(res.body, "x-www-form-urlencoded"));
    http_response_free(&res);
}

/* Told before the body is read, and not lost though much of it was sent already. */
static void test_too_large(void **state)
{
    static char zeros[3 << 20];
    struct http_client c;
    start();
    for (int sent = 0; sent < 2; sent++) {
        http_client_open(&c, rig.port);
        http_client_say(&c, "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                            "Content-Length: 3145728\r\n\r\n");
        if (sent)
            http_client_send(&c, zeros, sizeof zeros);
        http_response_free(&res);
        assert_true(http_client_read(&c, &res, false));
        rig_expect_problem(&res, 413, "too_large");
        assert_string_equal(header("Connection"), "close");
        assert_true(http_client_at_end(&c));
        http_client_close(&c);
    }
    /* chunked: nothing was announced */
    http_client_open(&c, rig.port);
    http_client_say(&c, "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        "Transfer-Encoding: chunked\r\n\r\n");
    http_client_say(&c, "100000\r\n");
    http_client_send(&c, zeros, 0x100000);
    http_response_free(&res);
    assert_true(http_client_read(&c, &res, false));
    rig_expect_problem(&res, 413, "too_large");
    assert_true(http_client_at_end(&c));
    http_client_close(&c);
    /* the largest that fits */
    http_client_open(&c, rig.port);
    memset(zeros, ' ', HTTP_JSON_MAX);
    memcpy(zeros, "{\"name\":\"n\"}", 12);
    http_client_say(&c,
                    "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    "Content-Length: %d\r\n\r\n",
                    HTTP_JSON_MAX);
    http_client_send(&c, zeros, HTTP_JSON_MAX);
    http_response_free(&res);
    assert_true(http_client_read(&c, &res, false));
    assert_int_equal(res.status, 201);
    http_client_close(&c);
    http_response_free(&res);
}

#define CHUNKED                                                                                              \
    "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"

static void test_chunked(void **state)
{
    static const char *const rows[] = {
        "5\r\n{\"nam\r\n7\r\ne\":\"n\"}\r\n0\r\n\r\n",
        "00000c;a=\"b\"\r\n{\"name\":\"n\"}\r\n000;c\r\n\r\n",
        "C\r\n{\"name\":\"n\"}\r\n0\r\nA: b\r\nC:\r\n\r\n",
    };
    struct http_client c;
    start();
    http_client_open(&c, rig.port);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        http_client_say(&c, CHUNKED "%sGET /hello HTTP/1.1\r\nHost: x\r\n\r\n", rows[i]);
        for (int k = 0; k < 2; k++) { /* the body, and what stands behind it */
            http_response_free(&res);
            assert_true(http_client_read(&c, &res, false));
            assert_int_equal(res.status, k ? 200 : 201);
        }
    }
    http_client_close(&c);
    http_response_free(&res);
}

/* Told once, as everything is told; nothing behind it is looked at. */
static void test_crooked_chunks(void **state)
{
    static const char *const rows[][2] = {
        {"z\r\n", ""},
        {"", "z\r\n"},
        {"\r\n", ""},
        {"5\n{\"nam\n", "0\n\n"},
        {"-1\r\n", ""},
        {"0x5\r\n{\"nam\r\n", ""},
        {"ffffffffffffffffff\r\n", ""},
        {"5\r\n{\"namXX", "0\r\n\r\n"},
        {"5\r\n{\"nam", "XX0\r\n\r\n"},
        {"c\r\n{\"name\":\"n\"}\r\n0\r\n", "nonsense\r\n\r\n"},
        {"c\r\n{\"name\":\"n\"}\r\n0\r\nA: b\r\n c\r\n\r\n", ""},
    };
    struct http_client c;
    start();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool later =
            !*rows[i][0] || *rows[i][1]; /* the first part is asked for and read, before the second comes */
        http_client_open(&c, rig.port);
        if (later) {
            http_client_say(&c, "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                                "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
            http_response_free(&res);
            assert_true(http_client_read(&c, &res, false));
            assert_int_equal(res.status, 100);
        }
        http_client_say(&c, "%s%s", later ? "" : CHUNKED, rows[i][0]);
        http_client_say(&c, "%sGET /hello HTTP/1.1\r\nHost: x\r\n\r\n", rows[i][1]);
        http_response_free(&res);
        assert_true(http_client_read(&c, &res, false));
        rig_expect_problem(&res, 400, "malformed");
        assert_string_equal(header("Connection"), "close");
        assert_true(http_client_at_end(&c));
        http_client_close(&c);
    }
    http_response_free(&res);
}

/* Between two requests a connection is the door's: the second head is judged as strictly as the first. */
static void test_later_heads(void **state)
{
    static const char *const rows[] = {
        "GET /hello HTTP/1.1\nHost: x\n\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\n\tc: d\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost : x\r\n\r\n",
        "GET /hello HTTP/1.1\r\n\r\n",
        "GET  /hello HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /json HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "POST /json HTTP/1.1\r\nHost: x\r\nContent-Length: +2\r\n\r\n{}",
        "POST /json HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
    };
    start();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_client c;
        http_client_open(&c, rig.port);
        for (int k = 0; k < 2; k++) {
            http_client_say(&c, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
            http_response_free(&res);
            assert_true(http_client_read(&c, &res, false));
            assert_int_equal(res.status, 200);
        }
        http_client_say(&c, "%s", rows[i]);
        http_response_free(&res);
        assert_true(http_client_read(&c, &res, false));
        rig_expect_problem(&res, 400, "malformed");
        assert_true(http_client_at_end(&c));
        http_client_close(&c);
    }
    assert_int_equal(__atomic_load_n(&rig.given_back, __ATOMIC_SEQ_CST), 2 * sizeof rows / sizeof *rows);
}

/* Behind each request, whatever came with it. */
static void test_given_back(void **state)
{
    struct http_client c;
    start();
    http_client_open(&c, rig.port);
    for (int i = 1; i <= 3; i++) {
        http_client_say(&c, "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                            "Content-Length: 12\r\n\r\n{\"name\"");
        http_client_say(&c, ":\"n\"}");
        http_response_free(&res);
        assert_true(http_client_read(&c, &res, false));
        assert_int_equal(res.status, 201);
    }
    http_client_say(&c, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
                        "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 3; i++) {
        http_response_free(&res);
        assert_true(http_client_read(&c, &res, false));
        assert_int_equal(res.status, 200);
    }
    assert_true(http_client_at_end(&c));
    assert_int_equal(__atomic_load_n(&rig.given_back, __ATOMIC_SEQ_CST), 5);
    http_client_close(&c);
}

/* 404, 405, 415 … with a body: the body is read off and the connection goes on. */
static void test_refused_with_body(void **state)
{
    struct http_client c;
    start();
    http_client_open(&c, rig.port);
    for (int i = 0; i < 3; i++) {
        http_client_say(&c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
                        i == 0   ? "/nothing"
                        : i == 1 ? "/hello"
                                 : "/json");
        http_response_free(&res);
        assert_true(http_client_read(&c, &res, false));
        assert_int_equal(res.status, i == 0 ? 404 : i == 1 ? 405 : 415);
    }
    http_client_say(&c,
                    "POST /json HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    http_response_free(&res);
    assert_true(http_client_read(&c, &res, false));
    rig_expect_problem(&res, 415, "unsupported_media_type"); /* without inviting the body */
    assert_true(http_client_at_end(&c));
    http_client_close(&c);
    http_client_open(&c, rig.port);
    http_client_say(&c, "POST /json HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                        "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n");
    http_response_free(&res);
    assert_true(http_client_read(&c, &res, false));
    assert_int_equal(res.status, 100);
    http_client_say(&c, "{\"name\":\"n\"}");
    http_response_free(&res);
    assert_true(http_client_read(&c, &res, false));
    assert_int_equal(res.status, 201);
    http_client_close(&c);
    http_response_free(&res);
}

static void test_keep_alive_and_pipelining(void **state)
{
    struct http_client c;
    start();
    http_client_open(&c, rig.port);
    for (int i = 0; i < 20; i++) {
        http_client_say(&c, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        http_response_free(&res);
        assert_true(http_client_read(&c, &res, false));
        assert_int_equal(res.status, 200);
    }
    for (int i = 0; i < 20; i++)
        http_client_say(&c,
                        "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        "Content-Length: %d\r\n\r\n{\"name\":\"%d\"}",
                        i < 10 ? 12 : 13, i);
    for (int i = 0; i < 20; i++) {
        char expected[32];
        (void)snprintf(expected, sizeof expected, "{\"name\":\"%d\"}", i);
        http_response_free(&res);
        assert_true(http_client_read(&c, &res, false));
        assert_string_equal(res.body, expected);
    }
    http_client_say(&c, "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    http_response_free(&res);
    assert_true(http_client_read(&c, &res, false));
    assert_true(http_client_at_end(&c));
    http_client_close(&c);
    http_response_free(&res);
}

/* What comes pipelined is judged as strictly, and answered in its turn. */
static void test_pipelined_heads(void **state)
{
    static const char *const crooked[] = {
        "GET /hello HTTP/1.1\nHost: x\n\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
        "GET /hello HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        "GET /hello HTTP/1.1\r\n\r\n",
        "GET /hello you HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /json HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
    };
    start();
    for (size_t i = 0; i < sizeof crooked / sizeof *crooked; i++) {
        struct http_client c;
        http_client_open(&c, rig.port);
        http_client_say(&c, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n%s", crooked[i]);
        http_response_free(&res);
        assert_true(http_client_read(&c, &res, false));
        assert_int_equal(res.status, 200);
        http_response_free(&res);
        assert_true(http_client_read(&c, &res, false));
        rig_expect_problem(&res, 400, "malformed");
        assert_true(http_client_at_end(&c));
        http_client_close(&c);
    }
    http_response_free(&res);
}

/* 16 KiB and 100 fields pass, as the first and as the second of a connection, also when a cookie is what is
 * large. */
static void test_largest_head(void **state)
{
    static char text[16384 + 1];
    static const char *const last[] = {"Z: ", "Cookie: a="};
    start();
    for (int i = 0; i < 4; i++) {
        struct http_client c;
        size_t at = (size_t)snprintf(text, sizeof text, "GET /hello HTTP/1.1\r\nHost: x\r\n");
        for (int field = 0; field < 98; field++)
            at += (size_t)snprintf(text + at, sizeof text - at, "A%d: b\r\n", field);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s", last[i / 2]);
        memset(text + at, 'a', sizeof text - at);
        (void)snprintf(text + 16380, sizeof text - 16380, "\r\n\r\n");
        http_client_open(&c, rig.port);
        for (int j = 0; j <= i % 2; j++) {
            http_client_say(&c, "%s", text);
            http_response_free(&res);
            assert_true(http_client_read(&c, &res, false));
            assert_int_equal(res.status, 200);
        }
        http_client_close(&c);
    }
    http_response_free(&res);
}

static void test_bearer(void **state)
{
    struct buf token;
    char text[2048];
    start();
    once("GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&res, 401, "unauthenticated");
    assert_int_equal(strncmp(header("WWW-Authenticate"), "Bearer", 6), 0);
    once("GET /who HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer nonsense\r\n\r\n");
    rig_expect_problem(&res, 401, "unauthenticated");
    rig_token(&rig, 1700000000000 + 1000, &token);
    (void)snprintf(text, sizeof text, "DELETE /who HTTP/1.1\r\nHost: x\r\nAuthorization: bearer   %s\r\n\r\n",
                   buf_str(&token));
    once(text);
    assert_int_equal(res.status, 200);
    assert_string_equal(res.body, "{\"user\":\"f123456789abcdef01234567\",\"cookie\":false}");
    fake_clock_advance_ms(&rig.clock, 1000);
    once(text);
    rig_expect_problem(&res, 401, "token_expired");
    buf_fini(&token);
    rig_token(&rig, 1700000000000 + 7200000, &token);
    (void)snprintf(text, sizeof text, "GET /who HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n",
                   buf_str(&token));
    once(text);
    assert_int_equal(res.status, 200);
    fake_clock_advance_ms(&rig.clock, 3600000); /* the session's end, before the token's */
    once(text);
    rig_expect_problem(&res, 401, "unauthenticated");
    buf_fini(&token);
    http_response_free(&res);
}

static void with_cookie(const char *method, const char *fields)
{
    char text[512];
    (void)snprintf(text, sizeof text, "%s /who HTTP/1.1\r\nHost: x:80\r\nCookie: a=b; session=%s\r\n%s\r\n",
                   method, rig.cookie, fields);
    once(text);
}

static void test_cookie(void **state)
{
    start();
    with_cookie("GET", "");
    assert_int_equal(res.status, 200);
    assert_non_null(strstr(res.body, "\"cookie\":true"));
    with_cookie("DELETE", "");
    rig_expect_problem(&res, 403, "forbidden");
    with_cookie("DELETE", "Sec-Fetch-Site: same-origin\r\n");
    assert_int_equal(res.status, 200);
    with_cookie("DELETE", "Sec-Fetch-Site: same-origin\r\nOrigin: http://evil\r\n");
    assert_int_equal(res.status, 200);
    with_cookie("DELETE", "Sec-Fetch-Site: same-site\r\nOrigin: http://x:80\r\n");
    rig_expect_problem(&res, 403, "forbidden");
    with_cookie("DELETE", "Sec-Fetch-Site: none\r\n");
    rig_expect_problem(&res, 403, "forbidden");
    with_cookie("DELETE", "Origin: http://x:80\r\n");
    assert_int_equal(res.status, 200);
    with_cookie("DELETE", "Origin: http://x:81\r\n");
    rig_expect_problem(&res, 403, "forbidden");
    with_cookie("DELETE", "Origin: null\r\n");
    rig_expect_problem(&res, 403, "forbidden");
    rig.cookie[30] = rig.cookie[30] == 'A' ? 'B' : 'A';
    with_cookie("GET", "");
    rig_expect_problem(&res, 401, "unauthenticated");
    http_response_free(&res);
}

static void test_touch(void **state)
{
    start();
    with_cookie("GET", "");
    fake_clock_advance_ms(&rig.clock, 59999);
    with_cookie("GET", "");
    fake_clock_advance_ms(&rig.clock, 1);
    with_cookie("GET", "");
    jobs_stop(rig.jobs); /* runs what was submitted */
    assert_int_equal(rig.store.touched, 1);
    assert_int_equal(rig.store.touched_expires_ms, 1700000060000 + 2592000000);
    http_response_free(&res);
}

static void test_slow_store(void **state)
{
    rig.store.store.quick_reads = false;
    start();
    with_cookie("GET", "");
    assert_int_equal(res.status, 200);
    once("GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&res, 401, "unauthenticated");
    rig.store.session.expires_ms = 1;
    with_cookie("GET", "");
    rig_expect_problem(&res, 401, "unauthenticated");
    http_response_free(&res);
}

static void test_cors_listed(void **state)
{
    rig.conf.cors_origins = (char *)"https://app.example null";
    start();
    once("GET /hello HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\n\r\n");
    assert_string_equal(header("Access-Control-Allow-Origin"), "https://app.example");
    assert_string_equal(header("Access-Control-Allow-Credentials"), "true");
    assert_string_equal(header("Vary"), "Origin");
    once("GET /nothing HTTP/1.1\r\nHost: x\r\nOrigin: null\r\n\r\n");
    assert_int_equal(res.status, 404);
    assert_string_equal(header("Access-Control-Allow-Origin"), "null");
    once("GET /hello HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\n\r\n");
    assert_string_equal(header("Access-Control-Allow-Origin"), "");
    once("OPTIONS /json HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\n"
         "Access-Control-Request-Method: POST\r\n\r\n");
    assert_int_equal(res.status, 204);
    assert_non_null(strstr(header("Access-Control-Allow-Methods"), "POST"));
    assert_non_null(strstr(header("Access-Control-Allow-Headers"), "Authorization"));
    once(
        "OPTIONS /nothing HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\n"
        "Access-Control-Request-Method: GET\r\n\r\n"); /* so that the page can read the 404 that comes then */
    assert_int_equal(res.status, 204);
    assert_string_equal(header("Access-Control-Allow-Origin"), "https://app.example");
    once("OPTIONS /nothing HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\n\r\n");
    rig_expect_problem(&res, 404, "not_found");
    http_response_free(&res);
}

static void test_cors_any(void **state)
{
    rig.conf.cors_origins = (char *)"*";
    start();
    once("GET /hello HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\n\r\n");
    assert_string_equal(header("Access-Control-Allow-Origin"), "*");
    assert_string_equal(header("Access-Control-Allow-Credentials"), "");
    with_cookie("GET", "Origin: https://app.example\r\n");
    rig_expect_problem(&res, 401, "unauthenticated");
    with_cookie("GET", "Sec-Fetch-Site: cross-site\r\nOrigin: https://app.example\r\n");
    rig_expect_problem(&res, 401, "unauthenticated");
    with_cookie("GET", "Origin: http://x:80\r\n");
    assert_int_equal(res.status, 200);
    http_response_free(&res);
}

static void test_gzip(void **state)
{
    static unsigned char out[sizeof large + 1];
    start();
    __atomic_store_n(&released, 0, __ATOMIC_SEQ_CST);
    once("GET /borrowed HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(res.body_len, sizeof large);
    assert_string_equal(header("Content-Encoding"), "");
    assert_string_equal(header("Vary"), "Accept-Encoding");
    once("GET /borrowed HTTP/1.1\r\nHost: x\r\nAccept-Encoding: deflate, gzip;q=0.5\r\n\r\n");
    assert_string_equal(header("Content-Encoding"), "gzip");
    assert_true(res.body_len < 200);
    z_stream z = {.next_in = (unsigned char *)res.body,
                  .avail_in = (uInt)res.body_len,
                  .next_out = out,
                  .avail_out = sizeof out};
    assert_int_equal(inflateInit2(&z, 16 + MAX_WBITS), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, sizeof large);
    inflateEnd(&z);
    once("GET /borrowed HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip;q=0, *\r\n\r\n");
    assert_string_equal(header("Content-Encoding"), "");
    once("GET /borrowed HTTP/1.1\r\nHost: x\r\nAccept-Encoding: *\r\n\r\n");
    assert_string_equal(header("Content-Encoding"), "gzip");
    once("GET /hello HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
    assert_string_equal(header("Content-Encoding"), ""); /* not worth it */
    http_server_stop(rig.server, 1000);
    assert_int_equal(__atomic_load_n(&released, __ATOMIC_SEQ_CST), 4);
    http_response_free(&res);
}

static void test_limits(void **state)
{
    rig.conf.rate_login = (struct conf_rate){2, 60};
    start();
    for (int i = 0; i < 2; i++) {
        once("GET /limited HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_int_equal(res.status, 204);
    }
    once("GET /limited HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&res, 429, "rate_limited");
    assert_in_range(strtol(header("Retry-After"), NULL, 10), 1, 60);
    fake_clock_advance_ms(&rig.clock, 60000);
    once("GET /limited HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(res.status, 204);
    http_response_free(&res);
}

static void test_trusted_proxy(void **state)
{
    rig.conf.trusted_proxies = (char *)"private";
    start();
    once("GET /hello HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.9\r\nX-Forwarded-For: 198.51.100.1, "
         "10.0.0.1\r\n"
         "X-Forwarded-Proto: https\r\nX-Forwarded-Host: cam.example\r\n\r\n");
    assert_string_equal(res.body,
                        "{\"address\":\"198.51.100.1\",\"base\":\"https://cam.example\",\"q\":null}");
    once("GET /hello HTTP/1.1\r\nHost: x\r\nX-Real-IP: 198.51.100.2\r\n\r\n");
    assert_non_null(strstr(res.body, "198.51.100.2"));
    char out[46];
    http_client_address(rig.server, "127.0.0.1", SPAN_LIT("198.51.100.3"), (struct span){0}, out);
    assert_string_equal(out, "198.51.100.3");
    http_response_free(&res);
}

static void test_untrusted_proxy(void **state)
{
    start();
    once("GET /hello HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 198.51.100.1\r\nX-Real-IP: 198.51.100.1\r\n"
         "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n\r\n");
    assert_string_equal(res.body, "{\"address\":\"127.0.0.1\",\"base\":\"http://x\",\"q\":null}");
    http_response_free(&res);
}

static void test_nonsense_proxies(void **state)
{
    struct http_server *s;
    rig.conf.trusted_proxies = (char *)"nonsense";
    const struct http_config config = {.routes = routes, .conf = &rig.conf, .clock = &rig.clock.clock};
    assert_int_equal(http_server_create(&s, &config), ERR_INVALID);
}

static void test_without_memory(void **state)
{
    const struct http_config config = {
        .routes = routes, .conf = &rig.conf, .clock = &rig.clock.clock, .max_connections = 10};
    bool failed = true;
    for (long n = 0; failed; n++) {
        struct http_server *s;
        mem_fail_after(n, 0);
        enum err e = http_server_create(&s, &config);
        failed = mem_failed();
        mem_fail_after(-1, 0);
        assert_int_equal(e, failed ? ERR_NO_MEMORY : ERR_OK);
        if (!e)
            http_server_free(s);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    descriptors_remember();
    memset(large, 'a', sizeof large);
    const struct CMUnitTest tests[] = {
        CASE(test_answer),
        CASE(test_head),
        CASE(test_routing),
        CASE(test_every_problem),
        CASE(test_json_bodies),
        CASE(test_form_bodies),
        CASE(test_too_large),
        CASE(test_chunked),
        CASE(test_crooked_chunks),
        CASE(test_later_heads),
        CASE(test_given_back),
        CASE(test_refused_with_body),
        CASE(test_keep_alive_and_pipelining),
        CASE(test_pipelined_heads),
        CASE(test_largest_head),
        CASE(test_bearer),
        CASE(test_cookie),
        CASE(test_touch),
        CASE(test_slow_store),
        CASE(test_cors_listed),
        CASE(test_cors_any),
        CASE(test_gzip),
        CASE(test_limits),
        CASE(test_trusted_proxy),
        CASE(test_untrusted_proxy),
        CASE(test_nonsense_proxies),
        CASE(test_without_memory),
        cmocka_unit_test(descriptors_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
