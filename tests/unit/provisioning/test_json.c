#include <stdlib.h>
#include <string.h>

#include "provisioning/json.h"
#include "samples.h"
#include "support/check.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

enum { MOST = 200 };

static enum prov_err parse_bytes(const char *text, size_t len)
{
    struct prov_json v;
    char *copy = samples_exact(text, len);
    enum prov_err err = prov_json_parse(copy, len, MOST, &v);
    free(copy);
    return err;
}

static void test_accepts(void **state)
{
    static const char *const good[] = {
        "{}",
        "[]",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "12.5e+3",
        "\"\"",
        "1",
        "\"a\"",
        " {\t} \r\n",
        " { \"a\" : [ 1 , { } ] } \r\n\t",
        "{ \"a\" : \"x\" , \"z\" : [ ] }",
        "{\"z\":{\"y\":[1,-0,0.5,1e9,1E+9,2e-1,true,false,null,\"\"]}}",
        "{\"z\":[[[[[[[]]]]]]]}",
        "[[[[[[[[1]]]]]]]]",
        "{\"z\":1,\"z\":2}",
        "{\"z\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\xC3\xA9\xF0\x9F\x98\x80\"}",
        "{\"a name that is longer than any of ours\":1}",
    };
    for (size_t i = 0; i < COUNT(good); i++) {
        if (parse_bytes(good[i], strlen(good[i])) != PROV_OK) {
            fail_msg("refused: %s", good[i]);
        }
    }
}

static void test_refuses(void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "{]",
        "[}",
        "\"",
        "'a'",
        "1 2",
        "--1",
        "{\"a\" 1}",
        "[1]//",
        "// x\n1",
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
        "[[[[[[[[[1]]]]]]]]]",
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
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (parse_bytes(bad[i], strlen(bad[i])) != PROV_INVALID) {
            fail_msg("accepted: %s", bad[i]);
        }
    }
    assert_int_equal(parse_bytes("{\"z\":\"\0\"}", 9), PROV_INVALID);
    assert_int_equal(parse_bytes("{}\0", 3), PROV_INVALID);
}

/* The limit comes first: what is over it is not looked at. */
static void test_too_long(void **state)
{
    char text[MOST + 1];
    memset(text, ' ', sizeof text);
    text[0] = '1';
    assert_int_equal(parse_bytes(text, MOST), PROV_OK);
    assert_int_equal(parse_bytes(text, MOST + 1), PROV_TOO_LONG);
    struct prov_json untouched = {text, 7};
    assert_int_equal(prov_json_parse(NULL, MOST + 1, MOST, &untouched), PROV_TOO_LONG);
    assert_int_equal(prov_json_parse("x", 1, MOST, &untouched), PROV_INVALID);
    assert_int_equal(untouched.len, 7);
}

/* A text cut at any byte is refused, and never read beyond its end. */
static void test_cut_anywhere(void **state)
{
    static const char text[] = "{\"a\":[1.5e3,\"x\\ud83d\\ude00\\n\xc3\xa9\",{\"b\":null}],\"c\":true}";
    for (size_t len = 0; len < sizeof text - 1; len++) {
        assert_int_equal(parse_bytes(text, len), PROV_INVALID);
    }
    assert_int_equal(parse_bytes(text, sizeof text - 1), PROV_OK);
}

static struct prov_json parsed(const char *text)
{
    struct prov_json v = {0};
    assert_int_equal(prov_json_parse(text, strlen(text), MOST, &v), PROV_OK);
    return v;
}

static void test_members(void **state)
{
    struct prov_json o =
        parsed(" { \"x\" : {\"deep\":1} , \"\\u0079\":[1,2] , \"z\":\"s\",\"z\":\"again\" } ");
    struct prov_json v;
    char s[8];
    assert_true(prov_json_member(o, "x", &v));
    assert_true(prov_json_is_object(v) && !prov_json_is_string(v));
    assert_true(prov_json_member(o, "y", &v));
    assert_int_equal(v.len, 5);
    assert_memory_equal(v.at, "[1,2]", 5);
    assert_true(prov_json_member(o, "z", &v));
    assert_int_equal(prov_json_string(v, s, sizeof s), PROV_OK);
    assert_string_equal(s, "s");
    assert_false(prov_json_member(o, "deep", &v));
    assert_false(prov_json_member(parsed("[1]"), "x", &v));
    assert_false(prov_json_member(parsed("{}"), "x", &v));
    assert_false(prov_json_member((struct prov_json){0}, "x", &v));
}

