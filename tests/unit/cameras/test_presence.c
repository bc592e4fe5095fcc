#include "cameras/presence.h"

#include <pthread.h>
#include <string.h>

#include "core/mem.h"
#include "support/check.h"
#include "support/fake_clock.h"

static const struct id one = {"0123456789abcdef01234567"}, two = {"89abcdef0123456789abcdef"};

struct fixture {
    struct fake_clock clock;
    struct presence *presence;
};

static int setup(void **state)
{
    struct fixture *f = mem_zalloc(sizeof *f);
    fake_clock_init(&f->clock, 1000000);
    assert_int_equal(presence_create(&f->presence, &f->clock.clock), ERR_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    presence_free(f->presence);
    mem_free(f);
    return 0;
}

static struct presence_state get(struct fixture *f, const struct id *device)
{
    struct presence_state s;
    presence_get(f->presence, device, &s);
    return s;
}

static size_t online(struct presence *p)
{
    size_t cameras, viewers;
    presence_totals(p, &cameras, &viewers);
    return cameras;
}

static void an_unknown_camera_is_silent(void **state)
{
    struct presence_state s = get(*state, &one);
    assert_false(s.online);
    assert_int_equal(s.viewers, 0);
    assert_int_equal(s.last_seen_ms, 0);
    assert_null(s.offline_reason);
    assert_string_equal(s.telemetry, "");
}

static void online_and_offline(void **state)
{
    struct fixture *f = *state;
    presence_online(f->presence, &one, 1);
    assert_int_equal(online(f->presence), 1);
    fake_clock_advance_ms(&f->clock, 500);
    assert_true(get(f, &one).online);
    assert_int_equal(get(f, &one).last_seen_ms, 1000500); /* who is online is seen now */
    presence_offline(f->presence, &one, 1, "goodbye");
    fake_clock_advance_ms(&f->clock, 500);
    struct presence_state s = get(f, &one);
    assert_false(s.online);
    assert_string_equal(s.offline_reason, "goodbye");
    assert_int_equal(s.last_seen_ms, 1000500);
    assert_int_equal(online(f->presence), 0);
    presence_online(f->presence, &one, 2);
    assert_null(get(f, &one).offline_reason);
    assert_false(get(f, &two).online);
}

static void a_late_end_changes_nothing(void **state)
{
    struct fixture *f = *state;
    presence_online(f->presence, &one, 7);
    presence_online(f->presence, &one, 9);
    assert_int_equal(online(f->presence), 1);
    presence_offline(f->presence, &one, 7, "silent");
    assert_true(get(f, &one).online);
    assert_null(get(f, &one).offline_reason);
    presence_online(f->presence, &one, 8); /* nor does a late beginning */
    presence_offline(f->presence, &one, 9, "silent");
    presence_offline(f->presence, &one, 9, "goodbye");
    assert_false(get(f, &one).online);
    assert_string_equal(get(f, &one).offline_reason, "silent");
    assert_int_equal(online(f->presence), 0);
}

static void telemetry_and_viewers(void **state)
{
    struct fixture *f = *state;
    char big[sizeof get(f, &one).telemetry];
    presence_telemetry(f->presence, &one, SPAN_LIT("{\"rssi\":-1}")); /* unknown: nobody to say it of */
    assert_string_equal(get(f, &one).telemetry, "");
    presence_online(f->presence, &one, 1);
    presence_telemetry(f->presence, &one, SPAN_LIT("{\"rssi\":-60}"));
    assert_string_equal(get(f, &one).telemetry, "{\"rssi\":-60}");
    presence_telemetry(f->presence, &one, SPAN_LIT("{}"));
    assert_string_equal(get(f, &one).telemetry, "{}");
    memset(big, ' ', sizeof big);
    presence_telemetry(f->presence, &one, (struct span){big, sizeof big});
    assert_string_equal(get(f, &one).telemetry, "{}");
    presence_telemetry(f->presence, &one, (struct span){big, sizeof big - 1});
    assert_int_equal(strlen(get(f, &one).telemetry), sizeof big - 1);
    presence_viewers(f->presence, &one, 3);
    assert_int_equal(get(f, &one).viewers, 3);
    presence_viewers(f->presence, &one, 0);
    assert_int_equal(get(f, &one).viewers, 0);
}

static void a_camera_may_be_waited_for(void **state)
{
    struct fixture *f = *state;
    size_t cameras, viewers;
    presence_viewers(f->presence, &one, 2); /* they watch before it ever came */
    presence_viewers(f->presence, &two, 1);
    assert_int_equal(get(f, &one).viewers, 2);
    assert_false(get(f, &one).online);
    presence_online(f->presence, &one, 1);
    assert_int_equal(get(f, &one).viewers, 2);
    presence_totals(f->presence, &cameras, &viewers);
    assert_int_equal(cameras, 1);
    assert_int_equal(viewers, 3);
    presence_viewers(f->presence, &two, 0);
    presence_viewers(f->presence, &one, 0);
    presence_totals(f->presence, &cameras, &viewers);
    assert_int_equal(viewers, 0);
    assert_true(get(f, &one).online);
}

static void a_report_makes_nobody_online(void **state)
{
    struct fixture *f = *state;
    presence_report(f->presence, &one, SPAN_LIT("{\"rssi\":-60}"));
    struct presence_state s = get(f, &one);
    assert_false(s.online);
    assert_int_equal(s.last_seen_ms, 1000000);
    assert_int_equal(s.left_ms, 0);
    presence_viewers(f->presence, &one, 1);
    presence_viewers(f->presence, &one, 0);
    assert_string_equal(get(f, &one).telemetry, "{\"rssi\":-60}");
    presence_online(f->presence, &one, 1);
    presence_offline(f->presence, &one, 1, "silent");
    fake_clock_advance_ms(&f->clock, 500);
    presence_report(f->presence, &one, (struct span){0});
    s = get(f, &one);
    assert_int_equal(s.last_seen_ms, 1000500);
    assert_int_equal(s.left_ms, 1000000);
    assert_string_equal(s.telemetry, "{\"rssi\":-60}");
}

static void a_frame_on_its_way_counts(void **state)
{
    struct fixture *f = *state;
    presence_frame(f->presence, &one);
    assert_true(get(f, &one).online);
    fake_clock_advance_ms(&f->clock, 1000); /* the relay let it go */
    assert_false(get(f, &one).online);
    presence_frame(f->presence, &one);
    presence_online(f->presence, &one, 1);
    assert_int_equal(online(f->presence), 1);
    presence_frame(f->presence, &one);
    presence_offline(f->presence, &one, 1, "silent");
    assert_false(get(f, &one).online);
    assert_string_equal(get(f, &one).offline_reason, "silent");
    presence_frame(f->presence, &one);
    assert_true(get(f, &one).online);
    assert_null(get(f, &one).offline_reason);
}

static void a_forgotten_camera_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    presence_online(f->presence, &one, 1);
    presence_telemetry(f->presence, &one, SPAN_LIT("{}"));
    presence_forget(f->presence, &one);
    presence_forget(f->presence, &two);
    assert_int_equal(online(f->presence), 0);
    presence_viewers(f->presence, &one, 1); /* its viewers go one by one, its socket closes after that */
    presence_viewers(f->presence, &one, 0);
    presence_offline(f->presence, &one, 1, "goodbye");
    an_unknown_camera_is_silent(state);
}

