#include "support/check.h"

#include <string.h>

#include "auth/secret.h"
#include "cameras/known_keys.h"
#include "core/mem.h"
#include "support/fake_clock.h"

static struct fake_clock fake;
static const struct id one = {"dddddddddddddddddddddd01"}, two = {"dddddddddddddddddddddd02"};

static struct secret_hash key_of(uint32_t n)
{
    return secret_hash_of((struct span){(const char *)&n, sizeof n});
}

static struct known_keys *make(size_t max)
{
    struct known_keys *k;
    fake_clock_init(&fake, 1700000000000);
    assert_int_equal(known_keys_create(&k, &fake.clock, max), ERR_OK);
    return k;
}

static void test_a_key_is_known_until_it_ends(void **state)
{
    struct known_keys *k = make(100);
    struct secret_hash a = key_of(1), b = key_of(2), c = key_of(3);
    assert_int_equal(known_keys_find(k, &one, &a), KNOWN_KEY_NOT);
    known_keys_put(k, &one, &a, known_keys_mark(k));
    known_keys_put(k, &one, &b, known_keys_mark(k));
    known_keys_put(k, &two, &c, known_keys_mark(k));
    assert_int_equal(known_keys_find(k, &one, &a), KNOWN_KEY_GOOD);
    assert_int_equal(known_keys_find(k, &two, &a), KNOWN_KEY_NOT);
    known_keys_ended(k, &one, &b);
    assert_int_equal(known_keys_find(k, &one, &a), KNOWN_KEY_NOT);
    assert_int_equal(known_keys_find(k, &one, &b), KNOWN_KEY_GOOD);
    known_keys_ended(k, &one, NULL);
    assert_int_equal(known_keys_find(k, &one, &b), KNOWN_KEY_NOT);
    assert_int_equal(known_keys_find(k, &two, &c), KNOWN_KEY_GOOD);
    known_keys_drop(k, &two, &c);
    assert_int_equal(known_keys_find(k, &two, &c), KNOWN_KEY_NOT);
    known_keys_free(k);
}

static void test_what_ended_meanwhile_is_not_put_back(void **state)
{
    struct known_keys *k = make(100);
    struct secret_hash a = key_of(1);
    uint64_t mark = known_keys_mark(k);
    known_keys_ended(k, &one, NULL);
    known_keys_put(k, &one, &a, mark);
    assert_int_equal(known_keys_find(k, &one, &a), KNOWN_KEY_NOT);
    known_keys_put(k, &one, &a, known_keys_mark(k));
    assert_int_equal(known_keys_find(k, &one, &a), KNOWN_KEY_GOOD);
    known_keys_free(k);
}

static void test_one_caller_asks_again_now_and_then(void **state)
{
    struct known_keys *k = make(100);
    struct secret_hash a = key_of(1);
    known_keys_put(k, &one, &a, known_keys_mark(k));
    fake_clock_advance_ms(&fake, 29999);
    assert_int_equal(known_keys_find(k, &one, &a), KNOWN_KEY_GOOD);
    fake_clock_advance_ms(&fake, 1);
    assert_int_equal(known_keys_find(k, &one, &a), KNOWN_KEY_ASK);
    assert_int_equal(known_keys_find(k, &one, &a), KNOWN_KEY_GOOD);
    fake_clock_advance_ms(&fake, 30000); /* the store did not answer: it stays good */
    assert_int_equal(known_keys_find(k, &one, &a), KNOWN_KEY_ASK);
    known_keys_put(k, &one, &a, known_keys_mark(k));
    fake_clock_advance_ms(&fake, 29999);
    assert_int_equal(known_keys_find(k, &one, &a), KNOWN_KEY_GOOD);
    known_keys_free(k);
}

static void test_it_stays_small(void **state)
{
    struct known_keys *k = make(8);
    struct secret_hash newest = key_of(100);
    for (uint32_t n = 0; n <= 100; n++) {
        struct secret_hash key = key_of(n);
        known_keys_put(k, &one, &key, known_keys_mark(k));
        fake_clock_advance_ms(&fake, 1);
    }
    int known = 0;
    for (uint32_t n = 0; n <= 100; n++) {
        struct secret_hash key = key_of(n);
        known += known_keys_find(k, &one, &key) != KNOWN_KEY_NOT;
    }
    assert_int_equal(known, 8);
    assert_int_equal(known_keys_find(k, &one, &newest), KNOWN_KEY_GOOD);
    known_keys_free(k);
}

static void test_without_memory(void **state)
{
    struct known_keys *k = NULL;
    mem_fail_after(0, 1);
    assert_int_equal(known_keys_create(&k, &fake.clock, 100), ERR_NO_MEMORY);
    mem_fail_after(-1, 0);
    assert_null(k);
    known_keys_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_is_known_until_it_ends),
        cmocka_unit_test(test_what_ended_meanwhile_is_not_put_back),
        cmocka_unit_test(test_one_caller_asks_again_now_and_then),
        cmocka_unit_test(test_it_stays_small),
        cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
