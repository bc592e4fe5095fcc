#include "core/machine.h"

#include <stdlib.h>
#include <string.h>

#include "support/check.h"

static struct fw_machine booted(bool wifi, bool token, bool key)
{
    struct fw_machine m;
    fw_machine_init(&m, 0, 12345);
    (void)fw_machine_step(
        &m, &(struct fw_event){.kind = FW_EV_BOOT, .wifi = wifi, .token = token, .key = key}, 0);
    return m;
}

static struct fw_actions on(struct fw_machine *m, struct fw_event e, int64_t now_ms)
{
    return fw_machine_step(m, &e, now_ms);
}

static bool has(struct fw_actions a, enum fw_action want)
{
    for (unsigned i = 0; i < a.n; i++)
        if (a.list[i] == want)
            return true;
    return false;
}

/* Waits out the present deadline. */
static struct fw_actions pass(struct fw_machine *m, int64_t *now_ms)
{
    assert_true(m->deadline_ms != FW_NEVER);
    *now_ms = m->deadline_ms;
    return on(m, (struct fw_event){.kind = FW_EV_TICK}, *now_ms);
}

static struct fw_machine online(int64_t now_ms)
{
    struct fw_machine m = booted(true, false, true);
    (void)on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now_ms);
    (void)on(&m, (struct fw_event){.kind = FW_EV_LINK_OPEN}, now_ms);
    (void)on(&m, (struct fw_event){.kind = FW_EV_REGISTERED}, now_ms);
    assert_int_equal(m.state, FW_ONLINE);
    return m;
}

