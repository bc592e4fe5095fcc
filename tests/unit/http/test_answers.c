/* What is said to a request, whoever asks. */
#include "site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "core/mem.h"
#include "support/descriptors.h"

static void test_answer(void **state)
{
    site_start();
    site_once("GET /hello?q=a%20b HTTP/1.1\r\nHost: x:1\r\n\r\n");
    assert_int_equal(site.res.status, 200);
    assert_string_equal(site.res.body, "{\"address\":\"127.0.0.1\",\"base\":\"http://x:1\",\"q\":\"a b\"}");
    assert_string_equal(site_header("Content-Type"), "application/json");
    assert_string_equal(site_header("Cache-Control"), "no-store");
    assert_string_equal(site_header("X-Content-Type-Options"), "nosniff");
    assert_int_equal(strlen(site_header("X-Request-Id")), 24);
    assert_string_equal(site_header("Access-Control-Allow-Origin"), "");
    site_once("GET http://y/hello HTTP/1.1\r\nHost: y\r\n\r\n"); /* absolute form */
    assert_int_equal(site.res.status, 200);
    site_once("GET /empty HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(site.res.status, 204);
    assert_non_null(strstr(site.res.head, "Set-Cookie: a=b\r\n"));
    assert_non_null(strstr(site.res.head, "Set-Cookie: c=d\r\n"));
}

static void test_head(void **state)
{
    site_start();
    site_once("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(site.res.status, 200);
    assert_string_equal(site_header("Content-Length"), "50");
    struct http_client c;
    http_client_open(&c, site.rig.port);
    for (int i = 0; i < 3; i++) { /* no byte of a body gets between the answers */
        http_client_say(&c, "HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        http_response_free(&site.res);
        assert_true(http_client_read(&c, &site.res, true));
        assert_int_equal(site.res.status, 200);
    }
    http_client_close(&c);
    site_once("HEAD /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(site.res.status, 404);
}

static void test_routing(void **state)
{
    site_start();
    site_once("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&site.res, 404, "not_found");
    site_once("GET /nothing HTTP/1.1\r\nHost: x\r\nAccept: text/html,*/*\r\n\r\n");
    assert_string_equal(site.res.body, "<p>");
    site_once("GET /api/nothing HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n");
    rig_expect_problem(&site.res, 404, "not_found");
    site_once("PUT /who HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&site.res, 405, "method_not_allowed");
    assert_string_equal(site_header("Allow"), "GET, HEAD, DELETE, OPTIONS");
    site_once("BREW /who HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&site.res, 405, "method_not_allowed");
    site_once("OPTIONS /who HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(site.res.status, 204);
    assert_string_equal(site_header("Allow"), "GET, HEAD, DELETE, OPTIONS");
    site_once("GET /params/a%2Fb/x/%C3%A4 HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_string_equal(site.res.body, "{\"a\":\"a/b\",\"b\":\"\xc3\xa4\"}");
    site_once("GET /params/a/x/%00 HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&site.res, 400, "malformed");
    site_once("GET /params/a/x/%ff HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&site.res, 400, "malformed");
    site_once("GET /hello?q=%00 HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&site.res, 422, "invalid");
    assert_non_null(strstr(site.res.body, "\"errors\":[{\"field\":\"query\",\"message\":\""));
}

static void test_every_problem(void **state)
{
    site_start();
    for (int e = ERR_OK + 1; e < ERR_COUNT; e++) {
        char text[96];
        (void)snprintf(text, sizeof text, "GET /problem?e=%d HTTP/1.1\r\nHost: x\r\n\r\n", e);
        __atomic_store_n(&site.released, 0, __ATOMIC_SEQ_CST);
        site_once(text);
        const char *word = e == ERR_NO_MEMORY ? "overloaded"
                           : e == ERR_IO      ? "store_unavailable"
                                              : err_word((enum err)e);
        rig_expect_problem(&site.res, site.res.status, word);
        assert_string_equal(site_header("X-Lost"), "");
        assert_int_equal(strlen(site_header("WWW-Authenticate")) > 0, site.res.status == 401);
        assert_int_equal(strlen(site_header("Retry-After")) > 0,
                         site.res.status == 503 || site.res.status == 429);
        assert_int_equal(__atomic_load_n(&site.released, __ATOMIC_SEQ_CST), 1);
    }
}

static void test_gzip(void **state)
{
    static unsigned char out[sizeof site.large + 1];
    site_start();
    __atomic_store_n(&site.released, 0, __ATOMIC_SEQ_CST);
    site_once("GET /borrowed HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(site.res.body_len, sizeof site.large);
    assert_string_equal(site_header("Content-Encoding"), "");
    assert_string_equal(site_header("Vary"), "Accept-Encoding");
    site_once("GET /borrowed HTTP/1.1\r\nHost: x\r\nAccept-Encoding: deflate, gzip;q=0.5\r\n\r\n");
    assert_string_equal(site_header("Content-Encoding"), "gzip");
    assert_true(site.res.body_len < 200);
    z_stream z = {.next_in = (unsigned char *)site.res.body,
                  .avail_in = (uInt)site.res.body_len,
                  .next_out = out,
                  .avail_out = sizeof out};
    assert_int_equal(inflateInit2(&z, 16 + MAX_WBITS), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(z.total_out, sizeof site.large);
    inflateEnd(&z);
    site_once("GET /borrowed HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip;q=0, *\r\n\r\n");
    assert_string_equal(site_header("Content-Encoding"), "");
    site_once("GET /borrowed HTTP/1.1\r\nHost: x\r\nAccept-Encoding: *\r\n\r\n");
    assert_string_equal(site_header("Content-Encoding"), "gzip");
    site_once("GET /hello HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
    assert_string_equal(site_header("Content-Encoding"), ""); /* not worth it */
    http_server_stop(site.rig.server, 1000);
    assert_int_equal(__atomic_load_n(&site.released, __ATOMIC_SEQ_CST), 4);
}

static void test_limits(void **state)
{
    site.rig.conf.rate_login = (struct conf_rate){2, 60};
    site_start();
    for (int i = 0; i < 2; i++) {
        site_once("GET /limited HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_int_equal(site.res.status, 204);
    }
    site_once("GET /limited HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&site.res, 429, "rate_limited");
    assert_in_range(strtol(site_header("Retry-After"), NULL, 10), 1, 60);
    fake_clock_advance_ms(&site.rig.clock, 60000);
    site_once("GET /limited HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(site.res.status, 204);
}

static const struct http_route no_routes[] = {{0}};

static void test_nonsense_proxies(void **state)
{
    struct http_server *s;
    site.rig.conf.trusted_proxies = (char *)"nonsense";
    const struct http_config config = {
        .routes = no_routes, .conf = &site.rig.conf, .clock = &site.rig.clock.clock};
    assert_int_equal(http_server_create(&s, &config), ERR_INVALID);
}

static void test_without_memory(void **state)
{
    const struct http_config config = {
        .routes = no_routes, .conf = &site.rig.conf, .clock = &site.rig.clock.clock, .max_connections = 10};
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

int main(void)
{
    descriptors_remember();
    const struct CMUnitTest tests[] = {
        SITE_CASE(test_answer),           SITE_CASE(test_head),           SITE_CASE(test_routing),
        SITE_CASE(test_every_problem),    SITE_CASE(test_gzip),           SITE_CASE(test_limits),
        SITE_CASE(test_nonsense_proxies), SITE_CASE(test_without_memory), cmocka_unit_test(descriptors_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
