#include "support/check.h"

#include <pthread.h>
#include <stdio.h>

#include "auth/limiter.h"
#include "core/mem.h"
#include "support/fake_clock.h"

static const struct conf_rate five_a_minute = {5, 60};

struct fixture {
    struct fake_clock time;
    struct limiter *l;
};

static struct fixture f;

static int setup(void **state)
{
    fake_clock_init(&f.time, 1700000000000);
    return limiter_create(&f.l, &f.time.clock, 1000) != ERR_OK;
}

static int teardown(void **state)
{
    limiter_free(f.l);
    return 0;
}

static bool take(const char *class, const char *key, uint32_t *retry_after_s)
{
    return limiter_take(f.l, class, span_of(key), five_a_minute, retry_after_s);
}

static void test_burst_then_refill(void **state)
{
    uint32_t wait = 77;
    for (int i = 0; i < 5; i++)
        assert_true(take("login", "a", &wait));
    assert_int_equal(wait, 77);
    assert_false(take("login", "a", &wait));
    assert_int_equal(wait, 12);
    fake_clock_advance_ms(&f.time, 11001);
    assert_false(take("login", "a", &wait)); /* refusals cost nothing */
    assert_int_equal(wait, 1);
    fake_clock_advance_ms(&f.time, 999);
    assert_true(take("login", "a", &wait));
    assert_false(take("login", "a", &wait));
    fake_clock_advance_ms(&f.time, 1000000); /* never more than full */
    for (int i = 0; i < 5; i++)
        assert_true(take("login", "a", &wait));
    assert_false(take("login", "a", &wait));
}

static void test_keys_and_classes_apart(void **state)
{
    uint32_t wait;
    for (int i = 0; i < 5; i++)
        assert_true(take("login", "a", &wait));
    assert_false(take("login", "a", &wait));
    assert_true(take("login", "b", &wait));
    assert_true(take("register", "a", &wait));
    assert_true(take("logi", "na", &wait));
    assert_true(take("login", "", &wait));
}

static void test_off(void **state)
{
    uint32_t wait;
    for (int i = 0; i < 100; i++)
        assert_true(limiter_take(f.l, "x", SPAN_LIT("a"), (struct conf_rate){0, 60}, &wait));
}

/* Ten times more keys than it holds: it goes on, and a key in use keeps its count. */
static void test_many_keys(void **state)
{
    uint32_t wait;
    for (int i = 0; i < 10000; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "%d", i);
        assert_true(take("login", key, &wait));
        if (i < 5)
            assert_true(take("login", "busy", &wait));
        else
            assert_false(take("login", "busy", &wait));
    }
}

static void *take_a_hundred(void *arg)
{
    long taken = 0;
    uint32_t wait;
    for (int i = 0; i < 100; i++)
        taken += limiter_take(f.l, "x", SPAN_LIT("a"), (struct conf_rate){150, 1}, &wait);
    return (void *)taken;
}

static void test_threads(void **state)
{
    pthread_t t[4];
    long sum = 0;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&t[i], NULL, take_a_hundred, NULL), 0);
    for (int i = 0; i < 4; i++) {
        void *taken;
        pthread_join(t[i], &taken);
        sum += (long)taken;
    }
    assert_int_equal(sum, 150);
}

static void test_address_key(void **state)
{
    static const char *const rows[][2] = {
        {"192.0.2.7", "192.0.2.7"},
        {"::ffff:192.0.2.7", "192.0.2.7"},
        {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"},
        {"2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::"},
        {"fe80::1%eth0", "fe80::"},
        {"::1", "::"},
        {"somewhere", "somewhere"},
        {"", ""},
    };
    char out[46];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct span key = limiter_address_key(rows[i][0], out);
        assert_true(span_is(key, rows[i][1]));
        assert_ptr_equal(key.p, out);
    }
    char longer[100];
    memset(longer, 'x', sizeof longer);
    longer[99] = 0;
    assert_int_equal(limiter_address_key(longer, out).len, 45);
}

static void test_no_memory(void **state)
{
    struct limiter *none = NULL;
    mem_fail_after(0, 0);
    assert_int_equal(limiter_create(&none, &f.time.clock, 1000), ERR_NO_MEMORY);
    mem_fail_after(-1, 0);
    assert_null(none);
    limiter_free(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_burst_then_refill, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keys_and_classes_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_off, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(test_threads, setup, teardown),
        cmocka_unit_test(test_address_key),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