static void test_the_straight_way(void **state)
{
    struct fw_machine m;
    fw_machine_init(&m, 0, 1);
    assert_true(has(on(&m, (struct fw_event){.kind = FW_EV_BOOT}, 0), FW_DO_SCAN));
    struct fw_actions a = on(&m, (struct fw_event){.kind = FW_EV_SCANNED, .token = true}, 1);
    assert_true(a.n == 2 && a.list[0] == FW_DO_SCAN_STOP && a.list[1] == FW_DO_JOIN);
    assert_true(has(on(&m, (struct fw_event){.kind = FW_EV_JOINED}, 2), FW_DO_ACTIVATE));
    a = on(&m, (struct fw_event){.kind = FW_EV_ACTIVATED}, 3);
    assert_true(a.n == 2 && a.list[0] == FW_DO_FORGET_TOKEN && a.list[1] == FW_DO_OPEN);
    assert_true(has(on(&m, (struct fw_event){.kind = FW_EV_LINK_OPEN}, 4), FW_DO_REGISTER));
    assert_int_equal(m.state, FW_CONNECT); /* open is not yet online */
    assert_true(has(on(&m, (struct fw_event){.kind = FW_EV_REGISTERED}, 5), FW_DO_GO_ONLINE));
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
        {FW_SCAN, {.kind = FW_EV_SCANNED, .token = true}, FW_JOIN, false},
        {FW_JOIN, {.kind = FW_EV_JOINED}, FW_ACTIVATE, false},
        {FW_JOIN, {.kind = FW_EV_JOIN_FAILED}, FW_JOIN, true},
        {FW_JOIN, {.kind = FW_EV_SCANNED, .token = true}, FW_JOIN, false},
        {FW_ACTIVATE, {.kind = FW_EV_ACTIVATED}, FW_CONNECT, false},
        {FW_ACTIVATE, {.kind = FW_EV_REFUSED}, FW_SCAN, false},
        {FW_ACTIVATE, {.kind = FW_EV_ACTIVATE_FAILED}, FW_ACTIVATE, true},
        {FW_ACTIVATE, {.kind = FW_EV_WIFI_LOST}, FW_JOIN, true},
        {FW_ACTIVATE, {.kind = FW_EV_SCANNED, .token = true}, FW_JOIN, false},
        {FW_ACTIVATE, {.kind = FW_EV_RESTART}, FW_JOIN, false},
        {FW_CONNECT, {.kind = FW_EV_LINK_OPEN}, FW_CONNECT, false},
        {FW_CONNECT, {.kind = FW_EV_REGISTERED}, FW_ONLINE, false},
        {FW_CONNECT, {.kind = FW_EV_LINK_CLOSED}, FW_CONNECT, true},
        {FW_CONNECT, {.kind = FW_EV_LINK_CLOSED, .end = FW_END_REPLACED}, FW_CONNECT, true},
        {FW_CONNECT, {.kind = FW_EV_LINK_CLOSED, .end = FW_END_UNAUTHORIZED}, FW_CONNECT, true},
        {FW_CONNECT, {.kind = FW_EV_LINK_CLOSED, .end = FW_END_REVOKED}, FW_SCAN, false},
        {FW_CONNECT, {.kind = FW_EV_GOAWAY}, FW_CONNECT, true},
        {FW_CONNECT, {.kind = FW_EV_WIFI_LOST}, FW_JOIN, true},
        {FW_CONNECT, {.kind = FW_EV_RESTART}, FW_JOIN, false},
        {FW_CONNECT, {.kind = FW_EV_SCANNED, .token = true}, FW_JOIN, false},
        {FW_ONLINE, {.kind = FW_EV_LINK_CLOSED}, FW_CONNECT, true},
        {FW_ONLINE, {.kind = FW_EV_LINK_CLOSED, .end = FW_END_REPLACED}, FW_CONNECT, true},
        {FW_ONLINE, {.kind = FW_EV_LINK_CLOSED, .end = FW_END_REVOKED}, FW_SCAN, false},
        {FW_ONLINE, {.kind = FW_EV_GOAWAY, .wait_ms = 5}, FW_CONNECT, true},
        {FW_ONLINE, {.kind = FW_EV_WIFI_LOST}, FW_JOIN, true},
        {FW_ONLINE, {.kind = FW_EV_RESTART}, FW_JOIN, false},
        {FW_ONLINE, {.kind = FW_EV_SCANNED, .token = true}, FW_JOIN, false},
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
    static const struct fw_event way[] = {{.kind = FW_EV_SCANNED, .token = true},
                                          {.kind = FW_EV_JOINED},
                                          {.kind = FW_EV_ACTIVATED},
                                          {.kind = FW_EV_REGISTERED}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fw_machine m = booted(false, false, false);
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
    struct fw_machine m = online(0);
    (void)on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED}, 10);
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
    struct fw_machine m = booted(true, true, false);
    (void)pass(&m, &now);
    assert_int_equal(now, FW_JOIN_TRY_MS);
    assert_true(m.state == FW_JOIN && m.waiting);
    assert_true(has(pass(&m, &now), FW_DO_JOIN));
    (void)on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
    int64_t began = now;
    assert_true(has(pass(&m, &now), FW_DO_ACTIVATE_CANCEL));
    assert_int_equal(now - began, FW_ACTIVATE_TRY_MS);
    assert_true(has(pass(&m, &now), FW_DO_ACTIVATE));
    (void)on(&m, (struct fw_event){.kind = FW_EV_ACTIVATED}, now);
    began = now;
    assert_true(has(pass(&m, &now), FW_DO_CLOSE));
    assert_int_equal(now - began, FW_CONNECT_TRY_MS);
    assert_true(has(pass(&m, &now), FW_DO_OPEN));
    (void)on(&m, (struct fw_event){.kind = FW_EV_LINK_OPEN}, now + 1); /* open, but never registered */
    assert_true(has(pass(&m, &now), FW_DO_CLOSE));
}

