/* The end of a chunked body, however its bytes come. */
#include "http/chunks.h"

#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const good[] = {
    "0\r\n\r\n",
    "5\r\nhello\r\n0\r\n\r\n",
    "1\r\na\r\n0000000B\r\n\r\n0\r\n\r\nabcd\r\n0\r\n\r\n",
    "0\r\nA: b\r\nC-d:\r\n\r\n",
};

static const char *const bad[] = {
    "\r\n",
    "z",
    "-1\r\n",
    "+1\r\n",
    " 1\r\n",
    "1 \r\n",
    "0x1\r\n",
    "1\n",
    "1\r\r\n",
    "000000001\r\n",
    "ffffffffffffffffff\r\n",
    ";a\r\n",
    "1;a=b\r\n",
    "1\r\nab",
    "1\r\na\n",
    "1\r\na\rb",
    "0\n\r\n",
    "0\r\n\n",
    "0\r\n\rX",
    "0\r\nA\r\n\r\n",
    "0\r\n: b\r\n\r\n",
    "0\r\nA : b\r\n\r\n",
    "0\r\nA: b\n\r\n",
    "0\r\nA: b\r\n c\r\n\r\n",
    "0\r\nA: b\x7f\r\n\r\n",
};

static bool take(struct chunks *c, const char *text, size_t len, size_t *used)
{
    char *exact = malloc(len + 1); /* so that a read past the end is seen */
    memcpy(exact, text, len);
    bool sound = chunks_take(c, (struct span){exact, len}, used);
    free(exact);
    return sound;
}

static void test_good(void **state)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        size_t len = strlen(good[i]), first, second;
        char text[128];
        (void)snprintf(text, sizeof text, "%sGET", good[i]);
        for (size_t at = 0; at <= len + 3; at++) { /* in two parts, cut anywhere */
            struct chunks c = {0};
            assert_true(take(&c, text, at, &first));
            assert_int_equal(first, at < len ? at : len);
            assert_int_equal(chunks_done(&c), at >= len);
            assert_true(take(&c, text + at, len + 3 - at, &second));
            assert_true(chunks_done(&c));
            assert_int_equal(first + second, len);
        }
    }
}

static void test_bad(void **state)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        size_t len = strlen(bad[i]), used;
        for (size_t at = 0; at <= len; at++) {
            struct chunks c = {0};
            if (take(&c, bad[i], at, &used) && take(&c, bad[i] + at, len - at, &used))
                fail_msg("taken: %s", bad[i]);
            assert_false(chunks_done(&c));
        }
    }
}

/* What is not the body itself is bounded. */
static void test_bounds(void **state)
{
    static char text[600];
    size_t used;
    struct chunks c = {0};
    memset(text, 'a', sizeof text);
    assert_true(take(&c, "0\r\nA:", 5, &used) && take(&c, text, 510, &used));
    assert_false(take(&c, text, 1, &used));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
