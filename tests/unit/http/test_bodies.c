/* Bodies: what they hold, how large they are, where they end. */
#include "site.h"

#include <stdio.h>
#include <string.h>

#include "support/descriptors.h"

static void test_json_bodies(void **state)
{
    site_start();
    site_post("/json", "application/json", "{\"name\":\"n\",\"other\":1}");
    assert_int_equal(site.res.status, 201);
    assert_string_equal(site.res.body, "{\"name\":\"n\"}");
    site_post("/json", "Application/JSON ; charset=utf-8", "{\"name\":\"n\"}");
    assert_int_equal(site.res.status, 201);
    site_post("/json", "text/plain", "{\"name\":\"n\"}");
    rig_expect_problem(&site.res, 415, "unsupported_media_type");
    site_post("/json", "application/jsonx", "{\"name\":\"n\"}");
    rig_expect_problem(&site.res, 415, "unsupported_media_type");
    site_post("/json", "application/x-www-form-urlencoded", "name=n");
    rig_expect_problem(&site.res, 415, "unsupported_media_type");
    site_post("/json", NULL, "{\"name\":\"n\"}");
    rig_expect_problem(&site.res, 415, "unsupported_media_type");
    static const char *const crooked[] = {
        "", "{", "[]", "\"a\"", "{\"name\":\"\xff\"}", "{\"name\":\"n\"}x", "nul"};
    for (size_t i = 0; i < sizeof crooked / sizeof *crooked; i++) {
        site_post("/json", "application/json", crooked[i]);
        rig_expect_problem(&site.res, 400, "malformed");
    }
    static const char *const wrong[] = {"{}",
                                        "{\"name\":1}",
                                        "{\"name\":\"\"}",
                                        "{\"name\":\"12345678901\"}",
                                        "{\"name\":\"a\\u0000\"}",
                                        "{\"name\":null}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        site_post("/json", "application/json", wrong[i]);
        rig_expect_problem(&site.res, 422, "invalid");
        assert_non_null(strstr(site.res.body, "\"errors\":[{\"field\":\"name\",\"message\":\""));
    }
}

static void test_form_bodies(void **state)
{
    site_start();
    site_post("/any", "application/x-www-form-urlencoded", "a=b&name=a+%26");
    assert_string_equal(site.res.body, "{\"name\":\"a &\"}");
    site_post("/any", "application/json", "{\"name\":\"n\"}");
    assert_int_equal(site.res.status, 201);
    site_post("/any", "application/x-www-form-urlencoded", "a=b");
    rig_expect_problem(&site.res, 422, "invalid");
    site_post("/any", "application/x-www-form-urlencoded", "name=%00");
    rig_expect_problem(&site.res, 422, "invalid");
    assert_non_null(strstr(site.res.body, "\"errors\":[{\"field\":\"body\",\"message\":\""));
    site_post("/any", "application/x-www-form-urlencoded", "name=%ff");
    rig_expect_problem(&site.res, 400, "malformed");
    site_post("/any", "multipart/form-data; boundary=x", "--x--");
    rig_expect_problem(&site.res, 415, "unsupported_media_type");
    site_post("/form", "application/x-www-form-urlencoded", "name=n");
    assert_int_equal(site.res.status, 201);
    site_post("/form", "application/json", "{\"name\":\"n\"}");
    rig_expect_problem(&site.res, 415, "unsupported_media_type");
    assert_non_null(strstr(site.res.body, "x-www-form-urlencoded"));
}

