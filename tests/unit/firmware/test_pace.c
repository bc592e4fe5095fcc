#include "core/pace.h"

#include "support/check.h"

/* Takes and sends whenever due, for so long; returns how many frames. */
static unsigned run(struct fw_pace *p, int64_t from_ms, int64_t to_ms)
{
    unsigned n = 0;
    for (int64_t now = from_ms; now < to_ms; now++) {
        if (now < fw_pace_due_ms(p))
            continue;
        fw_pace_taken(p, now);
        fw_pace_sent(p);
        n++;
    }
    return n;
}

static void test_keeps_the_rate_without_drift(void **state)
{
    static const uint32_t rates[] = {500, 1000, 7000, 15000, 24000, 29970, 60000};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct fw_pace p = {0};
        fw_pace_start(&p, rates[i], 5000);
        unsigned want = (unsigned)((uint64_t)rates[i] * 600 / 1000);
        unsigned got = run(&p, 5000, 5000 + 600000);
        assert_in_range(got, want - 1, want + 1);
    }
}

static void test_first_frame_at_once(void **state)
{
    struct fw_pace p = {0};
    assert_int_equal(fw_pace_due_ms(&p), FW_NEVER);
    fw_pace_start(&p, 1000, 1234);
    assert_int_equal(fw_pace_due_ms(&p), 1234);
}

static void test_one_in_flight(void **state)
{
    struct fw_pace p = {0};
    fw_pace_start(&p, 10000, 0);
    fw_pace_taken(&p, 0);
    assert_int_equal(fw_pace_due_ms(&p), FW_NEVER);
    fw_pace_sent(&p);
    assert_int_equal(fw_pace_due_ms(&p), 100);
}

static void test_no_burst_after_a_stall(void **state)
{
    struct fw_pace p = {0};
    fw_pace_start(&p, 10000, 0);
    fw_pace_taken(&p, 0);
    fw_pace_sent(&p); /* at 5000: the link was stuck for 5 s */
    fw_pace_taken(&p, 5000);
    fw_pace_sent(&p);
    assert_int_equal(fw_pace_due_ms(&p), 5100);
    assert_in_range(run(&p, 5000, 6000), 9, 10);
}

static void test_small_lateness_keeps_the_rhythm(void **state)
{
    struct fw_pace p = {0};
    fw_pace_start(&p, 10000, 0);
    fw_pace_taken(&p, 40); /* 40 ms late */
    fw_pace_sent(&p);
    assert_int_equal(fw_pace_due_ms(&p), 100);
}

static void test_change_of_rate_has_no_gap_and_no_burst(void **state)
{
    struct fw_pace p = {0};
    fw_pace_start(&p, 1000, 0);
    fw_pace_taken(&p, 0);
    fw_pace_sent(&p);
    fw_pace_start(&p, 20000, 500);
    assert_int_equal(fw_pace_due_ms(&p), 50); /* overdue: now */
    fw_pace_taken(&p, 500);
    fw_pace_sent(&p);
    assert_int_equal(fw_pace_due_ms(&p), 550);
    fw_pace_start(&p, 20000, 510); /* the same again changes nothing */
    assert_int_equal(fw_pace_due_ms(&p), 550);
}

static void test_stop_while_in_flight(void **state)
{
    struct fw_pace p = {0};
    fw_pace_start(&p, 10000, 0);
    fw_pace_taken(&p, 0);
    fw_pace_stop(&p);
    fw_pace_start(&p, 10000, 20);
    assert_int_equal(fw_pace_due_ms(&p), FW_NEVER); /* still one on its way */
    fw_pace_sent(&p);
    assert_int_equal(fw_pace_due_ms(&p), 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps_the_rate_without_drift),
        cmocka_unit_test(test_first_frame_at_once),
        cmocka_unit_test(test_one_in_flight),
        cmocka_unit_test(test_no_burst_after_a_stall),
        cmocka_unit_test(test_small_lateness_keeps_the_rhythm),
        cmocka_unit_test(test_change_of_rate_has_no_gap_and_no_burst),
        cmocka_unit_test(test_stop_while_in_flight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
