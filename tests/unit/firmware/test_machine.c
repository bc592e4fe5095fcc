#include "core/machine.h"

#include <stdlib.h>
#include <string.h>

#include "support/check.h"

static struct fw_machine booted(bool wifi, bool token, bool key)
{
    struct fw_machine m;
    fw_machine_init(&m, 12345);
    (void)fw_machine_step(
        &m, &(struct fw_event){.kind = FW_EV_BOOT, .use = {.wifi = wifi, .token = token, .key = key}}, 0);
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
    fw_machine_init(&m, 1);
    assert_true(has(on(&m, (struct fw_event){.kind = FW_EV_BOOT}, 0), FW_DO_SCAN));
    struct fw_actions a =
        on(&m, (struct fw_event){.kind = FW_EV_SCANNED, .use = {.wifi = true, .token = true}}, 1);
    assert_true(a.n == 2 && a.list[0] == FW_DO_SCAN_STOP && a.list[1] == FW_DO_JOIN);
    assert_true(has(on(&m, (struct fw_event){.kind = FW_EV_JOINED}, 2), FW_DO_ACTIVATE));
    a = on(&m, (struct fw_event){.kind = FW_EV_ACTIVATED}, 3);
    assert_true(a.n == 1 && a.list[0] == FW_DO_OPEN);
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
        {FW_CONNECT, {.kind = FW_EV_LINK_CLOSED, .end = FW_END_REVOKED}, FW_SCAN, false},
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

static void test_what_cannot_be_joined_is_tried_again_after_a_look(void **state)
{
    static const struct fw_event wrong = {.kind = FW_EV_JOIN_FAILED, .join = FW_JOIN_WRONG_PASSWORD};
    for (int key = 0; key < 2; key++) {
        int64_t now = 0;
        struct fw_machine m = booted(true, !key, key);
        (void)on(&m, wrong, now);
        assert_true(m.state == FW_JOIN && m.waiting);
        (void)pass(&m, &now);
        assert_true(has(on(&m, wrong, now), FW_DO_SCAN));
        for (int i = 0; i < 100; i++) { /* between looks, for ever */
            int64_t before = now;
            assert_false(fw_machine_needs_code(&m));
            struct fw_actions a = pass(&m, &now);
            assert_true(has(a, FW_DO_SCAN_STOP) && has(a, FW_DO_JOIN));
            assert_int_equal(now - before, FW_LOOK_MS);
            assert_true(has(on(&m, wrong, now), FW_DO_SCAN));
        }
        (void)pass(&m, &now);
        (void)on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
        assert_int_equal(m.state, key ? FW_CONNECT : FW_ACTIVATE);
    }
}

/* A code was read by a camera that has a key. */
static struct fw_machine re_onboarding(bool shared)
{
    struct fw_machine m = online(0);
    struct fw_event e = {.kind = FW_EV_SCANNED,
                         .use = {.wifi = true, .token = !shared, .key = shared},
                         .spare = {.wifi = true, .key = true},
                         .shared = shared};
    assert_true(has(on(&m, e, 0), FW_DO_JOIN));
    return m;
}

static void test_the_old_way_is_taken_when_the_new_one_fails(void **state)
{
    int64_t now = 0;
    struct fw_machine m = re_onboarding(false); /* its WiFi cannot be joined */
    for (int i = 1; i < FW_SPARE_JOINS; i++) {
        assert_false(has(on(&m, (struct fw_event){.kind = FW_EV_JOIN_FAILED}, now), FW_DO_SWAP));
        (void)pass(&m, &now);
    }
    struct fw_actions a = on(&m, (struct fw_event){.kind = FW_EV_JOIN_FAILED}, now);
    assert_true(a.n == 2 && a.list[0] == FW_DO_SWAP && a.list[1] == FW_DO_JOIN);
    (void)on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
    assert_int_equal(m.state, FW_CONNECT);
    a = on(&m, (struct fw_event){.kind = FW_EV_REGISTERED}, now);
    assert_true(a.n == 2 && a.list[0] == FW_DO_SETTLE && a.list[1] == FW_DO_GO_ONLINE);

    m = re_onboarding(
        false); /* its token is refused: the new network with the old key, then the old network */
    (void)on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
    a = on(&m, (struct fw_event){.kind = FW_EV_REFUSED}, now);
    assert_true(a.n == 2 && a.list[0] == FW_DO_FORGET_TOKEN && a.list[1] == FW_DO_OPEN);
    now = 0;
    for (a.n = 0; !has(a, FW_DO_SWAP);)
        a = pass(&m, &now);
    assert_in_range(now, FW_GIVE_UP_MS, FW_GIVE_UP_MS + 100000);

    m = re_onboarding(false); /* its key is dead at once */
    (void)on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
    (void)on(&m, (struct fw_event){.kind = FW_EV_ACTIVATED}, now);
    a = on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED, .end = FW_END_REVOKED}, now);
    assert_true(a.n == 3 && a.list[0] == FW_DO_FORGET_KEY && a.list[1] == FW_DO_SWAP);

    m = re_onboarding(false); /* its service does not answer */
    (void)on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
    now = 0;
    for (a.n = 0; !has(a, FW_DO_SWAP);)
        a = pass(&m, &now);
    assert_in_range(now, FW_GIVE_UP_MS, FW_GIVE_UP_MS + 100000);

    m = re_onboarding(true); /* the key that both ways need is dead */
    (void)on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
    (void)on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED, .end = FW_END_REVOKED}, now);
    assert_true(fw_machine_needs_code(&m));
}