/* Told before the body is read, and not lost though much of it was sent already. */
static void test_too_large(void **state)
{
    static char zeros[3 << 20];
    struct http_client c;
    site_start();
    for (int sent = 0; sent < 2; sent++) {
        http_client_open(&c, site.rig.port);
        http_client_say(&c, "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                            "Content-Length: 3145728\r\n\r\n");
        if (sent)
            http_client_send(&c, zeros, sizeof zeros);
        site_read(&c);
        rig_expect_problem(&site.res, 413, "too_large");
        assert_string_equal(site_header("Connection"), "close");
        assert_true(http_client_at_end(&c));
        http_client_close(&c);
    }
    /* chunked: nothing was announced */
    http_client_open(&c, site.rig.port);
    http_client_say(&c, "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        "Transfer-Encoding: chunked\r\n\r\n");
    http_client_say(&c, "100000\r\n");
    http_client_send(&c, zeros, 0x100000);
    site_read(&c);
    rig_expect_problem(&site.res, 413, "too_large");
    assert_true(http_client_at_end(&c));
    http_client_close(&c);
    /* the largest that fits */
    http_client_open(&c, site.rig.port);
    memset(zeros, ' ', HTTP_JSON_MAX);
    memcpy(zeros, "{\"name\":\"n\"}", 12);
    http_client_say(&c,
                    "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    "Content-Length: %d\r\n\r\n",
                    HTTP_JSON_MAX);
    http_client_send(&c, zeros, HTTP_JSON_MAX);
    site_read(&c);
    assert_int_equal(site.res.status, 201);
    http_client_close(&c);
}

#define CHUNKED                                                                                              \
    "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"

static void test_chunked(void **state)
{
    static const char *const rows[] = {
        "5\r\n{\"nam\r\n7\r\ne\":\"n\"}\r\n0\r\n\r\n",
        "0000000c\r\n{\"name\":\"n\"}\r\n000\r\n\r\n",
        "C\r\n{\"name\":\"n\"}\r\n0\r\nA: b\r\nC:\r\n\r\n",
    };
    struct http_client c;
    site_start();
    http_client_open(&c, site.rig.port);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        http_client_say(&c, CHUNKED "%sGET /hello HTTP/1.1\r\nHost: x\r\n\r\n", rows[i]);
        for (int k = 0; k < 2; k++) { /* the body, and what stands behind it */
            site_read(&c);
            assert_int_equal(site.res.status, k ? 200 : 201);
        }
    }
    http_client_close(&c);
}

/* Told once, as everything is told; nothing behind it is looked at. */
static void test_crooked_chunks(void **state)
{
    static const char *const rows[][2] = {
        {"z\r\n", ""},
        {"", "z\r\n"},
        {"\r\n", ""},
        {"c;a=b\r\n{\"name\":\"n\"}\r\n0\r\n\r\n", ""},
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
    site_start();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool later =
            !*rows[i][0] || *rows[i][1]; /* the first part is asked for and read, before the second comes */
        http_client_open(&c, site.rig.port);
        if (later) {
            http_client_say(&c, "POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                                "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
            site_read(&c);
            assert_int_equal(site.res.status, 100);
        }
        http_client_say(&c, "%s%s", later ? "" : CHUNKED, rows[i][0]);
        http_client_say(&c, "%sGET /hello HTTP/1.1\r\nHost: x\r\n\r\n", rows[i][1]);
        site_read(&c);
        rig_expect_problem(&site.res, 400, "malformed");
        assert_string_equal(site_header("Connection"), "close");
        assert_true(http_client_at_end(&c));
        http_client_close(&c);
    }
}

/* 404, 405, 415 … with a body: the body is read off and the connection goes on. */
static void test_refused_with_body(void **state)
{
    struct http_client c;
    site_start();
    http_client_open(&c, site.rig.port);
    for (int i = 0; i < 3; i++) {
        http_client_say(&c, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
                        i == 0   ? "/nothing"
                        : i == 1 ? "/hello"
                                 : "/json");
        site_read(&c);
        assert_int_equal(site.res.status, i == 0 ? 404 : i == 1 ? 405 : 415);
    }
    http_client_say(&c,
                    "POST /json HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
    site_read(&c);
    rig_expect_problem(&site.res, 415, "unsupported_media_type"); /* without inviting the body */
    assert_true(http_client_at_end(&c));
    http_client_close(&c);
    http_client_open(&c, site.rig.port);
    http_client_say(&c, "POST /json HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                        "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n");
    site_read(&c);
    assert_int_equal(site.res.status, 100);
    http_client_say(&c, "{\"name\":\"n\"}");
    site_read(&c);
    assert_int_equal(site.res.status, 201);
    http_client_close(&c);
}

int main(void)
{
    descriptors_remember();
    const struct CMUnitTest tests[] = {
        SITE_CASE(test_json_bodies),         SITE_CASE(test_form_bodies),
        SITE_CASE(test_too_large),           SITE_CASE(test_chunked),
        SITE_CASE(test_crooked_chunks),      SITE_CASE(test_refused_with_body),
        cmocka_unit_test(descriptors_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