static void test_walk(void **state)
{
    struct prov_json o = parsed("{\"a name that is longer than any of ours\":{\"a\":2},\"b\" : 3 }"), v;
    char name[PROV_JSON_NAME_MAX];
    size_t at = 0;
    assert_true(prov_json_next(o, &at, name, &v));
    assert_string_equal(name, "");
    assert_memory_equal(v.at, "{\"a\":2}", v.len);
    assert_true(prov_json_next(o, &at, name, &v));
    assert_string_equal(name, "b");
    assert_memory_equal(v.at, "3", v.len);
    assert_false(prov_json_next(o, &at, name, &v));
    assert_false(prov_json_next(o, &at, name, &v));
}

static void test_strings(void **state)
{
    char s[8];
    assert_int_equal(prov_json_string(parsed("\"\\ud83d\\ude00abc\""), s, sizeof s), PROV_OK);
    assert_string_equal(s, "\xf0\x9f\x98\x80"
                           "abc");
    assert_int_equal(prov_json_string(parsed("\"\\/\\t\\\"\\\\\""), s, sizeof s), PROV_OK);
    assert_string_equal(s, "/\t\"\\");
    assert_int_equal(prov_json_string(parsed("\"12345678\""), s, sizeof s), PROV_TOO_LONG);
    assert_string_equal(s, "");
    assert_int_equal(prov_json_string(parsed("\"123456\\u00e9\""), s, sizeof s), PROV_TOO_LONG);
    assert_int_equal(prov_json_string(parsed("\"\""), s, 1), PROV_OK);
    assert_string_equal(s, "");
    assert_int_equal(prov_json_string(parsed("12"), s, sizeof s), PROV_INVALID);
    assert_int_equal(prov_json_string((struct prov_json){0}, s, sizeof s), PROV_INVALID);
}

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        int64_t milli;
    } good[] = {{"0", 0},          {"15", 15000},  {"0.5", 500},     {"-2", -2000},
                {"1.23456", 1234}, {"-0.001", -1}, {"29.97", 29970}, {"1000000000000", 1000000000000000}};
    static const char *const none[] = {"1e3", "99999999999999999999999999", "\"1\"", "null", "[1]"};
    static const char *const not_whole[] = {"181", "-1", "1.5", "1.0001", "1e1", "\"1\"", "null"};
    int64_t n;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(prov_json_milli(parsed(good[i].text), &n));
        assert_int_equal(n, good[i].milli);
    }
    for (size_t i = 0; i < COUNT(none); i++) {
        assert_false(prov_json_milli(parsed(none[i]), &n));
    }
    for (size_t i = 0; i < COUNT(not_whole); i++) {
        assert_false(prov_json_int(parsed(not_whole[i]), 0, 180, &n));
    }
    assert_false(prov_json_int((struct prov_json){0}, 0, 180, &n));
    assert_true(prov_json_int(parsed("180"), 0, 180, &n));
    assert_int_equal(n, 180);
    assert_true(prov_json_int(parsed("-7.000"), -7, 0, &n));
    assert_int_equal(n, -7);
}

static void test_truth(void **state)
{
    bool b;
    assert_true(prov_json_bool(parsed("true"), &b) && b);
    assert_true(prov_json_bool(parsed("false"), &b) && !b);
    assert_false(prov_json_bool(parsed("0"), &b) || prov_json_bool(parsed("null"), &b) ||
                 prov_json_bool(parsed("\"true\""), &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepts), cmocka_unit_test(test_refuses),      cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_members), cmocka_unit_test(test_cut_anywhere), cmocka_unit_test(test_walk),
        cmocka_unit_test(test_strings), cmocka_unit_test(test_numbers),      cmocka_unit_test(test_truth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