static void test_two_ways_take_turns_until_one_leads_on(void **state)
{
    int64_t now = 0;
    struct fw_machine m = re_onboarding(false);
    unsigned swaps = 0, looks = 0;
    for (int i = 0; i < 1000; i++) {
        struct fw_actions a = {0};
        if (m.state == FW_JOIN && !m.waiting)
            a = on(&m, (struct fw_event){.kind = FW_EV_JOIN_FAILED, .join = FW_JOIN_NO_NETWORK}, now);
        else
            a = pass(&m, &now);
        swaps += has(a, FW_DO_SWAP);
        looks += has(a, FW_DO_SCAN);
    }
    assert_true(swaps > 50 && looks > 50);
    assert_in_range(swaps, looks - 1, looks + 1);
}

static void test_a_key_comes_before_its_token(void **state)
{
    struct fw_machine m = booted(true, true, true);
    assert_true(has(on(&m, (struct fw_event){.kind = FW_EV_JOINED}, 0), FW_DO_OPEN));
    struct fw_actions a = on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED, .end = FW_END_REVOKED}, 0);
    assert_true(a.n == 2 && a.list[0] == FW_DO_FORGET_KEY && a.list[1] == FW_DO_JOIN);
    assert_true(has(on(&m, (struct fw_event){.kind = FW_EV_JOINED}, 0), FW_DO_ACTIVATE));
    (void)on(&m, (struct fw_event){.kind = FW_EV_REFUSED}, 0);
    assert_true(fw_machine_needs_code(&m));
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

/* Without an answer for long it looks for another code now and then, and goes on. */
static void test_a_look_for_a_code_while_the_service_is_away(void **state)
{
    for (int key = 0; key < 2; key++) {
        int64_t now = 0;
        unsigned tries = 0;
        struct fw_machine m = booted(true, !key, key);
        while (m.state != FW_SCAN) {
            if (m.state == FW_JOIN)
                (void)on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
            tries += has(pass(&m, &now), key ? FW_DO_OPEN : FW_DO_ACTIVATE);
        }
        assert_in_range(now, FW_GIVE_UP_MS, FW_GIVE_UP_MS + 100000);
        assert_true(tries > 8);
        assert_true(has(pass(&m, &now), FW_DO_JOIN));
        assert_true(
            has(on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now), key ? FW_DO_OPEN : FW_DO_ACTIVATE));
    }
}

/* ---- every way it can stand, and that there is a way on from each ---- */

