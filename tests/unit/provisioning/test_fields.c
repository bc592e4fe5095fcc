#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "samples.h"
#include "support/check.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* Reads with one string field "a" of up to 8 bytes and one number "n". */
static enum prov_err read_text(const char *text, size_t len, char a[9], uint32_t *n)
{
    struct prov_field fields[] = {
        {.name = "a", .alias = "aa", .out = a, .max = 8},
        {.name = "n", .number = n},
    };
    char *copy = samples_exact(text, len);
    enum prov_err err = prov_fields_read(copy, len, 64, fields, COUNT(fields));
    free(copy);
    return err;
}

static void test_fills(void **state)
{
    char a[9] = "";
    uint32_t n = 0;
    const char *text = "{\"x\":{\"a\":\"no\"},\"\\u0061\":\"\\u00e9\\ud83d\\ude00\\/\\t\",\"n\":30}";
    assert_int_equal(read_text(text, strlen(text), a, &n), PROV_OK);
    assert_string_equal(a, "\xC3\xA9\xF0\x9F\x98\x80/\t"); /* exactly 8 bytes */
    assert_int_equal(n, 30);
    text = "{\"n\":4294967295}";
    assert_int_equal(read_text(text, strlen(text), a, &n), PROV_OK);
    assert_int_equal(n, UINT32_MAX);
    text = "{\"aa\":\"123456789\"}";
    assert_int_equal(read_text(text, strlen(text), a, &n), PROV_TOO_LONG);
    text = "{\"aa\":\"1234567\\u00e9\"}";
    assert_int_equal(read_text(text, strlen(text), a, &n), PROV_TOO_LONG);
}

static void test_refuses(void **state)
{
    static const char *const bad[] = {
        "",
        "1",
        "[]",
        "\"a\"",
        "{\"a\":\"x\"",
        "{\"a\":1}",
        "{\"a\":null}",
        "{\"a\":[\"x\"]}",
        "{\"a\":\"x\",\"a\":\"x\"}",
        "{\"a\":\"x\",\"aa\":\"x\"}",
        "{\"a\":\"x\",\"\\u0061\":\"x\"}",
        "{\"n\":\"1\"}",
        "{\"n\":-1}",
        "{\"n\":1.5}",
        "{\"n\":1e1}",
        "{\"n\":4294967296}",
        "{\"n\":99999999999999999999}",
        "{\"n\":1,\"n\":1}",
    };

    for (size_t i = 0; i < COUNT(bad); i++) {
        char a[9] = "";
        uint32_t n = 0;
        if (read_text(bad[i], strlen(bad[i]), a, &n) != PROV_INVALID) {
            fail_msg("accepted: %s", bad[i]);
        }
    }
}

static void test_too_long(void **state)
{
    char a[9] = "", text[65];
    uint32_t n = 0;
    memset(text, '{', sizeof text);
    assert_int_equal(read_text(text, sizeof text, a, &n), PROV_TOO_LONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fills),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
