/* buf, map, clock, id, rand, err: what every room stands on. */
#include "support/check.h"

#include <stdio.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/id.h"
#include "core/map.h"
#include "core/mem.h"
#include "core/rand.h"

static void a_buf_keeps_to_its_maximum(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 10);
    buf_puts(&b, "12345");
    buf_printf(&b, "%d", 67890);
    assert_int_equal(buf_err(&b), ERR_OK);
    assert_string_equal(buf_str(&b), "1234567890");
    buf_putc(&b, 'x');
    assert_int_equal(buf_err(&b), ERR_TOO_LARGE);
    buf_puts(&b, "");
    assert_int_equal(b.len, 10); /* the failure sticks and nothing is cut */
    buf_reset(&b);
    buf_puts(&b, "again");
    assert_string_equal(buf_str(&b), "again");
    buf_fini(&b);
}

static void a_buf_survives_no_memory(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 10000);
    mem_fail_after(0, 0);
    buf_puts(&b, "lost");
    mem_fail_after(-1, 0);
    assert_int_equal(buf_err(&b), ERR_NO_MEMORY);
    assert_string_equal(buf_str(&b), "");
    buf_fini(&b);
}

static bool count_each(void *arg, struct span key, void *value)
{
    (void)key;
    *(size_t *)arg += (size_t)(uintptr_t)value;
    return true;
}

static void a_map_finds_what_was_put(void **state)
{
    (void)state;
    struct map m;
    char key[16];
    size_t sum = 0;
    map_init(&m);
    assert_null(map_get(&m, SPAN_LIT("none")));
    for (uintptr_t i = 1; i <= 1000; i++) {
        (void)snprintf(key, sizeof key, "k%u", (unsigned)i);
        assert_int_equal(map_put(&m, span_of(key), (void *)i, NULL), ERR_OK);
    }
    void *old;
    assert_int_equal(map_put(&m, SPAN_LIT("k5"), (void *)(uintptr_t)5000, &old), ERR_OK);
    assert_int_equal((uintptr_t)old, 5);
    assert_int_equal(m.count, 1000);
    assert_int_equal((uintptr_t)map_get(&m, SPAN_LIT("k999")), 999);
    assert_int_equal((uintptr_t)map_del(&m, SPAN_LIT("k5")), 5000);
    assert_null(map_del(&m, SPAN_LIT("k5")));
    map_each(&m, count_each, &sum);
    assert_int_equal(sum, 1000 * 1001 / 2 - 5);
    map_fini(&m);
}

static void a_map_survives_no_memory(void **state)
{
    (void)state;
    for (long n = 0; n < 3; n++) {
        struct map m;
        map_init(&m);
        mem_fail_after(n, 1);
        enum err e = map_put(&m, SPAN_LIT("key"), &m, NULL);
        mem_fail_after(-1, 0);
        assert_ptr_equal(map_get(&m, SPAN_LIT("key")), e ? NULL : &m);
        map_fini(&m);
    }
}

static void times_are_rfc3339(void **state)
{
    (void)state;
    char out[CLOCK_RFC3339_BYTES];
    clock_rfc3339(1767323045678, out);
    assert_string_equal(out, "2026-01-02T03:04:05.678Z");
    clock_rfc3339(0, out);
    assert_string_equal(out, "1970-01-01T00:00:00.000Z");
    clock_rfc3339(-1, out);
    assert_string_equal(out, "1969-12-31T23:59:59.999Z");
}

static void ids_are_24_hex(void **state)
{
    (void)state;
    struct id a, b;
    rand_id(a.s);
    assert_true(id_parse(span_of(a.s), &b));
    assert_true(id_eq(&a, &b));
    assert_false(id_parse(SPAN_LIT("0123456789abcdef0123456"), &b));
    assert_false(id_parse(SPAN_LIT("0123456789ABCDEF01234567"), &b));
    assert_false(id_parse(SPAN_LIT("0123456789abcdef0123456g"), &b));
    assert_true(id_eq(&a, &b)); /* untouched on failure */
}

static void errors_have_words(void **state)
{
    (void)state;
    for (int e = 0; e < ERR_COUNT; e++)
        assert_true(strlen(err_word((enum err)e)) > 1);
    assert_string_equal(err_word((enum err)999), "internal");
}

static void secrets_compare_by_content(void **state)
{
    (void)state;
    assert_true(mem_equal_secret("abcd", "abcd", 4));
    assert_false(mem_equal_secret("abcd", "abce", 4));
    char secret[] = "planted";
    mem_wipe(secret, sizeof secret);
    assert_memory_equal(secret, "\0\0\0\0\0\0\0", sizeof secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buf_keeps_to_its_maximum), cmocka_unit_test(a_buf_survives_no_memory),
        cmocka_unit_test(a_map_finds_what_was_put),   cmocka_unit_test(a_map_survives_no_memory),
        cmocka_unit_test(times_are_rfc3339),          cmocka_unit_test(ids_are_24_hex),
        cmocka_unit_test(errors_have_words),          cmocka_unit_test(secrets_compare_by_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
