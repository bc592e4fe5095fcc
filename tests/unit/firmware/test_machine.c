/* One way to come online: states, events and times. */
#include "steps.h"
#include "support/check.h"

static void test_the_straight_way(void **state)
{
    struct fw_machine m;
    fw_machine_init(&m, 1);
    assert_true(steps_has(steps_on(&m, (struct fw_event){.kind = FW_EV_BOOT}, 0), FW_DO_SCAN));
    struct fw_actions a =
        steps_on(&m, (struct fw_event){.kind = FW_EV_SCANNED, .use = {.wifi = true, .token = true}}, 1);
    assert_true(a.n == 2 && a.list[0] == FW_DO_SCAN_STOP && a.list[1] == FW_DO_JOIN);
    assert_true(steps_has(steps_on(&m, (struct fw_event){.kind = FW_EV_JOINED}, 2), FW_DO_ACTIVATE));
    a = steps_on(&m, (struct fw_event){.kind = FW_EV_ACTIVATED}, 3);
    assert_true(a.n == 1 && a.list[0] == FW_DO_OPEN);
    assert_true(steps_has(steps_on(&m, (struct fw_event){.kind = FW_EV_LINK_OPEN}, 4), FW_DO_REGISTER));
    assert_int_equal(m.state, FW_CONNECT); /* open is not yet online */
    assert_true(steps_has(steps_on(&m, (struct fw_event){.kind = FW_EV_REGISTERED}, 5), FW_DO_GO_ONLINE));
    assert_int_equal(m.state, FW_ONLINE);
}

