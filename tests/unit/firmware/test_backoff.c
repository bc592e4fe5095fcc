#include "core/backoff.h"

#include "support/check.h"

static void test_grows_to_a_minute_and_stays(void **state)
{
    static const uint32_t most_ms[] = {1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000};
    struct fw_backoff low = {0}, high = {0};
    for (size_t i = 0; i < sizeof most_ms / sizeof *most_ms; i++) {
        assert_int_equal(fw_backoff_next(&low, 0), most_ms[i] / 2);
        assert_int_equal(fw_backoff_next(&high, UINT32_MAX), most_ms[i] - 1);
    }
}

static void test_reset_begins_anew(void **state)
{
    struct fw_backoff b = {0};
    for (int i = 0; i < 5; i++)
        (void)fw_backoff_next(&b, 0);
    fw_backoff_reset(&b);
    assert_int_equal(fw_backoff_next(&b, 0), 500);
}

static void test_saturated_waits_longest(void **state)
{
    struct fw_backoff b = {0};
    fw_backoff_saturate(&b);
    assert_int_equal(fw_backoff_next(&b, 0), FW_BACKOFF_MOST_MS / 2);
}

static void test_jitter_spreads(void **state)
{
    uint32_t low = UINT32_MAX, high = 0;
    for (uint32_t r = 0; r < 1000; r++) {
        struct fw_backoff b = {0};
        uint32_t wait_ms = fw_backoff_next(&b, r * 4294967u);
        low = wait_ms < low ? wait_ms : low;
        high = wait_ms > high ? wait_ms : high;
    }
    assert_true(low >= 500 && low < 510);
    assert_true(high > 990 && high <= 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_to_a_minute_and_stays),
        cmocka_unit_test(test_reset_begins_anew),
        cmocka_unit_test(test_saturated_waits_longest),
        cmocka_unit_test(test_jitter_spreads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
