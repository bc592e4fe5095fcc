#include <stdlib.h>
#include <string.h>

#include "provisioning/payload.h"
#include "support/check.h"

static enum prov_err take(struct prov_parts *p, const char *code, char *out, size_t cap)
{
    size_t len = 0;
    enum prov_err err = prov_parts_take(p, code, strlen(code), out, cap, &len);
    if (err == PROV_OK) {
        assert_int_equal(len, strlen(out));
    }
    return err;
}

static void test_needed(void **state)
{
    static const struct {
        size_t len;
        unsigned parts;
    } rows[] = {{0, 1}, {106, 1}, {107, 2}, {202, 2}, {203, 3}, {909, 9}, {910, 0}, {SIZE_MAX, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(prov_parts_needed(rows[i].len), rows[i].parts);
    }
}

static void test_encode(void **state)
{
    char text[1000], out[1001];
    size_t len = 999;
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (char)('a' + i % 26);
    }
    assert_int_equal(prov_part_encode(text, 1000, 1, 1, out, sizeof out, &len), PROV_OK);
    assert_int_equal(len, 1000);
    assert_int_equal(prov_part_encode(text, 202, 2, 2, out, PROV_PART_TEXT_MAX + 1, &len), PROV_OK);
    assert_int_equal(len, PROV_PART_TEXT_MAX);
    assert_memory_equal(out, "C2/2:", 5);
    assert_memory_equal(out + 5, text + 101, 101);
    len = 999;
    assert_int_equal(prov_part_encode(text, 202, 2, 2, out, PROV_PART_TEXT_MAX, &len), PROV_NO_SPACE);
    assert_int_equal(prov_part_encode(text, 203, 2, 2, out, sizeof out, &len), PROV_TOO_LONG);
    assert_int_equal(prov_part_encode(text, 200, 0, 2, out, sizeof out, &len), PROV_INVALID);
    assert_int_equal(prov_part_encode(text, 200, 3, 2, out, sizeof out, &len), PROV_INVALID);
    assert_int_equal(prov_part_encode(text, 200, 1, 10, out, sizeof out, &len), PROV_INVALID);
    assert_int_equal(prov_part_encode(text, 2, 1, 3, out, sizeof out, &len), PROV_INVALID);
    assert_int_equal(prov_part_encode(text, 1, 1, 1, out, 0, &len), PROV_NO_SPACE);
    assert_int_equal(len, 999);
    for (size_t n = 107; n <= 909; n++) { /* parts of even length that fill the text */
        size_t sum = 0;
        unsigned parts = prov_parts_needed(n);
        for (unsigned i = 1; i <= parts; i++) {
            assert_int_equal(prov_part_encode(text, n, i, parts, out, sizeof out, &len), PROV_OK);
            assert_memory_equal(out + 5, text + sum, len - 5);
            assert_in_range(len - 5, n / parts, n / parts + 1);
            sum += len - 5;
        }
        assert_int_equal(sum, n);
    }
}

static void test_take(void **state)
{
    struct prov_parts p = {0};
    char out[64];
    assert_int_equal(take(&p, "{whole}", out, sizeof out), PROV_OK);
    assert_string_equal(out, "{whole}");
    assert_int_equal(take(&p, "C3/3:c", out, sizeof out), PROV_INCOMPLETE);
    assert_int_equal(take(&p, "C1/3:aa", out, sizeof out), PROV_INCOMPLETE);
    assert_int_equal(take(&p, "C1/3:aa", out, sizeof out), PROV_INCOMPLETE);
    assert_int_equal(take(&p, "other code", out, sizeof out), PROV_OK); /* in between: the parts stay */
    assert_int_equal(take(&p, "C2/3:b", out, 4), PROV_NO_SPACE);
    assert_int_equal(take(&p, "C2/3:b", out, 5), PROV_OK);
    assert_string_equal(out, "aabc");
    static const struct prov_parts empty;
    assert_memory_equal(&p, &empty, sizeof p);
}

static void test_take_other_set(void **state)
{
    struct prov_parts p = {0};
    char out[64];
    assert_int_equal(take(&p, "C1/2:old", out, sizeof out), PROV_INCOMPLETE);
    assert_int_equal(take(&p, "C1/2:new", out, sizeof out), PROV_INCOMPLETE);
    assert_int_equal(take(&p, "C2/2:!", out, sizeof out), PROV_OK);
    assert_string_equal(out, "new!");
    assert_int_equal(take(&p, "C1/2:old", out, sizeof out), PROV_INCOMPLETE);
    assert_int_equal(take(&p, "C2/3:b", out, sizeof out), PROV_INCOMPLETE);
    assert_int_equal(take(&p, "C3/3:c", out, sizeof out), PROV_INCOMPLETE);
    assert_int_equal(take(&p, "C1/3:a", out, sizeof out), PROV_OK);
    assert_string_equal(out, "abc");
}

static void test_take_odd_heads(void **state)
{
    static const char *const whole[] = {"",       "C",      "C1/2",   "C0/2:x", "C3/2:x",
                                        "C1/1:x", "C1/0:x", "c1/2:x", "C1-2:x", "CAM1:x"};
    struct prov_parts p = {0};
    char out[64];
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        assert_int_equal(take(&p, whole[i], out, sizeof out), PROV_OK);
        assert_string_equal(out, whole[i]);
    }
    assert_int_equal(take(&p, "C1/2:", out, sizeof out), PROV_INVALID);
    assert_int_equal(take(&p, "12345678", out, 8), PROV_NO_SPACE);
    char big[5 + PROV_PART_TEXT_MAX + 2] = "C1/2:";
    memset(big + 5, 'x', PROV_PART_TEXT_MAX);
    assert_int_equal(take(&p, big, out, sizeof out), PROV_INCOMPLETE);
    big[5 + PROV_PART_TEXT_MAX] = 'x';
    assert_int_equal(take(&p, big, out, sizeof out), PROV_TOO_LONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_needed),         cmocka_unit_test(test_encode),
        cmocka_unit_test(test_take),           cmocka_unit_test(test_take_other_set),
        cmocka_unit_test(test_take_odd_heads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
