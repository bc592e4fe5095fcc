#include "core/text.h"

#include <stdlib.h>
#include <string.h>

#include "support/check.h"

static bool valid(const char *text)
{
    struct fw_value v;
    return fw_text_parse(text, strlen(text), &v);
}

static void test_takes_json(void **state)
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
        " { \"a\" : [ 1 , { } ] } \r\n\t",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\"",
        "\"\xc3\xa9\xf0\x9f\x98\x80\"",
        "[[[[[[[[1]]]]]]]]",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!valid(good[i]))
            fail_msg("refused: %s", good[i]);
}

static void test_refuses_what_is_none(void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "{",
        "}",
        "[",
        "{]",
        "[}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "[1,]",
        "[,1]",
        "{a:1}",
        "{1:1}",
        "'a'",
        "\"",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\ud800\"",
        "\"\\ud800\\u0041\"",
        "\"\\udc00\"",
        "\"\n\"",
        "\"\x01\"",
        "tru",
        "True",
        "nul",
        "nan",
        "01",
        "-",
        "+1",
        ".5",
        "1.",
        "1e",
        "1e+",
        "--1",
        "1 2",
        "{}{}",
        "{\"a\" 1}",
        "[1 2]",
        "\"\xff\"",
        "\"\xc0\xaf\"",
        "\"\xe0\x80\x80\"",
        "\"\xed\xa0\x80\"",
        "\"\xf4\x90\x80\x80\"",
        "\"\xc3\"",
        "\xef\xbb\xbf{}",
        "[[[[[[[[[1]]]]]]]]]",
        "// x\n1",
        "[1]//",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (valid(bad[i]))
            fail_msg("taken: %s", bad[i]);
}

/* A text cut at any byte is refused, and never read beyond its end. */
static void test_cut_anywhere(void **state)
{
    static const char text[] = "{\"a\":[1.5e3,\"x\\ud83d\\ude00\\n\xc3\xa9\",{\"b\":null}],\"c\":true}";
    for (size_t len = 0; len + 1 < sizeof text - 1; len++) {
        struct fw_value v;
        char *copy = malloc(len ? len : 1); /* so that ASan sees a step too far */
        assert_non_null(copy);
        memcpy(copy, text, len);
        assert_false(fw_text_parse(copy, len, &v));
        free(copy);
    }
    assert_true(valid(text));
}

static struct fw_value parsed(const char *text)
{
    struct fw_value v;
    assert_true(fw_text_parse(text, strlen(text), &v));
    return v;
}

static void test_members(void **state)
{
    struct fw_value o = parsed("{ \"x\" : {\"deep\":1} , \"\\u0079\":[1,2], \"z\":\"s\",\"z\":\"again\" }"),
                    v;
    char s[8];
    assert_true(fw_text_member(o, "x", &v));
    assert_true(fw_text_is_object(v));
    assert_true(fw_text_member(o, "y", &v));
    assert_memory_equal(v.p, "[1,2]", 5);
    assert_true(fw_text_member(o, "z", &v));
    assert_true(fw_text_string(v, s, sizeof s));
    assert_string_equal(s, "s");
    assert_false(fw_text_member(o, "deep", &v));
    assert_false(fw_text_member(parsed("[1]"), "x", &v));
    assert_false(fw_text_member(parsed("{}"), "x", &v));
}

static void test_a_long_name_is_no_known_one(void **state)
{
    struct fw_value v;
    assert_false(
        fw_text_member(parsed("{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1}"), "a", &v));
}

static void test_strings(void **state)
{
    char s[8] = "before";
    assert_true(fw_text_string(parsed("\"\\ud83d\\ude00abc\""), s, sizeof s));
    assert_string_equal(s, "\xf0\x9f\x98\x80"
                           "abc");
    assert_false(fw_text_string(parsed("\"12345678\""), s, sizeof s));
    assert_false(fw_text_string(parsed("\"a\\u0000b\""), s, sizeof s));
    assert_false(fw_text_string(parsed("12"), s, sizeof s));
    assert_true(fw_text_string(parsed("\"\""), s, sizeof s));
    assert_string_equal(s, "");
}

static void test_numbers(void **state)
{
    static const struct {
        const char *text;
        int64_t milli;
    } good[] = {{"0", 0},          {"15", 15000},  {"0.5", 500},     {"-2", -2000},
                {"1.23456", 1234}, {"-0.001", -1}, {"29.97", 29970}, {"1000000000000", 1000000000000000}};
    int64_t n;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(fw_text_milli(parsed(good[i].text), &n));
        assert_int_equal(n, good[i].milli);
    }
    assert_false(fw_text_milli(parsed("1e3"), &n));
    assert_false(fw_text_milli(parsed("99999999999999999999999999"), &n));
    assert_false(fw_text_milli(parsed("\"1\""), &n));
    assert_false(fw_text_milli(parsed("null"), &n));
    assert_true(fw_text_int(parsed("180"), 0, 180, &n));
    assert_int_equal(n, 180);
    assert_false(fw_text_int(parsed("181"), 0, 180, &n));
    assert_false(fw_text_int(parsed("-1"), 0, 180, &n));
    assert_false(fw_text_int(parsed("1.5"), 0, 180, &n));
    bool b;
    assert_true(fw_text_bool(parsed("true"), &b) && b);
    assert_true(fw_text_bool(parsed("false"), &b) && !b);
    assert_false(fw_text_bool(parsed("0"), &b));
}

static void test_writer(void **state)
{
    char text[16];
    struct fw_out o;
    fw_out_init(&o, text, sizeof text);
    fw_out_string(&o, "a\"\\\n\xc3");
    assert_false(o.full);
    assert_string_equal(text, "\"a\\\"\\\\??\"");
    fw_out_add(&o, "%s", "far too long for it");
    assert_true(o.full);
    fw_out_add(&o, "x");
    assert_string_equal(text, "\"a\\\"\\\\??\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_takes_json),
        cmocka_unit_test(test_refuses_what_is_none),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_a_long_name_is_no_known_one),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_writer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
