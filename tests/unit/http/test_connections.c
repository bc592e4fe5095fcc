/* One request after the other on a connection: each is judged by the door. */
#include "site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "core/log.h"
#include "support/descriptors.h"

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
    site_start();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_client c;
        http_client_open(&c, site.rig.port);
        for (int k = 0; k < 2; k++) {
            http_client_say(&c, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
            site_read(&c);
            assert_int_equal(site.res.status, 200);
        }
        http_client_say(&c, "%s", rows[i]);
        site_read(&c);
        rig_expect_problem(&site.res, 400, "malformed");
        assert_true(http_client_at_end(&c));
        http_client_close(&c);
    }
    assert_int_equal(__atomic_load_n(&site.rig.given_back, __ATOMIC_SEQ_CST), 2 * sizeof rows / sizeof *rows);
}

/* Behind each request, whatever came with it. */
static void test_given_back(void **state)
{
    struct http_client c;
    site_start();
    http_client_open(&c, site.rig.port);
    for (int i = 1; i <= 3; i++) {
        http_client_say(&c, "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                            "Content-Length: 12\r\n\r\n{\"name\"");
        http_client_say(&c, ":\"n\"}");
        site_read(&c);
        assert_int_equal(site.res.status, 201);
    }
    http_client_say(&c, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
                        "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 3; i++) {
        site_read(&c);
        assert_int_equal(site.res.status, 200);
    }
    assert_true(http_client_at_end(&c));
    assert_int_equal(__atomic_load_n(&site.rig.given_back, __ATOMIC_SEQ_CST), 5);
    http_client_close(&c);
}

static void test_keep_alive_and_pipelining(void **state)
{
    struct http_client c;
    site_start();
    http_client_open(&c, site.rig.port);
    for (int i = 0; i < 20; i++) {
        http_client_say(&c, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        site_read(&c);
        assert_int_equal(site.res.status, 200);
    }
    for (int i = 0; i < 20; i++)
        http_client_say(&c,
                        "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        "Content-Length: %d\r\n\r\n{\"name\":\"%d\"}",
                        i < 10 ? 12 : 13, i);
    for (int i = 0; i < 20; i++) {
        char expected[32];
        (void)snprintf(expected, sizeof expected, "{\"name\":\"%d\"}", i);
        site_read(&c);
        assert_string_equal(site.res.body, expected);
    }
    http_client_say(&c, "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    site_read(&c);
    assert_true(http_client_at_end(&c));
    http_client_close(&c);
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
    site_start();
    for (size_t i = 0; i < sizeof crooked / sizeof *crooked; i++) {
        struct http_client c;
        http_client_open(&c, site.rig.port);
        http_client_say(&c, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n%s", crooked[i]);
        site_read(&c);
        assert_int_equal(site.res.status, 200);
        site_read(&c);
        rig_expect_problem(&site.res, 400, "malformed");
        assert_true(http_client_at_end(&c));
        http_client_close(&c);
    }
}

/* 16 KiB and 100 fields pass, as the first and as the second of a connection, also when a cookie is what is
 * large. */
static void test_largest_head(void **state)
{
    static char text[16384 + 1];
    static const char *const last[] = {"Z: ", "Cookie: a="};
    site_start();
    for (int i = 0; i < 4; i++) {
        struct http_client c;
        size_t at = (size_t)snprintf(text, sizeof text, "GET /hello HTTP/1.1\r\nHost: x\r\n");
        for (int field = 0; field < 98; field++)
            at += (size_t)snprintf(text + at, sizeof text - at, "A%d: b\r\n", field);
        at += (size_t)snprintf(text + at, sizeof text - at, "%s", last[i / 2]);
        memset(text + at, 'a', sizeof text - at);
        (void)snprintf(text + 16380, sizeof text - 16380, "\r\n\r\n");
        http_client_open(&c, site.rig.port);
        for (int j = 0; j <= i % 2; j++) {
            http_client_say(&c, "%s", text);
            site_read(&c);
            assert_int_equal(site.res.status, 200);
        }
        http_client_close(&c);
    }
}

/* The most of what libmicrohttpd keeps of a request: it would answer by itself, or not at all, what does not
 * fit into its memory. */
static void test_most_parts(void **state)
{
    static char text[16384 + 1], parts[2 * 126 + 1], trailers[512];
    for (int i = 0; i < 127; i++)
        memcpy(trailers + 4 * i, "a:\r\n", 4);
    site_start();
    for (int by_query = 0; by_query <= 1; by_query++) {
        struct http_client c;
        for (int i = 0; i < 126; i++)
            memcpy(parts + 2 * i, by_query ? "a&" : "a;", 2);
        size_t at = (size_t)snprintf(text, sizeof text,
                                     "POST /json?%s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                                     "Content-Type: application/json\r\n",
                                     by_query ? parts : "");
        for (int field = 0; field < 96; field++)
            at += (size_t)snprintf(text + at, sizeof text - at, "A%d: b\r\n", field);
        at += (size_t)snprintf(text + at, sizeof text - at, "Cookie: %s", by_query ? "" : parts);
        memset(text + at, 'a', sizeof text - at);
        (void)snprintf(text + 16380, sizeof text - 16380, "\r\n\r\n");
        http_client_open(&c, site.rig.port);
        http_client_say(&c, "%s", text);
        http_client_say(&c, "c\r\n{\"name\":\"n\"}\r\n0\r\n%s\r\n", trailers);
        site_read(&c);
        if (by_query) /* more than a form may have */
            rig_expect_problem(&site.res, 400, "malformed");
        else
            assert_int_equal(site.res.status, 201);
        http_client_close(&c);
    }
}

static struct rlimit most;

/* Leaves no descriptor. */
static enum http_next take_all(struct http_exchange *x, void *app)
{
    struct rlimit none = {.rlim_cur = (rlim_t)descriptors_next(), .rlim_max = most.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    return HTTP_DONE;
}

/* What cannot be given back is closed: nobody would read its next request. */
static void test_no_descriptor(void **state)
{
    static const struct http_route routes[] = {
        {HTTP_GET, "/all", take_all, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
        {.path = NULL},
    };
    struct http_client c;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &most), 0);
    rig_start(&site.rig, routes, NULL);
    http_client_open(&c, site.rig.port);
    http_client_say(&c, "GET /all HTTP/1.1\r\nHost: x\r\n\r\n");
    site_read(&c);
    assert_int_equal(site.res.status, 200);
    assert_true(http_client_at_end(&c));
    http_client_close(&c);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &most), 0);
}

static int taken;

static enum err take_none(void *arg, int fd, struct span head)
{
    taken++;
    return fd >= 0 ? ERR_RATE_LIMITED : ERR_OK;
}

static enum http_next give(struct http_exchange *x, void *app)
{
    http_give_socket(x, "text/plain", take_none, NULL);
    return HTTP_DONE;
}

static enum http_next give_all(struct http_exchange *x, void *app)
{
    (void)give(x, app);
    return take_all(x, app);
}

/* What cannot be given away, or is not taken, is answered, and logged as it was answered. */
static void test_not_taken(void **state)
{
    static const struct http_route routes[] = {
        {HTTP_GET, "/not-taken", give, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
        {HTTP_GET, "/no-descriptor", give_all, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
        {.path = NULL},
    };
    static const struct {
        int status;
        const char *code, *words;
    } rows[] = {
        {429, "rate_limited", "http.request method=GET route=/not-taken status=429 "},
        {503, "overloaded", "http.request method=GET route=/no-descriptor status=503 "},
    };
    char path[] = "/tmp/visionconnect-log-XXXXXX", log[4096];
    int fd = mkstemp(path);
    assert_int_equal(log_open(LOG_INFO, LOG_TEXT, path), ERR_OK);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &most), 0);
    taken = 0;
    rig_start(&site.rig, routes, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_client c;
        http_client_open(&c, site.rig.port);
        http_client_say(&c, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", routes[i].path);
        site_read(&c);
        rig_expect_problem(&site.res, rows[i].status, rows[i].code);
        assert_true(http_client_at_end(&c));
        http_client_close(&c);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &most), 0);
    http_server_stop(site.rig.server, 5000); /* the lines are written */
    log_close();
    assert_int_equal(taken, 2);
    ssize_t n = read(fd, log, sizeof log - 1);
    assert_true(n > 0);
    log[n] = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_non_null(strstr(log, rows[i].words));
    close(fd);
    unlink(path);
}

int main(void)
{
    descriptors_remember();
    const struct CMUnitTest tests[] = {
        SITE_CASE(test_later_heads),
        SITE_CASE(test_given_back),
        SITE_CASE(test_keep_alive_and_pipelining),
        SITE_CASE(test_pipelined_heads),
        SITE_CASE(test_largest_head),
        SITE_CASE(test_most_parts),
        SITE_CASE(test_no_descriptor),
        SITE_CASE(test_not_taken),
        cmocka_unit_test(descriptors_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
