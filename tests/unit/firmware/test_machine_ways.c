/* A way that fails, and the other one. */
#include "steps.h"
#include "support/check.h"

static void test_what_cannot_be_joined_is_tried_again_after_a_look(void **state)
{
    static const struct fw_event wrong = {.kind = FW_EV_JOIN_FAILED, .join = FW_JOIN_WRONG_PASSWORD};
    for (unsigned key = 0; key < 2; key++) {
        int64_t now = 0;
        struct fw_machine m = steps_booted(true, !key, key);
        (void)steps_on(&m, wrong, now);
        assert_true(m.state == FW_JOIN && m.waiting);
        (void)steps_pass(&m, &now);
        assert_true(steps_has(steps_on(&m, wrong, now), FW_DO_SCAN));
        for (int i = 0; i < 100; i++) { /* between looks, for ever */
            int64_t before = now;
            assert_false(fw_machine_needs_code(&m));
            struct fw_actions a = steps_pass(&m, &now);
            assert_true(steps_has(a, FW_DO_SCAN_STOP) && steps_has(a, FW_DO_JOIN));
            assert_int_equal(now - before, FW_LOOK_MS);
            assert_true(steps_has(steps_on(&m, wrong, now), FW_DO_SCAN));
        }
        (void)steps_pass(&m, &now);
        (void)steps_on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
        assert_int_equal(m.state, key ? FW_CONNECT : FW_ACTIVATE);
    }
}

/* A code was read by a camera that has a key. */
static struct fw_machine re_onboarding(bool shared)
{
    struct fw_machine m = steps_online(0);
    struct fw_event e = {.kind = FW_EV_SCANNED,
                         .use = {.wifi = true, .token = !shared, .keys = shared},
                         .spare = {.wifi = true, .keys = 1},
                         .shared = shared};
    assert_true(steps_has(steps_on(&m, e, 0), FW_DO_JOIN));
    return m;
}

static void test_the_old_way_is_taken_when_the_new_one_fails(void **state)
{
    int64_t now = 0;
    struct fw_machine m = re_onboarding(false); /* its WiFi cannot be joined */
    for (int i = 1; i < FW_SPARE_JOINS; i++) {
        assert_false(steps_has(steps_on(&m, (struct fw_event){.kind = FW_EV_JOIN_FAILED}, now), FW_DO_SWAP));
        (void)steps_pass(&m, &now);
    }
    struct fw_actions a = steps_on(&m, (struct fw_event){.kind = FW_EV_JOIN_FAILED}, now);
    assert_true(a.n == 2 && a.list[0] == FW_DO_SWAP && a.list[1] == FW_DO_JOIN);
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
    assert_int_equal(m.state, FW_CONNECT);
    a = steps_on(&m, (struct fw_event){.kind = FW_EV_REGISTERED}, now);
    assert_true(a.n == 2 && a.list[0] == FW_DO_SETTLE && a.list[1] == FW_DO_GO_ONLINE);

    m = re_onboarding(
        false); /* its token is refused: the new network with the old key, then the old network */
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
    a = steps_on(&m, (struct fw_event){.kind = FW_EV_REFUSED}, now);
    assert_true(a.n == 2 && a.list[0] == FW_DO_FORGET_TOKEN && a.list[1] == FW_DO_OPEN);
    now = 0;
    for (a.n = 0; !steps_has(a, FW_DO_SWAP);)
        a = steps_pass(&m, &now);
    assert_in_range(now, FW_GIVE_UP_MS, FW_GIVE_UP_MS + 100000);

    now = 0;
    m = re_onboarding(false); /* its key is dead at once: another is asked for, and refused */
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_ACTIVATED}, now);
    a = steps_on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED, .end = FW_END_REVOKED}, now);
    assert_true(a.n == 2 && a.list[0] == FW_DO_FORGET_KEY && a.list[1] == FW_DO_ACTIVATE);
    a = steps_on(&m, (struct fw_event){.kind = FW_EV_REFUSED}, now);
    assert_true(a.n == 2 && a.list[0] == FW_DO_FORGET_TOKEN && a.list[1] == FW_DO_OPEN);

    m = re_onboarding(false); /* none of the keys that it is given opens the relay */
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
    for (a.n = 0; !steps_has(a, FW_DO_SWAP);) {
        if (m.waiting)
            a = steps_pass(&m, &now);
        else if (m.state == FW_ACTIVATE)
            a = steps_on(&m, (struct fw_event){.kind = FW_EV_ACTIVATED}, now);
        else
            a = steps_on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED, .end = FW_END_UNAUTHORIZED}, now);
    }
    assert_in_range(now, FW_GIVE_UP_MS, FW_GIVE_UP_MS + 100000);

    m = re_onboarding(false); /* its service does not answer */
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
    now = 0;
    for (a.n = 0; !steps_has(a, FW_DO_SWAP);)
        a = steps_pass(&m, &now);
    assert_in_range(now, FW_GIVE_UP_MS, FW_GIVE_UP_MS + 100000);

    m = re_onboarding(true); /* the key that both ways need is dead */
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED, .end = FW_END_REVOKED}, now);
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
            a = steps_on(&m, (struct fw_event){.kind = FW_EV_JOIN_FAILED, .join = FW_JOIN_NO_NETWORK}, now);
        else
            a = steps_pass(&m, &now);
        swaps += steps_has(a, FW_DO_SWAP);
        looks += steps_has(a, FW_DO_SCAN);
    }
    assert_true(swaps > 50 && looks > 50);
    assert_in_range(swaps, looks - 1, looks + 1);
}