static void memory_may_run_out(void **state)
{
    struct fixture *f = *state;
    struct presence *p;
    mem_fail_after(0, 0);
    assert_int_equal(presence_create(&p, &f->clock.clock), ERR_NO_MEMORY);
    for (long n = 0;; n++) {
        mem_fail_after(n, 0);
        presence_online(f->presence, &one, 1);
        presence_telemetry(f->presence, &one, SPAN_LIT("{\"a\":1}"));
        bool failed = mem_failed();
        mem_fail_after(-1, 0);
        struct presence_state s = get(f, &one);
        assert_int_equal(online(f->presence), s.online);
        presence_forget(f->presence, &one);
        if (!failed) {
            assert_true(s.online);
            assert_string_equal(s.telemetry, "{\"a\":1}");
            return;
        }
    }
}

enum { ROUNDS = 2000 };

static void *come_and_go(void *arg)
{
    struct fixture *f = arg;
    for (uint64_t epoch = 1; epoch <= ROUNDS; epoch++) {
        presence_online(f->presence, &one, epoch);
        presence_telemetry(f->presence, &one, SPAN_LIT("{}"));
        presence_viewers(f->presence, &one, (unsigned)epoch);
        presence_offline(f->presence, &one, epoch, "silent");
    }
    return NULL;
}

static void threads_may_meet(void **state)
{
    struct fixture *f = *state;
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, come_and_go, f), 0);
    for (int i = 0; i < ROUNDS; i++) {
        struct presence_state s = get(f, &one);
        assert_true(!s.online || !s.offline_reason);
        assert_in_range(online(f->presence), 0, 1);
    }
    pthread_join(writer, NULL);
    assert_false(get(f, &one).online);
    assert_int_equal(get(f, &one).viewers, ROUNDS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_unknown_camera_is_silent),  TEST(online_and_offline),
        TEST(a_late_end_changes_nothing),   TEST(telemetry_and_viewers),
        TEST(a_camera_may_be_waited_for),   TEST(a_forgotten_camera_leaves_nothing),
        TEST(a_report_makes_nobody_online), TEST(a_frame_on_its_way_counts),
        TEST(memory_may_run_out),           TEST(threads_may_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
