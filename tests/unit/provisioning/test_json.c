#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "samples.h"
#include "support/check.h"
#include "utf8.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* Reads with one string field "a" of up to 8 bytes and one number "n". */
static enum prov_err read_text(const char *text, size_t len, char a[9], uint32_t *n)
{
    struct prov_json_field fields[] = {
        {.name = "a", .alias = "aa", .out = a, .max = 8},
        {.name = "n", .number = n},
    };
    char *copy = samples_exact(text, len);
    enum prov_err err = prov_json_read(copy, len, fields, COUNT(fields));
    free(copy);
    return err;
}

static void test_accepts(void **state)
{
    static const char *const good[] = {
        "{}",
        " {\t} \r\n",
        "{\"a\":\"x\"}",
        "{ \"a\" : \"x\" , \"z\" : [ ] }",
        "{\"z\":{\"y\":[1,-0,0.5,1e9,1E+9,2e-1,true,false,null,\"\"]}}",
        "{\"z\":[[[[[[[]]]]]]]}",
        "{\"z\":1,\"z\":2}",
        "{\"z\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\xC3\xA9\xF0\x9F\x98\x80\"}",
        "{\"n\":4294967295}",
        "{\"a name that is longer than any of ours\":1}",
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        char a[9] = "";
        uint32_t n = 0;
        assert_int_equal(read_text(good[i], strlen(good[i]), a, &n), PROV_OK);
    }
}

static const char *const bad[] = {
    "",
    " ",
    "1",
    "[]",
    "\"a\"",
    "{",
    "}",
    "{}{}",
    "{},",
    ":{}",
    ",{}",
    "\xEF\xBB\xBF{}",
    "{,}",
    "{\"a\"}",
    "{\"a\" \"b\"}",
    "{\"a\"::\"b\"}",
    "{\"a\":}",
    "{\"a\":\"b\",}",
    "{\"a\":\"b\"\"c\":\"d\"}",
    "{\"a\":\"b\" \"c\":\"d\"}",
    "{\"a\":\"b\",,\"c\":1}",
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "{\"a\":\"b\"]",
    "{\"z\":[1 2]}",
    "{\"z\":[1,]}",
    "{\"z\":[,1]}",
    "{\"z\":[}",
    "{\"z\":{\"y\"}}",
    "{\"z\":01}",
    "{\"z\":-}",
    "{\"z\":+1}",
    "{\"z\":1.}",
    "{\"z\":.5}",
    "{\"z\":1e}",
    "{\"z\":1e+}",
    "{\"z\":0x1}",
    "{\"z\":tru}",
    "{\"z\":True}",
    "{\"z\":nul}",
    "{\"z\":NaN}",
    "{\"z\":truefalse}",
    "{\"z\":[[[[[[[[]]]]]]]]}", /* one deeper than allowed */
    "{\"z\":\"\n\"}",
    "{\"z\":\"\x1F\"}",
    "{\"z\":\"\\x41\"}",
    "{\"z\":\"\\\"}",
    "{\"z\":\"\\u12\"}",
    "{\"z\":\"\\u123g\"}",
    "{\"z\":\"\\u 123\"}",
    "{\"z\":\"\\u0000\"}",
    "{\"z\":\"\\ud800\"}",
    "{\"z\":\"\\ud800x\"}",
    "{\"z\":\"\\ud800\\u0041\"}",
    "{\"z\":\"\\udc00\"}",
    "{\"z\":\"\\ud83d\\ud83d\"}",
    "{\"z\":\"\x80\"}",
    "{\"z\":\"\xC0\x80\"}",
    "{\"z\":\"\xC1\xBF\"}",
    "{\"z\":\"\xC3\"}",
    "{\"z\":\"\xE0\x9F\xBF\"}",
    "{\"z\":\"\xED\xA0\x80\"}",
    "{\"z\":\"\xF0\x8F\xBF\xBF\"}",
    "{\"z\":\"\xF4\x90\x80\x80\"}",
    "{\"z\":\"\xFF\"}",
    "{\"z\":\"\xF0\x9F\x98\"}",
    "{\"a\":1}",
    "{\"a\":null}",
    "{\"a\":[\"x\"]}",
    "{\"a\":\"x\",\"a\":\"x\"}",
    "{\"a\":\"x\",\"aa\":\"x\"}",
    "{\"a\":\"x\",\"\\u0061\":\"x\"}",
    "{\"n\":\"1\"}",
    "{\"n\":-1}",
    "{\"n\":1.0}",
    "{\"n\":1e1}",
    "{\"n\":4294967296}",
    "{\"n\":99999999999999999999}",
    "{\"n\":1,\"n\":1}",
};

static void test_refuses(void **state)
{
    for (size_t i = 0; i < COUNT(bad); i++) {
        char a[9] = "";
        uint32_t n = 0;
        if (read_text(bad[i], strlen(bad[i]), a, &n) != PROV_INVALID) {
            fail_msg("accepted: %s", bad[i]);
        }
    }
    char a[9] = "";
    uint32_t n = 0;
    assert_int_equal(read_text("{\"z\":\"\0\"}", 9, a, &n), PROV_INVALID);
    assert_int_equal(read_text("{}\0", 3, a, &n), PROV_INVALID);
}

static void test_fields(void **state)
{
    char a[9] = "";
    uint32_t n = 0;
    const char *text = "{\"x\":{\"a\":\"no\"},\"\\u0061\":\"\\u00e9\\ud83d\\ude00\\/\\t\",\"n\":30}";
    assert_int_equal(read_text(text, strlen(text), a, &n), PROV_OK);
    assert_string_equal(a, "\xC3\xA9\xF0\x9F\x98\x80/\t"); /* exactly 8 bytes */
    assert_int_equal(n, 30);
    text = "{\"aa\":\"123456789\"}";
    assert_int_equal(read_text(text, strlen(text), a, &n), PROV_TOO_LONG);
    text = "{\"aa\":\"1234567\\u00e9\"}";
    assert_int_equal(read_text(text, strlen(text), a, &n), PROV_TOO_LONG);
}

static void test_writes(void **state)
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
            prov_json_member(&w, "a", rows[i].value, strlen(rows[i].value));
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

static void test_write_refuses(void **state)
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
        prov_json_member(&w, "a", rows[i].bytes, rows[i].len);
        prov_json_member(&w, "b", "good", 4);
        assert_int_equal(prov_json_end(&w, &len), PROV_INVALID);
        assert_int_equal(len, 999);
    }
}

static void test_utf8_round_trip(void **state)
{
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (c >= 0xD800 && c <= 0xDFFF) {
            continue;
        }
        uint8_t bytes[4];
        uint32_t back = 0;
        size_t n = prov_utf8_write(c, bytes);
        if (prov_utf8_read(bytes, bytes + n, &back) != n || back != c) {
            fail_msg("U+%X", (unsigned)c);
        }
        if (n > 1 && prov_utf8_read(bytes, bytes + n - 1, &back) != 0) {
            fail_msg("U+%X cut short", (unsigned)c);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts),       cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_fields),        cmocka_unit_test(test_writes),
        cmocka_unit_test(test_write_refuses), cmocka_unit_test(test_utf8_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
