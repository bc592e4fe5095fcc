#include <stdlib.h>
#include <string.h>

#include "provisioning/json.h"
#include "samples.h"
#include "support/check.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void test_strings(void **state)
{
    static const struct {
        const char *value, *text;
    } rows[] = {
        {"", "{\"a\":\"\"}"},
        {"My WiFi", "{\"a\":\"My WiFi\"}"},
        {"\"\\/", "{\"a\":\"\\\"\\\\/\"}"},
        {"\b\f\n\r\t\x01\x1F\x7F", "{\"a\":\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7F\"}"},
        {"\xC3\xA9\xE2\x82\xAC", "{\"a\":\"\\u00e9\\u20ac\"}"},
        {"\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF", "{\"a\":\"\\ud83d\\ude00\\udbff\\udfff\"}"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t want = strlen(rows[i].text);
        for (size_t cap = 0; cap <= want + 1; cap++) {
            struct prov_json_writer w;
            char *out = samples_exact(rows[i].text, cap);
            size_t len = 999;
            prov_json_begin(&w, out, cap);
            prov_json_put_string(&w, "a", rows[i].value, strlen(rows[i].value));
            enum prov_err err = prov_json_end(&w, &len);
            if (cap <= want) {
                assert_int_equal(err, PROV_NO_SPACE);
                assert_int_equal(len, 999);
            } else {
                assert_int_equal(err, PROV_OK);
                assert_int_equal(len, want);
                assert_string_equal(out, rows[i].text);
            }
            free(out);
        }
    }
}

static void test_refuses(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } rows[] = {{"\0", 1}, {"\xFF", 1}, {"a\xC3", 2}, {"\xED\xA0\x80", 3}, {"\xC0\x80", 2}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct prov_json_writer w;
        char out[64];
        size_t len = 999;
        prov_json_begin(&w, out, sizeof out);
        prov_json_put_string(&w, "a", rows[i].bytes, rows[i].len);
        prov_json_put_string(&w, "b", "good", 4);
        assert_int_equal(prov_json_end(&w, &len), PROV_INVALID);
        assert_int_equal(len, 999);
    }
}

static void test_first_failure_sticks(void **state)
{
    struct prov_json_writer w;
    char out[8];
    size_t len = 999;
    prov_json_begin(&w, out, sizeof out);
    prov_json_put_string(&w, "a", "too long", 8);
    prov_json_put_string(&w, "b", "\xFF", 1);
    assert_int_equal(prov_json_end(&w, &len), PROV_NO_SPACE);
    prov_json_begin(&w, out, sizeof out);
    prov_json_put_string(&w, "a", "\xFF", 1);
    prov_json_put_string(&w, "b", "too long", 8);
    assert_int_equal(prov_json_end(&w, &len), PROV_INVALID);
    assert_int_equal(len, 999);
}

static void test_other_values(void **state)
{
    struct prov_json_writer w;
    char out[128];
    size_t len = 0;
    prov_json_begin(&w, out, sizeof out);
    prov_json_put_int(&w, "zero", 0);
    prov_json_put_int(&w, "most", INT64_MAX);
    prov_json_put_int(&w, "least", INT64_MIN);
    prov_json_put(&w, "as_is", (struct prov_json){"[1, 2]", 6});
    assert_int_equal(prov_json_end(&w, &len), PROV_OK);
    assert_string_equal(out, "{\"zero\":0,\"most\":9223372036854775807,"
                             "\"least\":-9223372036854775808,\"as_is\":[1, 2]}");
    assert_int_equal(len, strlen(out));
}

static void test_nothing(void **state)
{
    struct prov_json_writer w;
    char out[3];
    size_t len = 0;
    prov_json_begin(&w, out, sizeof out);
    assert_int_equal(prov_json_end(&w, &len), PROV_OK);
    assert_string_equal(out, "{}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_first_failure_sticks),
        cmocka_unit_test(test_other_values),
        cmocka_unit_test(test_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
