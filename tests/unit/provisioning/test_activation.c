#include "provisioning/activation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samples.h"
#include "support/check.h"

#define ID  "0123456789abcdef01234567"
#define KEY "vcd_" ID "_AwsTGyMrMztDS1NbY2tze4OLk5ujq7O7w8vT2-Pr8_s"
#define GOOD                                                                                                 \
    "{\"success\": true, \"message\": \"caf\\u00e9\", \"device_id\": \"" ID "\", \"status\": \"active\", "   \
    "\"device_key\": \"" KEY "\", \"relay_url\": \"wss://cam.example/ws\", "                                 \
    "\"upload_url\": \"https://cam.example/api/frames\", \"heartbeat_s\": 5, \"server_time\": "              \
    "\"2026-01-01T00:00:00.000Z\"}"

static void test_encode(void **state)
{
    struct prov_activation_request r = {.token = "Ab3Ab3Ab3Ab3Ab", .device_uid = "caf\xC3\xA9"};
    char out[PROV_ACTIVATION_MAX];
    size_t len = 999;
    assert_int_equal(prov_activation_encode(&r, out, sizeof out, &len), PROV_OK);
    assert_string_equal(out, "{\"device_token\":\"Ab3Ab3Ab3Ab3Ab\",\"device_uid\":\"caf\\u00e9\"}");
    assert_int_equal(len, strlen(out));
    r = (struct prov_activation_request){"t", "u", "VIRTUAL_CAMERA", "192.168.1.7", "1.0"};
    assert_int_equal(prov_activation_encode(&r, out, sizeof out, &len), PROV_OK);
    assert_string_equal(out,
                        "{\"device_token\":\"t\",\"device_uid\":\"u\",\"camera_model\":\"VIRTUAL_CAMERA\","
                        "\"local_ip\":\"192.168.1.7\",\"firmware\":\"1.0\"}");
    size_t whole = len;
    for (size_t cap = 0; cap <= whole; cap++) {
        assert_int_equal(prov_activation_encode(&r, out, cap, &len), PROV_NO_SPACE);
    }
}

static void test_encode_refuses(void **state)
{
    char long_text[PROV_UID_MAX + 2] = {0}, out[PROV_ACTIVATION_MAX];
    memset(long_text, 'x', PROV_UID_MAX + 1);
    const struct {
        struct prov_activation_request r;
        enum prov_err err;
    } rows[] = {
        {{.token = "t"}, PROV_INVALID},
        {{.device_uid = "u"}, PROV_INVALID},
        {{.token = "", .device_uid = "u"}, PROV_INVALID},
        {{.token = "t", .device_uid = "\xFF"}, PROV_INVALID},
        {{.token = long_text, .device_uid = "u"}, PROV_TOO_LONG},
        {{.token = "t", .device_uid = long_text}, PROV_TOO_LONG},
        {{.token = "t", .device_uid = "u", .camera_model = long_text}, PROV_TOO_LONG},
        {{.token = "t", .device_uid = "u", .local_ip = long_text}, PROV_TOO_LONG},
        {{.token = "t", .device_uid = "u", .firmware = long_text}, PROV_TOO_LONG},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t len = 999;
        assert_int_equal(prov_activation_encode(&rows[i].r, out, sizeof out, &len), rows[i].err);
        assert_int_equal(len, 999);
    }
}

static void test_decode(void **state)
{
    struct prov_activation_reply r;
    assert_int_equal(prov_activation_decode(GOOD, strlen(GOOD), &r), PROV_OK);
    assert_string_equal(r.device_id, ID);
    assert_string_equal(r.device_key, KEY);
    assert_string_equal(r.relay_url, "wss://cam.example/ws");
    assert_string_equal(r.upload_url, "https://cam.example/api/frames");
    assert_int_equal(r.heartbeat_s, 5);
    for (size_t cut = 0; cut < strlen(GOOD); cut++) {
        char *part = samples_exact(GOOD, cut);
        assert_int_equal(prov_activation_decode(part, cut, &r), PROV_INVALID);
        free(part);
    }
}

/* GOOD with one piece of text replaced, which must make it bad. */
static void test_decode_refuses(void **state)
{
    static const struct {
        const char *from, *to;
        enum prov_err err;
    } rows[] = {
        {"\"device_id\"", "\"device_ID\"", PROV_INVALID},
        {"\"device_key\"", "\"key\"", PROV_INVALID},
        {"\"relay_url\"", "\"x\"", PROV_INVALID},
        {"\"upload_url\"", "\"x\"", PROV_INVALID},
        {"\"heartbeat_s\"", "\"x\"", PROV_INVALID},
        {"id\": \"0", "id\": \"1", PROV_INVALID}, /* the key names another device */
        {"vcd_", "vcx_", PROV_INVALID},
        {"wss://", "https://", PROV_INVALID},
        {"https://", "wss://", PROV_INVALID},
        {"wss://cam", "wss:///", PROV_INVALID},
        {"heartbeat_s\": 5", "heartbeat_s\": 0", PROV_INVALID},
        {"heartbeat_s\": 5", "heartbeat_s\": \"5\"", PROV_INVALID},
        {"heartbeat_s\": 5", "heartbeat_s\": 5.5", PROV_INVALID},
        {"\"status\"", "\"heartbeat_s\":5,\"status\"", PROV_INVALID},
        {ID "\"", ID "0\"", PROV_TOO_LONG},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[PROV_ACTIVATION_MAX];
        const char *at = strstr(GOOD, rows[i].from);
        assert_non_null(at);
        int len = snprintf(text, sizeof text, "%.*s%s%s", (int)(at - GOOD), GOOD, rows[i].to,
                           at + strlen(rows[i].from));
        struct prov_activation_reply r = {.heartbeat_s = 77};
        if (prov_activation_decode(text, (size_t)len, &r) != rows[i].err) {
            fail_msg("row %zu: %s", i, text);
        }
        assert_int_equal(r.heartbeat_s, 77);
    }
    char big[PROV_ACTIVATION_MAX + 1];
    memset(big, ' ', sizeof big);
    memcpy(big, GOOD, strlen(GOOD));
    struct prov_activation_reply r;
    assert_int_equal(prov_activation_decode(big, PROV_ACTIVATION_MAX, &r), PROV_OK);
    assert_int_equal(prov_activation_decode(big, PROV_ACTIVATION_MAX + 1, &r), PROV_TOO_LONG);
}

static void test_problem_code(void **state)
{
    static const struct {
        const char *text, *code;
    } rows[] = {
        {"{\"type\":\"about:blank\",\"status\":409,\"code\":\"token_used\",\"errors\":[{}]}", "token_used"},
        {"{\"code\":\"twelve_chars\"}", "twelve_chars"},
        {"{\"code\":\"thirteen_long\"}", ""},
        {"{\"code\":\"Not A Word\"}", ""},
        {"{\"code\":409}", ""},
        {"{\"code\":\"token_used\"", ""},
        {"{}", ""},
        {"<html>", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *text = samples_exact(rows[i].text, strlen(rows[i].text)), code[13] = "before";
        prov_problem_code(text, strlen(rows[i].text), code, sizeof code);
        assert_string_equal(code, rows[i].code);
        prov_problem_code(text, strlen(rows[i].text), code, 0);
        prov_problem_code(text, strlen(rows[i].text), code, 1);
        assert_string_equal(code, "");
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encode),       cmocka_unit_test(test_encode_refuses),
        cmocka_unit_test(test_decode),       cmocka_unit_test(test_decode_refuses),
        cmocka_unit_test(test_problem_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