/* state × event: where it goes. A row that is not here must change nothing. */
static void test_table(void **state)
{
    enum { SAME = -1 };
    static const struct {
        enum fw_state from;
        struct fw_event event;
        int to;
        bool waits;
    } rows[] = {
        {FW_SCAN, {.kind = FW_EV_SCANNED, .use = {.wifi = true, .token = true}}, FW_JOIN, false},
        {FW_JOIN, {.kind = FW_EV_JOINED}, FW_ACTIVATE, false},
        {FW_JOIN, {.kind = FW_EV_JOIN_FAILED}, FW_JOIN, true},
        {FW_JOIN, {.kind = FW_EV_SCANNED, .use = {.wifi = true, .token = true}}, FW_JOIN, false},
        {FW_ACTIVATE, {.kind = FW_EV_ACTIVATED}, FW_CONNECT, false},
        {FW_ACTIVATE, {.kind = FW_EV_REFUSED}, FW_SCAN, false},
        {FW_ACTIVATE, {.kind = FW_EV_ACTIVATE_FAILED}, FW_ACTIVATE, true},
        {FW_ACTIVATE, {.kind = FW_EV_WIFI_LOST}, FW_JOIN, true},
        {FW_ACTIVATE, {.kind = FW_EV_SCANNED, .use = {.wifi = true, .token = true}}, FW_JOIN, false},
        {FW_ACTIVATE, {.kind = FW_EV_RESTART}, FW_JOIN, false},
        {FW_CONNECT, {.kind = FW_EV_LINK_OPEN}, FW_CONNECT, false},
        {FW_CONNECT, {.kind = FW_EV_REGISTERED}, FW_ONLINE, false},
        {FW_CONNECT, {.kind = FW_EV_LINK_CLOSED}, FW_CONNECT, true},
        {FW_CONNECT, {.kind = FW_EV_LINK_CLOSED, .end = FW_END_REPLACED}, FW_CONNECT, true},
        {FW_CONNECT, {.kind = FW_EV_LINK_CLOSED, .end = FW_END_UNAUTHORIZED}, FW_CONNECT, true},
        {FW_CONNECT, {.kind = FW_EV_LINK_CLOSED, .end = FW_END_REVOKED}, FW_ACTIVATE, false},
        {FW_CONNECT, {.kind = FW_EV_GOAWAY}, FW_CONNECT, true},
        {FW_CONNECT, {.kind = FW_EV_WIFI_LOST}, FW_JOIN, true},
        {FW_CONNECT, {.kind = FW_EV_RESTART}, FW_JOIN, false},
        {FW_CONNECT, {.kind = FW_EV_SCANNED, .use = {.wifi = true, .token = true}}, FW_JOIN, false},
        {FW_ONLINE, {.kind = FW_EV_LINK_CLOSED}, FW_CONNECT, true},
        {FW_ONLINE, {.kind = FW_EV_LINK_CLOSED, .end = FW_END_REPLACED}, FW_CONNECT, true},
        {FW_ONLINE, {.kind = FW_EV_LINK_CLOSED, .end = FW_END_REVOKED}, FW_SCAN, false},
        {FW_ONLINE, {.kind = FW_EV_GOAWAY, .wait_ms = 5}, FW_CONNECT, true},
        {FW_ONLINE, {.kind = FW_EV_WIFI_LOST}, FW_JOIN, true},
        {FW_ONLINE, {.kind = FW_EV_RESTART}, FW_JOIN, false},
        {FW_ONLINE, {.kind = FW_EV_SCANNED, .use = {.wifi = true, .token = true}}, FW_JOIN, false},
        {FW_SCAN, {.kind = FW_EV_JOINED}, SAME, false},
        {FW_SCAN, {.kind = FW_EV_WIFI_LOST}, SAME, false},
        {FW_SCAN, {.kind = FW_EV_REGISTERED}, SAME, false},
        {FW_SCAN, {.kind = FW_EV_LINK_CLOSED}, SAME, false},
        {FW_JOIN, {.kind = FW_EV_WIFI_LOST}, SAME, false},
        {FW_JOIN, {.kind = FW_EV_ACTIVATED}, SAME, false},
        {FW_JOIN, {.kind = FW_EV_REGISTERED}, SAME, false},
        {FW_JOIN, {.kind = FW_EV_LINK_CLOSED, .end = FW_END_REVOKED}, SAME, false},
        {FW_ACTIVATE, {.kind = FW_EV_JOINED}, SAME, false},
        {FW_ACTIVATE, {.kind = FW_EV_JOIN_FAILED}, SAME, false},
        {FW_ACTIVATE, {.kind = FW_EV_GOAWAY}, SAME, false},
        {FW_CONNECT, {.kind = FW_EV_ACTIVATED}, SAME, false},
        {FW_CONNECT, {.kind = FW_EV_REFUSED}, SAME, false},
        {FW_ONLINE, {.kind = FW_EV_JOINED}, SAME, false},
        {FW_ONLINE, {.kind = FW_EV_REGISTERED}, SAME, false},
        {FW_ONLINE, {.kind = FW_EV_LINK_OPEN}, SAME, false},
        {FW_ONLINE, {.kind = FW_EV_REFUSED}, SAME, false},
    };
    static const struct fw_event way[] = {{.kind = FW_EV_SCANNED, .use = {.wifi = true, .token = true}},
                                          {.kind = FW_EV_JOINED},
                                          {.kind = FW_EV_ACTIVATED},
                                          {.kind = FW_EV_REGISTERED}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fw_machine m = steps_booted(false, false, false);
        for (size_t k = 0; m.state != rows[i].from; k++)
            (void)fw_machine_step(&m, &way[k], 0);
        struct fw_machine before = m;
        struct fw_actions a = fw_machine_step(&m, &rows[i].event, 7);
        if (rows[i].to == SAME) {
            assert_int_equal(a.n, 0);
            assert_memory_equal(&before, &m, sizeof m);
            continue;
        }
        if ((int)m.state != rows[i].to || m.waiting != rows[i].waits)
            fail_msg("row %zu: came to %s", i, fw_machine_state_name(m.state));
    }
}