static void test_a_key_comes_before_its_token(void **state)
{
    struct fw_machine m = steps_booted(true, true, true);
    assert_true(steps_has(steps_on(&m, (struct fw_event){.kind = FW_EV_JOINED}, 0), FW_DO_OPEN));
    struct fw_actions a =
        steps_on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED, .end = FW_END_REVOKED}, 0);
    assert_true(a.n == 2 && a.list[0] == FW_DO_FORGET_KEY && a.list[1] == FW_DO_ACTIVATE);
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_REFUSED}, 0);
    assert_true(fw_machine_needs_code(&m));
}

static void test_three_401_in_a_row_mean_a_dead_key(void **state)
{
    int64_t now = 0;
    struct fw_machine m = steps_online(0);
    struct fw_actions a = {0};
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED}, now);
    for (int i = 0; i < FW_UNAUTHORIZED; i++) {
        assert_false(steps_has(a, FW_DO_FORGET_KEY));
        (void)steps_pass(&m, &now);
        a = steps_on(&m, (struct fw_event){.kind = FW_EV_LINK_CLOSED, .end = FW_END_UNAUTHORIZED}, now);
    }
    assert_true(steps_has(a, FW_DO_FORGET_KEY) && steps_has(a, FW_DO_SCAN));
}

/* Without an answer for long it looks for another code now and then, and goes on. */
static void test_a_look_for_a_code_while_the_service_is_away(void **state)
{
    for (unsigned key = 0; key < 2; key++) {
        int64_t now = 0;
        unsigned tries = 0;
        struct fw_machine m = steps_booted(true, !key, key);
        while (m.state != FW_SCAN) {
            if (m.state == FW_JOIN)
                (void)steps_on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now);
            tries += steps_has(steps_pass(&m, &now), key ? FW_DO_OPEN : FW_DO_ACTIVATE);
        }
        assert_in_range(now, FW_GIVE_UP_MS, FW_GIVE_UP_MS + 100000);
        assert_true(tries > 8);
        assert_true(steps_has(steps_pass(&m, &now), FW_DO_JOIN));
        assert_true(steps_has(steps_on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now),
                              key ? FW_DO_OPEN : FW_DO_ACTIVATE));
    }
}

/* Each key in its turn, then the token, then the other way. */
static void test_a_dead_key_gives_place_to_the_one_before(void **state)
{
    static const struct fw_event dead = {.kind = FW_EV_LINK_CLOSED, .end = FW_END_REVOKED};
    struct fw_machine m = steps_online(0);
    (void)steps_on(
        &m, (struct fw_event){.kind = FW_EV_SCANNED, .use = {true, true, 2}, .spare = {true, false, 1}}, 0);
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_JOINED}, 0);
    struct fw_actions a = steps_on(&m, dead, 0);
    assert_true(a.n == 2 && a.list[0] == FW_DO_FORGET_KEY && a.list[1] == FW_DO_OPEN);
    a = steps_on(&m, dead, 0);
    assert_true(a.n == 2 && a.list[0] == FW_DO_FORGET_KEY && a.list[1] == FW_DO_ACTIVATE);
    assert_true(steps_has(steps_on(&m, (struct fw_event){.kind = FW_EV_REFUSED}, 0),
                          FW_DO_OPEN)); /* with the spare's */
    a = steps_on(&m, dead, 0);
    assert_true(steps_has(a, FW_DO_FORGET_KEY) && fw_machine_needs_code(&m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_cannot_be_joined_is_tried_again_after_a_look),
        cmocka_unit_test(test_the_old_way_is_taken_when_the_new_one_fails),
        cmocka_unit_test(test_two_ways_take_turns_until_one_leads_on),
        cmocka_unit_test(test_a_key_comes_before_its_token),
        cmocka_unit_test(test_three_401_in_a_row_mean_a_dead_key),
        cmocka_unit_test(test_a_look_for_a_code_while_the_service_is_away),
        cmocka_unit_test(test_a_dead_key_gives_place_to_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