static const struct fw_event all[] = {
    {.kind = FW_EV_SCANNED, .use = {.wifi = true, .token = true}},
    {.kind = FW_EV_SCANNED, .use = {.wifi = true, .token = true}, .spare = {.wifi = true, .key = true}},
    {.kind = FW_EV_SCANNED, .use = {true, false, true}, .spare = {true, false, true}, .shared = true},
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

enum { ALL = sizeof all / sizeof *all, KEYS = 1 << 20, FOUND_MAX = 1 << 16 };

static unsigned most3(unsigned n)
{
    return n < 3 ? n : 3;
}

static unsigned way_key(const struct fw_way *w)
{
    return (unsigned)w->wifi | (unsigned)w->token << 1 | (unsigned)w->key << 2;
}

/* What of a machine decides where it can go; times and counts of the backoff do not. */
static unsigned key_of(const struct fw_machine *m)
{
    return (unsigned)m->state | (unsigned)m->waiting << 3 | way_key(&m->use) << 4 | way_key(&m->spare) << 7 |
           (unsigned)m->shared << 10 | (unsigned)m->swapped << 11 | most3(m->wrong_passwords) << 12 |
           most3(m->no_networks) << 14 | most3(m->joins_failed) << 16 | most3(m->unauthorized) << 18;
}

/* The machine after an event that comes early or, late, when it has tried for long enough. */
static struct fw_machine after(struct fw_machine m, const struct fw_event *e, bool late)
{
    int64_t now = late ? FW_GIVE_UP_MS : 0;
    m.deadline_ms = m.deadline_ms == FW_NEVER ? FW_NEVER : now;
    m.since_ms = 0;
    (void)fw_machine_step(&m, e, now);
    return m;
}

static struct fw_machine found[FOUND_MAX];
static bool seen[KEYS], good[KEYS];
static unsigned count;

static void find(struct fw_machine m)
{
    /* Whoever tries or waits has a deadline; only a person ends SCAN with nothing to try, an event ONLINE. */
    assert_true(m.deadline_ms != FW_NEVER || fw_machine_needs_code(&m) || m.state == FW_ONLINE);
    if (seen[key_of(&m)])
        return;
    seen[key_of(&m)] = true;
    assert_true(count < FOUND_MAX);
    found[count++] = m;
}

static bool reaches(const struct fw_machine *m)
{
    if (m->state == FW_ONLINE)
        return true;
    for (unsigned e = 0; e < 2 * ALL; e++) {
        struct fw_machine next = after(*m, &all[e / 2], e % 2);
        if (good[key_of(&next)])
            return true;
    }
    return false;
}

static void test_no_state_without_exit(void **state)
{
    for (unsigned kept = 0; kept < 8; kept++)
        find(booted(kept & 1, kept & 2, kept & 4));
    for (unsigned i = 0; i < count; i++)
        for (unsigned e = 0; e < 2 * ALL; e++)
            find(after(found[i], &all[e / 2], e % 2));
    assert_true(count > 200);
    for (bool more = true; more;) { /* ONLINE can be reached from everywhere */
        more = false;
        for (unsigned i = 0; i < count; i++)
            if (!good[key_of(&found[i])] && reaches(&found[i]))
                good[key_of(&found[i])] = more = true;
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
    fw_machine_init(&m, 77);
    answer(&w, &m, on(&m, (struct fw_event){.kind = FW_EV_BOOT, .use = {.wifi = true, .token = true}}, 0));
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
        assert_false(fw_machine_needs_code(&m)); /* never because of the network */
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
        cmocka_unit_test(test_what_cannot_be_joined_is_tried_again_after_a_look),
        cmocka_unit_test(test_the_old_way_is_taken_when_the_new_one_fails),
        cmocka_unit_test(test_two_ways_take_turns_until_one_leads_on),
        cmocka_unit_test(test_a_key_comes_before_its_token),
        cmocka_unit_test(test_three_401_in_a_row_mean_a_dead_key),
        cmocka_unit_test(test_goaway_is_obeyed_to_the_millisecond),
        cmocka_unit_test(test_replaced_does_not_fight),
        cmocka_unit_test(test_backoff_is_forgotten_after_a_stable_minute),
        cmocka_unit_test(test_a_look_for_a_code_while_the_service_is_away),
        cmocka_unit_test(test_no_state_without_exit),
        cmocka_unit_test(test_a_day_of_flapping_wifi),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