static void test_a_network_that_never_worked_is_asked_for_again(void **state)
{
    int64_t now = 0;
    struct fw_machine m = booted(true, true, false);
    (void)on(&m, (struct fw_event){.kind = FW_EV_JOIN_FAILED, .join = FW_JOIN_WRONG_PASSWORD}, now);
    (void)pass(&m, &now);
    assert_true(has(on(&m, (struct fw_event){.kind = FW_EV_JOIN_FAILED, .join = FW_JOIN_WRONG_PASSWORD}, now),
                    FW_DO_SCAN));

    m = booted(true, false, true); /* one that did is never given up */
    for (int i = 0; i < 100; i++) {
        (void)on(&m, (struct fw_event){.kind = FW_EV_JOIN_FAILED, .join = FW_JOIN_WRONG_PASSWORD}, now);
        assert_true(m.state == FW_JOIN && m.waiting);
        (void)pass(&m, &now);
    }
}

static void test_refused_falls_back_to_the_key(void **state)
{
    struct fw_machine m = booted(true, true, true);
    (void)on(&m, (struct fw_event){.kind = FW_EV_JOINED}, 0);
    assert_int_equal(m.state, FW_ACTIVATE);
    struct fw_actions a = on(&m, (struct fw_event){.kind = FW_EV_REFUSED}, 0);
    assert_true(has(a, FW_DO_FORGET_TOKEN) && has(a, FW_DO_OPEN));
}

static void test_three_401_in_a_row_mean_a_dead_key(void **state)
{
    int64_t now = 0;
    struct fw_machine m = online(0);
    struct fw_actions a = {0};
    (void)on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED}, now);
    for (int i = 0; i < FW_UNAUTHORIZED; i++) {
        assert_false(has(a, FW_DO_FORGET_KEY));
        (void)pass(&m, &now);
        a = on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED, .end = FW_END_UNAUTHORIZED}, now);
    }
    assert_true(has(a, FW_DO_FORGET_KEY) && has(a, FW_DO_SCAN));
}

static void test_goaway_is_obeyed_to_the_millisecond(void **state)
{
    struct fw_machine m = online(1000);
    struct fw_actions a = on(&m, (struct fw_event){.kind = FW_EV_GOAWAY, .wait_ms = 3210}, 2000);
    assert_true(a.n == 2 && a.list[0] == FW_DO_CLOSE && a.list[1] == FW_DO_GO_OFFLINE);
    assert_int_equal(m.deadline_ms, 5210);
}

static void test_replaced_does_not_fight(void **state)
{
    struct fw_machine m = online(0);
    (void)on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED, .end = FW_END_REPLACED}, 1000);
    assert_in_range(m.deadline_ms - 1000, FW_BACKOFF_MOST_MS / 2, FW_BACKOFF_MOST_MS);
}

static void test_backoff_is_forgotten_after_a_stable_minute(void **state)
{
    int64_t now = 0;
    struct fw_machine m = online(0);
    for (int i = 0; i < 8; i++) { /* comes online, falls at once: waits longer each time */
        (void)on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED}, now);
        (void)pass(&m, &now);
        (void)on(&m, (struct fw_event){.kind = FW_EV_REGISTERED}, now);
    }
    (void)on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED}, now);
    assert_true(m.deadline_ms - now >= FW_BACKOFF_MOST_MS / 2);
    (void)pass(&m, &now);
    (void)on(&m, (struct fw_event){.kind = FW_EV_REGISTERED}, now);
    (void)pass(&m, &now); /* a minute passes */
    assert_int_equal(m.deadline_ms, FW_NEVER);
    (void)on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED}, now);
    assert_true(m.deadline_ms - now <= FW_BACKOFF_FIRST_MS);
}

static void test_activation_limit(void **state)
{
    int64_t now = 0;
    struct fw_machine m;
    fw_machine_init(&m, 600000, 9);
    (void)on(&m, (struct fw_event){.kind = FW_EV_BOOT, .wifi = true, .token = true}, now);
    (void)on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
    while (m.state == FW_ACTIVATE)
        (void)pass(&m, &now);
    assert_int_equal(m.state, FW_SCAN);
    assert_in_range(now, 600000, 600000 + 100000);
}

