/* Who is asking, from which page and through which proxy. */
#include "site.h"

#include <stdio.h>
#include <string.h>

#include "support/descriptors.h"

static void test_bearer(void **state)
{
    struct buf token;
    char text[2048];
    site_start();
    site_once("GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&site.res, 401, "unauthenticated");
    assert_int_equal(strncmp(site_header("WWW-Authenticate"), "Bearer", 6), 0);
    site_once("GET /who HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer nonsense\r\n\r\n");
    rig_expect_problem(&site.res, 401, "unauthenticated");
    rig_token(&site.rig, 1700000000000 + 1000, &token);
    (void)snprintf(text, sizeof text, "DELETE /who HTTP/1.1\r\nHost: x\r\nAuthorization: bearer   %s\r\n\r\n",
                   buf_str(&token));
    site_once(text);
    assert_int_equal(site.res.status, 200);
    assert_string_equal(site.res.body, "{\"user\":\"f123456789abcdef01234567\",\"cookie\":false}");
    fake_clock_advance_ms(&site.rig.clock, 1000);
    site_once(text);
    rig_expect_problem(&site.res, 401, "token_expired");
    buf_fini(&token);
    rig_token(&site.rig, 1700000000000 + 7200000, &token);
    (void)snprintf(text, sizeof text, "GET /who HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n",
                   buf_str(&token));
    site_once(text);
    assert_int_equal(site.res.status, 200);
    fake_clock_advance_ms(&site.rig.clock, 3600000); /* the session's end, before the token's */
    site_once(text);
    rig_expect_problem(&site.res, 401, "unauthenticated");
    buf_fini(&token);
}

static void with_cookie(const char *method, const char *fields)
{
    char text[512];
    (void)snprintf(text, sizeof text, "%s /who HTTP/1.1\r\nHost: x:80\r\nCookie: a=b; session=%s\r\n%s\r\n",
                   method, site.rig.cookie, fields);
    site_once(text);
}

static void test_cookie(void **state)
{
    site_start();
    with_cookie("GET", "");
    assert_int_equal(site.res.status, 200);
    assert_non_null(strstr(site.res.body, "\"cookie\":true"));
    with_cookie("DELETE", "");
    rig_expect_problem(&site.res, 403, "forbidden");
    with_cookie("DELETE", "Sec-Fetch-Site: same-origin\r\n");
    assert_int_equal(site.res.status, 200);
    with_cookie("DELETE", "Sec-Fetch-Site: same-origin\r\nOrigin: http://evil\r\n");
    assert_int_equal(site.res.status, 200);
    with_cookie("DELETE", "Sec-Fetch-Site: same-site\r\nOrigin: http://x:80\r\n");
    rig_expect_problem(&site.res, 403, "forbidden");
    with_cookie("DELETE", "Sec-Fetch-Site: none\r\n");
    rig_expect_problem(&site.res, 403, "forbidden");
    with_cookie("DELETE", "Origin: http://x:80\r\n");
    assert_int_equal(site.res.status, 200);
    with_cookie("DELETE", "Origin: http://x:81\r\n");
    rig_expect_problem(&site.res, 403, "forbidden");
    with_cookie("DELETE", "Origin: null\r\n");
    rig_expect_problem(&site.res, 403, "forbidden");
    site.rig.cookie[30] = site.rig.cookie[30] == 'A' ? 'B' : 'A';
    with_cookie("GET", "");
    rig_expect_problem(&site.res, 401, "unauthenticated");
}

static void test_touch(void **state)
{
    site_start();
    with_cookie("GET", "");
    fake_clock_advance_ms(&site.rig.clock, 59999);
    with_cookie("GET", "");
    fake_clock_advance_ms(&site.rig.clock, 1);
    with_cookie("GET", "");
    jobs_stop(site.rig.jobs); /* runs what was submitted */
    assert_int_equal(site.rig.store.touched, 1);
    assert_int_equal(site.rig.store.touched_expires_ms, 1700000060000 + 2592000000);
}

static void test_slow_store(void **state)
{
    site.rig.store.store.quick_reads = false;
    site_start();
    with_cookie("GET", "");
    assert_int_equal(site.res.status, 200);
    site_once("GET /who HTTP/1.1\r\nHost: x\r\n\r\n");
    rig_expect_problem(&site.res, 401, "unauthenticated");
    site.rig.store.session.expires_ms = 1;
    with_cookie("GET", "");
    rig_expect_problem(&site.res, 401, "unauthenticated");
}

static void test_cors_listed(void **state)
{
    site.rig.conf.cors_origins = (char *)"https://app.example null";
    site_start();
    site_once("GET /hello HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\n\r\n");
    assert_string_equal(site_header("Access-Control-Allow-Origin"), "https://app.example");
    assert_string_equal(site_header("Access-Control-Allow-Credentials"), "true");
    assert_string_equal(site_header("Vary"), "Origin");
    site_once("GET /nothing HTTP/1.1\r\nHost: x\r\nOrigin: null\r\n\r\n");
    assert_int_equal(site.res.status, 404);
    assert_string_equal(site_header("Access-Control-Allow-Origin"), "null");
    site_once("GET /hello HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\n\r\n");
    assert_string_equal(site_header("Access-Control-Allow-Origin"), "");
    site_once("OPTIONS /json HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\n"
              "Access-Control-Request-Method: POST\r\n\r\n");
    assert_int_equal(site.res.status, 204);
    assert_non_null(strstr(site_header("Access-Control-Allow-Methods"), "POST"));
    assert_non_null(strstr(site_header("Access-Control-Allow-Headers"), "Authorization"));
    site_once(
        "OPTIONS /nothing HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\n"
        "Access-Control-Request-Method: GET\r\n\r\n"); /* so that the page can read the 404 that comes then */
    assert_int_equal(site.res.status, 204);
    assert_string_equal(site_header("Access-Control-Allow-Origin"), "https://app.example");
    site_once("OPTIONS /nothing HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\n\r\n");
    rig_expect_problem(&site.res, 404, "not_found");
}

static void test_cors_any(void **state)
{
    site.rig.conf.cors_origins = (char *)"*";
    site_start();
    site_once("GET /hello HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\n\r\n");
    assert_string_equal(site_header("Access-Control-Allow-Origin"), "*");
    assert_string_equal(site_header("Access-Control-Allow-Credentials"), "");
    with_cookie("GET", "Origin: https://app.example\r\n");
    rig_expect_problem(&site.res, 401, "unauthenticated");
    with_cookie("GET", "Sec-Fetch-Site: cross-site\r\nOrigin: https://app.example\r\n");
    rig_expect_problem(&site.res, 401, "unauthenticated");
    with_cookie("GET", "Origin: http://x:80\r\n");
    assert_int_equal(site.res.status, 200);
}

static void test_trusted_proxy(void **state)
{
    site.rig.conf.trusted_proxies = (char *)"private";
    site_start();
    site_once(
        "GET /hello HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 192.0.2.9\r\nX-Forwarded-For: 198.51.100.1, "
        "10.0.0.1\r\n"
        "X-Forwarded-Proto: https\r\nX-Forwarded-Host: cam.example\r\n\r\n");
    assert_string_equal(site.res.body,
                        "{\"address\":\"198.51.100.1\",\"base\":\"https://cam.example\",\"q\":null}");
    site_once("GET /hello HTTP/1.1\r\nHost: x\r\nX-Real-IP: 198.51.100.2\r\n\r\n");
    assert_non_null(strstr(site.res.body, "198.51.100.2"));
    char out[46];
    http_client_address(site.rig.server, "127.0.0.1", SPAN_LIT("198.51.100.3"), (struct span){0}, out);
    assert_string_equal(out, "198.51.100.3");
}

static void test_untrusted_proxy(void **state)
{
    site_start();
    site_once("GET /hello HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 198.51.100.1\r\nX-Real-IP: 198.51.100.1\r\n"
              "X-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\n\r\n");
    assert_string_equal(site.res.body, "{\"address\":\"127.0.0.1\",\"base\":\"http://x\",\"q\":null}");
}

int main(void)
{
    descriptors_remember();
    const struct CMUnitTest tests[] = {
        SITE_CASE(test_bearer),        SITE_CASE(test_cookie),          SITE_CASE(test_touch),
        SITE_CASE(test_slow_store),    SITE_CASE(test_cors_listed),     SITE_CASE(test_cors_any),
        SITE_CASE(test_trusted_proxy), SITE_CASE(test_untrusted_proxy), cmocka_unit_test(descriptors_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
