#include <string.h>

#include "provisioning/utf8.h"
#include "samples.h"
#include "support/check.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const char *const good[] = {
    "",
    "plain",
    "\xC2\x80",
    "\xDF\xBF",
    "\xC3\xA9",
    "\xE0\xA0\x80",
    "\xED\x9F\xBF",
    "\xEE\x80\x80",
    "\xEF\xBF\xBF",
    "\xF0\x90\x80\x80",
    "\xF4\x8F\xBF\xBF",
    "a\xE2\x82\xAC\xF0\x9F\x93\xB7z",
};
static const char *const bad[] = {
    "\x80",
    "\xBF",
    "\xC0\xAF",
    "\xC1\xBF",
    "\xE0\x80\xAF",
    "\xE0\x9F\xBF",
    "\xED\xA0\x80",
    "\xED\xBF\xBF",
    "\xF0\x8F\xBF\xBF",
    "\xF4\x90\x80\x80",
    "\xF5\x80\x80\x80",
    "\xFF",
    "\xF0\x9F\x93(",
    "a\xC3(",
};
static const char *const cut[] = {"\xC3", "\xE4\xB8", "\xF0\x9F\x93", "ab\xF4\x8F"};

static void test_whole(void **state)
{
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(prov_utf8_is_valid(good[i], strlen(good[i])));
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_false(prov_utf8_is_valid(bad[i], strlen(bad[i])));
    }
    for (size_t i = 0; i < COUNT(cut); i++) {
        assert_false(prov_utf8_is_valid(cut[i], strlen(cut[i])));
    }
    assert_true(prov_utf8_is_valid("a\0b", 3));
    assert_true(prov_utf8_is_valid(NULL, 0));
}

/* A byte at a time comes to the same; what is cut is not wrong yet. */
static void test_pieces(void **state)
{
    for (size_t i = 0; i < COUNT(good); i++) {
        struct prov_utf8 u = {0};
        for (const char *p = good[i]; *p != '\0'; p++) {
            assert_true(prov_utf8_take(&u, p, 1));
        }
        assert_true(prov_utf8_is_whole(&u));
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct prov_utf8 u = {0};
        const char *p = bad[i];
        while (*p != '\0' && prov_utf8_take(&u, p, 1)) {
            p++;
        }
        assert_true(*p != '\0');
    }
    for (size_t i = 0; i < COUNT(cut); i++) {
        struct prov_utf8 u = {0};
        assert_true(prov_utf8_take(&u, cut[i], strlen(cut[i])));
        assert_false(prov_utf8_is_whole(&u));
        assert_false(prov_utf8_take(&u, "a", 1));
    }
}

static void test_every_character(void **state)
{
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (c >= 0xD800 && c <= 0xDFFF) {
            continue;
        }
        char bytes[4];
        uint32_t back = 0;
        size_t n = prov_utf8_write(c, bytes);
        if (prov_utf8_read(bytes, n, &back) != n || back != c) {
            fail_msg("U+%X", (unsigned)c);
        }
        if (n > 1 && prov_utf8_read(bytes, n - 1, &back) != 0) {
            fail_msg("U+%X cut short", (unsigned)c);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_every_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