/* ---- every way it can stand, and that there is a way on from each ---- */

static const struct fw_event all[] = {
    {.kind = FW_EV_SCANNED, .token = true},
    {.kind = FW_EV_SCANNED},
    {.kind = FW_EV_JOINED},
    {.kind = FW_EV_JOIN_FAILED},
    {.kind = FW_EV_JOIN_FAILED, .join = FW_JOIN_WRONG_PASSWORD},
    {.kind = FW_EV_JOIN_FAILED, .join = FW_JOIN_NO_NETWORK},
    {.kind = FW_EV_WIFI_LOST},
    {.kind = FW_EV_ACTIVATED},
    {.kind = FW_EV_REFUSED},
    {.kind = FW_EV_ACTIVATE_FAILED, .wait_ms = 1000},
    {.kind = FW_EV_LINK_OPEN},
    {.kind = FW_EV_REGISTERED},
    {.kind = FW_EV_LINK_CLOSED},
    {.kind = FW_EV_LINK_CLOSED, .end = FW_END_UNAUTHORIZED},
    {.kind = FW_EV_LINK_CLOSED, .end = FW_END_REVOKED},
    {.kind = FW_EV_LINK_CLOSED, .end = FW_END_REPLACED},
    {.kind = FW_EV_GOAWAY, .wait_ms = 500},
    {.kind = FW_EV_RESTART},
    {.kind = FW_EV_TICK},
};

enum { ALL = sizeof all / sizeof *all, KEYS = 1 << 14 };

/* What of a machine decides where it can go; times and counts of the backoff do not. */
static unsigned key_of(const struct fw_machine *m)
{
    return (unsigned)m->state | (unsigned)m->waiting << 3 | (unsigned)m->wifi << 4 | (unsigned)m->token << 5 |
           (unsigned)m->key << 6 | (unsigned)m->proven << 7 | (m->wrong_passwords & 3) << 8 |
           (m->no_networks & 3) << 10 | (m->unauthorized & 3) << 12;
}

static struct fw_machine after(struct fw_machine m, const struct fw_event *e)
{
    int64_t now = e->kind == FW_EV_TICK && m.deadline_ms != FW_NEVER ? m.deadline_ms : 0;
    m.deadline_ms = m.deadline_ms == FW_NEVER ? FW_NEVER : now;
    (void)fw_machine_step(&m, e, now);
    return m;
}

static void test_no_state_without_exit(void **state)
{
    static struct fw_machine found[KEYS];
    static bool seen[KEYS], good[KEYS];
    unsigned count = 0;
    for (unsigned kept = 0; kept < 8; kept++) {
        struct fw_machine m = booted(kept & 1, kept & 2, kept & 4);
        if (!seen[key_of(&m)]) {
            seen[key_of(&m)] = true;
            found[count++] = m;
        }
    }
    for (unsigned i = 0; i < count; i++) {
        for (unsigned e = 0; e < ALL; e++) {
            struct fw_machine m = after(found[i], &all[e]);
            if (!seen[key_of(&m)]) {
                seen[key_of(&m)] = true;
                found[count++] = m;
            }
            /* Whoever tries or waits has a deadline; only a person ends SCAN, only an event ONLINE. */
            assert_true(m.deadline_ms != FW_NEVER || m.state == FW_SCAN || m.state == FW_ONLINE);
        }
    }
    assert_true(count > 50);
    for (bool more = true; more;) { /* ONLINE can be reached from everywhere */
        more = false;
        for (unsigned i = 0; i < count; i++) {
            bool reaches = found[i].state == FW_ONLINE;
            for (unsigned e = 0; e < ALL && !reaches; e++) {
                struct fw_machine m = after(found[i], &all[e]);
                reaches = good[key_of(&m)];
            }
            if (reaches && !good[key_of(&found[i])])
                good[key_of(&found[i])] = more = true;
        }
    }
    for (unsigned i = 0; i < count; i++)
        if (!good[key_of(&found[i])])
            fail_msg("stuck in %s, waiting %d", fw_machine_state_name(found[i].state), found[i].waiting);
}

