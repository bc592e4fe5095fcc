#include "provisioning/payload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "samples.h"
#include "support/check.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static struct prov_credentials credentials(const char *ssid, const char *password, const char *url)
{
    struct prov_credentials c = {.token = "Ab3Ab3Ab3Ab3Ab", .user_id = "65f0c0ffee65f0c0ffee0001"};
    c.ssid_len = strlen(ssid);
    c.password_len = strlen(password);
    memcpy(c.ssid, ssid, c.ssid_len);
    memcpy(c.password, password, c.password_len);
    memcpy(c.server_url, url, strlen(url));
    memcpy(c.camera_model, "ESP32_S3_CAM", 12);
    return c;
}

static void test_encode_forms(void **state)
{
    struct prov_credentials c = credentials("MyWiFi", "mypass", "https://cam.example");
    struct prov_credentials plain = credentials("caf\xC3\xA9", "", "http://10.0.0.2:8000"), bare = plain;
    bare.server_url[0] = bare.token[0] = '\0';
    const struct {
        const struct prov_credentials *c;
        enum prov_format format;
        const char *text;
    } rows[] = {
        {&c, PROV_COMPACT,
         "{\"s\":\"MyWiFi\",\"p\":\"mypass\",\"t\":\"Ab3Ab3Ab3Ab3Ab\",\"u\":\"cam.example\"}"},
        {&c, PROV_WIFI_ONLY, "{\"s\":\"MyWiFi\",\"p\":\"mypass\"}"},
        {&c, PROV_FULL,
         "{\"wifi_ssid\":\"MyWiFi\",\"wifi_password\":\"mypass\",\"server_url\":\"https://cam.example\","
         "\"device_token\":\"Ab3Ab3Ab3Ab3Ab\",\"user_id\":\"65f0c0ffee65f0c0ffee0001\","
         "\"camera_model\":\"ESP32_S3_CAM\"}"},
        {&plain, PROV_COMPACT,
         "{\"s\":\"caf\\u00e9\",\"p\":\"\",\"t\":\"Ab3Ab3Ab3Ab3Ab\",\"u\":\"http://10.0.0.2:8000\"}"},
        {&bare, PROV_COMPACT, "{\"s\":\"caf\\u00e9\",\"p\":\"\"}"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[PROV_TEXT_MAX + 1];
        size_t len = 0, want = strlen(rows[i].text);
        assert_int_equal(prov_payload_encode(rows[i].c, rows[i].format, out, want + 1, &len), PROV_OK);
        assert_string_equal(out, rows[i].text);
        assert_int_equal(len, want);
        assert_int_equal(prov_payload_encode(rows[i].c, rows[i].format, out, want, &len), PROV_NO_SPACE);
    }
}

static void test_encode_refuses(void **state)
{
    char out[PROV_TEXT_MAX + 1];
    size_t len = 999;
    struct prov_credentials c = credentials("", "x", "");
    assert_int_equal(prov_payload_encode(&c, PROV_COMPACT, out, sizeof out, &len), PROV_INVALID);
    c = credentials("\xFF", "x", "");
    assert_int_equal(prov_payload_encode(&c, PROV_COMPACT, out, sizeof out, &len), PROV_INVALID);
    c = credentials("a", "x", "");
    c.ssid_len = 2; /* with the NUL */
    assert_int_equal(prov_payload_encode(&c, PROV_COMPACT, out, sizeof out, &len), PROV_INVALID);
    c.ssid_len = PROV_SSID_MAX + 1;
    assert_int_equal(prov_payload_encode(&c, PROV_COMPACT, out, sizeof out, &len), PROV_TOO_LONG);
    c = credentials("a", "x", "");
    memset(c.user_id, 'u', sizeof c.user_id); /* not terminated */
    assert_int_equal(prov_payload_encode(&c, PROV_FULL, out, sizeof out, &len), PROV_TOO_LONG);
    static const char *const urls[] = {"cam.example",   "ftp://x",          "https://",   "https:///x",
                                       "http://a b",    "https://http://x", "http://u@x", "http://x#y",
                                       "http://x\r\ny", "http://:80"};
    for (size_t i = 0; i < COUNT(urls); i++) {
        c = credentials("a", "x", urls[i]);
        assert_int_equal(prov_payload_encode(&c, PROV_COMPACT, out, sizeof out, &len), PROV_INVALID);
    }
    assert_int_equal(len, 999);
}

static void test_longest_fits(void **state)
{
    struct prov_credentials c = {.ssid_len = PROV_SSID_MAX, .password_len = PROV_PASSWORD_MAX};
    memset(c.ssid, 1, PROV_SSID_MAX);
    memset(c.password, 1, PROV_PASSWORD_MAX);
    memset(c.token, 1, PROV_TOKEN_MAX);
    memset(c.user_id, 1, PROV_USER_MAX);
    memset(c.camera_model, 1, PROV_MODEL_MAX);
    memset(c.server_url, 'a', PROV_URL_MAX);
    memcpy(c.server_url, "http://", 7);
    char out[PROV_TEXT_MAX + 1];
    size_t len = 0;
    assert_int_equal(prov_payload_encode(&c, PROV_FULL, out, sizeof out, &len), PROV_OK);
    struct prov_credentials back;
    assert_int_equal(prov_payload_decode(out, len, &back), PROV_OK);
    assert_memory_equal(&back, &c, sizeof c);
    memset(c.token, 'A', PROV_TOKEN_MAX);
    assert_int_equal(prov_payload_encode(&c, PROV_COMPACT, out, sizeof out, &len), PROV_OK);
    assert_in_range(prov_parts_needed(len), 2, PROV_PARTS_MAX);
}

static void test_decode_dialects(void **state)
{
    static const struct {
        const char *text, *ssid, *password, *url, *token, *user, *model;
    } rows[] = {
        {"{\"s\":\"a\"}", "a", "", "", "", "", ""},
        {" { \"s\" : \"a\" , \"p\" : \"b\" } ", "a", "b", "", "", "", ""},
        {"{\"s\":\"a\",\"p\":\"b\",\"t\":\"c\",\"u\":\"h:8000\"}", "a", "b", "https://h:8000", "c", "", ""},
        {"{\"u\":\"http://h\",\"t\":\"c\",\"p\":\"b\",\"s\":\"a\"}", "a", "b", "http://h", "c", "", ""},
        {"{\"wifi_ssid\": \"a\", \"wifi_password\": \"b\", \"server_url\": \"https://h/\", \"device_token\": "
         "\"c\", "
         "\"user_id\": \"d\", \"camera_model\": \"e\", \"version\": \"1.0\"}",
         "a", "b", "https://h", "c", "d", "e"},
        {"{\"s\":\"a\",\"p\":\"b\",\"t\":\"c\",\"u\":\"https://h/x//\",\"m\":\"e\",\"i\":\"d\",\"v\":1}", "a",
         "b", "https://h/x", "c", "d", "e"},
        {"{\"s\":\"a\",\"p\":\"b\",\"t\":\"c\",\"v\":\"1\",\"new\":{\"deep\":[1,{}]}}", "a", "b", "", "c", "",
         ""},
        {"{\"s\":\"caf\xC3\xA9\",\"p\":\"\\u0001\"}", "caf\xC3\xA9", "\x01", "", "", "", ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct prov_credentials c;
        char *text = samples_exact(rows[i].text, strlen(rows[i].text));
        assert_int_equal(prov_payload_decode(text, strlen(rows[i].text), &c), PROV_OK);
        free(text);
        assert_string_equal(c.ssid, rows[i].ssid);
        assert_int_equal(c.ssid_len, strlen(rows[i].ssid));
        assert_string_equal(c.password, rows[i].password);
        assert_int_equal(c.password_len, strlen(rows[i].password));
        assert_string_equal(c.server_url, rows[i].url);
        assert_string_equal(c.token, rows[i].token);
        assert_string_equal(c.user_id, rows[i].user);
        assert_string_equal(c.camera_model, rows[i].model);
    }
}

static void test_decode_refuses(void **state)
{
    static const char *const bad[] = {
        "{}",
        "{\"s\":\"\"}",
        "{\"p\":\"b\"}",
        "{\"s\":1}",
        "{\"s\":\"a\",\"p\":null}",
        "{\"s\":\"a\",\"s\":\"a\"}",
        "{\"s\":\"a\",\"wifi_ssid\":\"a\"}",
        "{\"s\":\"a\",\"u\":\"h\",\"server_url\":\"h\"}",
        "{\"s\":\"a\\u0000\"}",
        "{\"s\":\"a\",\"u\":\"ftp://h\"}",
        "{\"s\":\"a\",\"u\":\"HTTP://h\"}",
        "{\"s\":\"a\",\"u\":\"https://\"}",
        "{\"s\":\"a\",\"u\":\"/\"}",
        "{\"s\":\"a\",\"u\":\"h x\"}",
        "{\"s\":\"a\",\"u\":\"u@h\"}",
        "{\"s\":\"a\",\"u\":\"h\\r\\nX: y\"}",
        "WIFI:S:a;T:WPA;P:b;;",
        "C1/2:{\"s\":\"a\"}",
    };
    struct prov_credentials c = {.ssid = "kept"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (prov_payload_decode(bad[i], strlen(bad[i]), &c) != PROV_INVALID) {
            fail_msg("accepted: %s", bad[i]);
        }
    }
    assert_string_equal(c.ssid, "kept");
}

static void test_decode_limits(void **state)
{
    static const struct {
        const char *name;
        size_t max;
    } rows[] = {{"s", PROV_SSID_MAX}, {"p", PROV_PASSWORD_MAX}, {"t", PROV_TOKEN_MAX},
                {"i", PROV_USER_MAX}, {"m", PROV_MODEL_MAX},    {"u", PROV_URL_MAX - 8}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t over = 0; over < 2; over++) {
            char text[400], value[200];
            memset(value, 'x', sizeof value);
            int len = snprintf(text, sizeof text, "{%s\"%s\":\"%.*s\"}", i == 0 ? "" : "\"s\":\"a\",",
                               rows[i].name, (int)(rows[i].max + over), value);
            struct prov_credentials c;
            assert_int_equal(prov_payload_decode(text, (size_t)len, &c), over ? PROV_TOO_LONG : PROV_OK);
        }
    }
    char text[PROV_TEXT_MAX + 1];
    memset(text, ' ', sizeof text);
    memcpy(text, "{\"s\":\"a\"}", 9);
    struct prov_credentials c;
    assert_int_equal(prov_payload_decode(text, PROV_TEXT_MAX, &c), PROV_OK);
    assert_int_equal(prov_payload_decode(text, PROV_TEXT_MAX + 1, &c), PROV_TOO_LONG);
}

static void test_truncations(void **state)
{
    struct samples s = {.state = 7};
    for (unsigned i = 0; i < 30; i++) {
        struct prov_credentials c = samples_credentials(&s), back;
        char text[PROV_TEXT_MAX + 1];
        size_t len;
        assert_int_equal(prov_payload_encode(&c, i % 3, text, sizeof text, &len), PROV_OK);
        for (size_t cut = 0; cut < len; cut++) {
            char *part = samples_exact(text, cut);
            assert_int_equal(prov_payload_decode(part, cut, &back), PROV_INVALID);
            free(part);
        }
    }
}

static void test_wpa(void **state)
{
    static const char hex[] = "0123456789abcdefABCDEF0123456789abcdefABCDEF0123456789abcdefABCD";
    assert_true(prov_password_is_wpa("", 0));
    for (size_t len = 1; len < 64; len++) {
        assert_int_equal(prov_password_is_wpa(hex, len), len >= 8);
    }
    assert_true(prov_password_is_wpa(hex, 64));
    assert_false(
        prov_password_is_wpa("g123456789abcdefABCDEF0123456789abcdefABCDEF0123456789abcdefABCD", 64));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_encode_forms),   cmocka_unit_test(test_encode_refuses),
        cmocka_unit_test(test_longest_fits),   cmocka_unit_test(test_decode_dialects),
        cmocka_unit_test(test_decode_refuses), cmocka_unit_test(test_decode_limits),
        cmocka_unit_test(test_truncations),    cmocka_unit_test(test_wpa),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