/* While it waits for its next try, late answers change nothing. */
static void test_late_answers_are_ignored(void **state)
{
    static const struct fw_event late[] = {
        {.kind = FW_EV_JOINED},      {.kind = FW_EV_JOIN_FAILED}, {.kind = FW_EV_ACTIVATED},
        {.kind = FW_EV_REFUSED},     {.kind = FW_EV_REGISTERED},  {.kind = FW_EV_LINK_OPEN},
        {.kind = FW_EV_LINK_CLOSED}, {.kind = FW_EV_GOAWAY},      {.kind = FW_EV_ACTIVATE_FAILED},
    };
    struct fw_machine m = steps_online(0);
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED}, 10);
    assert_true(m.waiting);
    struct fw_machine before = m;
    for (size_t i = 0; i < sizeof late / sizeof *late; i++) {
        assert_int_equal(fw_machine_step(&m, &late[i], 11).n, 0);
        assert_memory_equal(&before, &m, sizeof m);
    }
}

static void test_timeouts(void **state)
{
    int64_t now = 0;
    struct fw_machine m = steps_booted(true, true, false);
    (void)steps_pass(&m, &now);
    assert_int_equal(now, FW_JOIN_TRY_MS);
    assert_true(m.state == FW_JOIN && m.waiting);
    assert_true(steps_has(steps_pass(&m, &now), FW_DO_JOIN));
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
    int64_t began = now;
    assert_true(steps_has(steps_pass(&m, &now), FW_DO_ACTIVATE_CANCEL));
    assert_int_equal(now - began, FW_ACTIVATE_TRY_MS);
    assert_true(steps_has(steps_pass(&m, &now), FW_DO_ACTIVATE));
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_ACTIVATED}, now);
    began = now;
    assert_true(steps_has(steps_pass(&m, &now), FW_DO_CLOSE));
    assert_int_equal(now - began, FW_CONNECT_TRY_MS);
    assert_true(steps_has(steps_pass(&m, &now), FW_DO_OPEN));
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_LINK_OPEN}, now + 1); /* open, but never registered */
    assert_true(steps_has(steps_pass(&m, &now), FW_DO_CLOSE));
}

static void test_goaway_is_obeyed_to_the_millisecond(void **state)
{
    struct fw_machine m = steps_online(1000);
    struct fw_actions a = steps_on(&m, (struct fw_event){.kind = FW_EV_GOAWAY, .wait_ms = 3210}, 2000);
    assert_true(a.n == 2 && a.list[0] == FW_DO_CLOSE && a.list[1] == FW_DO_GO_OFFLINE);
    assert_int_equal(m.deadline_ms, 5210);
}

static void test_replaced_does_not_fight(void **state)
{
    struct fw_machine m = steps_online(0);
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED, .end = FW_END_REPLACED}, 1000);
    assert_in_range(m.deadline_ms - 1000, FW_BACKOFF_MOST_MS / 2, FW_BACKOFF_MOST_MS);
}

static void test_backoff_is_forgotten_after_a_stable_minute(void **state)
{
    int64_t now = 0;
    struct fw_machine m = steps_online(0);
    for (int i = 0; i < 8; i++) { /* comes online, falls at once: waits longer each time */
        (void)steps_on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED}, now);
        (void)steps_pass(&m, &now);
        (void)steps_on(&m, (struct fw_event){.kind = FW_EV_REGISTERED}, now);
    }
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED}, now);
    assert_true(m.deadline_ms - now >= FW_BACKOFF_MOST_MS / 2);
    (void)steps_pass(&m, &now);
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_REGISTERED}, now);
    (void)steps_pass(&m, &now); /* a minute passes */
    assert_int_equal(m.deadline_ms, FW_NEVER);
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED}, now);
    assert_true(m.deadline_ms - now <= FW_BACKOFF_FIRST_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_straight_way),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_late_answers_are_ignored),
        cmocka_unit_test(test_timeouts),
        cmocka_unit_test(test_goaway_is_obeyed_to_the_millisecond),
        cmocka_unit_test(test_replaced_does_not_fight),
        cmocka_unit_test(test_backoff_is_forgotten_after_a_stable_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