/* ---- a day of a bad network ---- */

struct world {
    int64_t now_ms, wifi_flips_ms;
    bool wifi, token_good;
    unsigned joins, opens, onlines;
};

/* The network is up and down for random spells of up to half an hour; the service answers when the network is
 * up. */
static void answer(struct world *w, struct fw_machine *m, struct fw_actions a)
{
    for (unsigned i = 0; i < a.n; i++) {
        struct fw_event e = {.kind = FW_EVENTS};
        switch (a.list[i]) {
        case FW_DO_JOIN:
            w->joins++;
            e.kind = w->wifi ? FW_EV_JOINED : FW_EV_JOIN_FAILED;
            break;
        case FW_DO_ACTIVATE:
            e.kind = w->wifi && random() % 2 ? FW_EV_ACTIVATED : FW_EV_ACTIVATE_FAILED;
            break;
        case FW_DO_OPEN:
            w->opens++;
            e.kind = w->wifi && random() % 4 ? FW_EV_REGISTERED : FW_EV_LINK_CLOSED;
            break;
        case FW_DO_GO_ONLINE:
            w->onlines++;
            break;
        default:
            break;
        }
        if (e.kind != FW_EVENTS)
            answer(w, m, on(m, e, w->now_ms));
    }
}

static void test_a_day_of_flapping_wifi(void **state)
{
    srandom(3);
    struct world w = {.wifi = true};
    struct fw_machine m;
    int64_t day_ms = 24 * 3600 * 1000, online_ms = 0, could_ms = 0;
    fw_machine_init(&m, 0, 77);
    answer(&w, &m, on(&m, (struct fw_event){.kind = FW_EV_BOOT, .wifi = true, .token = true}, 0));
    while (w.now_ms < day_ms) {
        int64_t next = m.deadline_ms < w.wifi_flips_ms ? m.deadline_ms : w.wifi_flips_ms;
        next = next > w.now_ms ? next : w.now_ms;
        online_ms += m.state == FW_ONLINE ? next - w.now_ms : 0;
        could_ms += w.wifi ? next - w.now_ms : 0;
        w.now_ms = next;
        if (next == w.wifi_flips_ms) {
            w.wifi = !w.wifi;
            w.wifi_flips_ms = w.now_ms + 1000 + random() % (30 * 60 * 1000);
            if (!w.wifi)
                answer(&w, &m, on(&m, (struct fw_event){.kind = FW_EV_WIFI_LOST}, w.now_ms));
        } else {
            answer(&w, &m, on(&m, (struct fw_event){.kind = FW_EV_TICK}, w.now_ms));
        }
        assert_true(m.state != FW_SCAN); /* a working camera never asks for a code because of the network */
    }
    assert_true(w.onlines > 20);
    assert_true(online_ms > could_ms * 9 / 10);      /* it is back soon after the network is */
    assert_true(w.joins + w.opens < 24 * 3600 / 20); /* and does not hammer while it is away */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_straight_way),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_late_answers_are_ignored),
        cmocka_unit_test(test_timeouts),
        cmocka_unit_test(test_a_network_that_never_worked_is_asked_for_again),
        cmocka_unit_test(test_refused_falls_back_to_the_key),
        cmocka_unit_test(test_three_401_in_a_row_mean_a_dead_key),
        cmocka_unit_test(test_goaway_is_obeyed_to_the_millisecond),
        cmocka_unit_test(test_replaced_does_not_fight),
        cmocka_unit_test(test_backoff_is_forgotten_after_a_stable_minute),
        cmocka_unit_test(test_activation_limit),
        cmocka_unit_test(test_no_state_without_exit),
        cmocka_unit_test(test_a_day_of_flapping_wifi),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
