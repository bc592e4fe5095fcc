/* What ended between the judging of a credential and its arrival. */
#include "relay/ended.h"
#include "support/check.h"

static const struct id user = {"aaaaaaaaaaaaaaaaaaaaaa01"}, stranger = {"aaaaaaaaaaaaaaaaaaaaaa02"},
                       session = {"cccccccccccccccccccccc01"}, newer = {"cccccccccccccccccccccc02"},
                       device = {"dddddddddddddddddddddd01"}, another = {"dddddddddddddddddddddd02"};

static struct ended ended;

enum { OLD_KEY = 7, NEW_KEY = 8 };

static bool over(enum relay_role role, const struct id *who, int64_t judged_us, const struct id *what)
{
    struct relay_grant g = {.role = role, .judged_us = judged_us};
    if (role == RELAY_DEVICE)
        g.device_id = *who, g.key = OLD_KEY;
    else
        g.user_id = *who, g.session_id = session;
    return ended_since(&ended, &g, what);
}

static void note(enum ended_what what, int64_t at_us, const struct id *who, const struct id *other)
{
    struct ended_entry x = {.what = what, .at_us = at_us, .key = NEW_KEY};
    if (who)
        x.user = *who;
    if (other)
        x.other = *other;
    ended_note(&ended, &x);
}

static int setup(void **state)
{
    ended = (struct ended){0};
    return 0;
}

static void test_sessions(void **state)
{
    note(ENDED_SESSION, 100, &user, &session);
    assert_true(over(RELAY_USER, &user, 99, NULL));
    assert_true(over(RELAY_USER, &user, 100, NULL));
    assert_false(over(RELAY_USER, &user, 101, NULL));
    assert_false(over(RELAY_USER, &stranger, 99, NULL));
    assert_false(over(RELAY_USER, &user, 0, NULL)); /* unknown */
    note(ENDED_SESSION, 200, &user, &newer);
    assert_false(over(RELAY_USER, &user, 150, NULL));
    note(ENDED_ALL_SESSIONS, 300, &user, &session);
    assert_false(over(RELAY_USER, &user, 250, NULL)); /* the one that was kept */
    note(ENDED_ALL_SESSIONS, 400, &user, &newer);
    assert_true(over(RELAY_USER, &user, 350, NULL));
    note(ENDED_ALL_SESSIONS, 500, &user, NULL);
    const struct relay_grant by_ticket = {.role = RELAY_USER, .user_id = user, .judged_us = 450};
    assert_true(ended_since(&ended, &by_ticket, NULL)); /* none was kept: it has none, and ends */
}

static void test_devices_and_rights(void **state)
{
    note(ENDED_KEYS, 100, NULL, &device);
    assert_true(over(RELAY_DEVICE, &device, 50, NULL));
    assert_false(over(RELAY_DEVICE, &another, 50, NULL));
    assert_false(over(RELAY_USER, &user, 50, &device)); /* a viewer has no part in the key */
    struct relay_grant good = {.role = RELAY_DEVICE, .device_id = device, .key = NEW_KEY, .judged_us = 50};
    assert_false(ended_since(&ended, &good, NULL)); /* judged on the way to becoming the one key */
    note(ENDED_RIGHT, 200, &user, &device);
    assert_true(over(RELAY_USER, &user, 150, &device));
    assert_false(over(RELAY_USER, &user, 150, &another));
    assert_false(over(RELAY_USER, &user, 150, NULL));
    note(ENDED_DEVICE, 300, NULL, &device);
    assert_true(over(RELAY_USER, &stranger, 250, &device));
    assert_true(over(RELAY_DEVICE, &device, 250, NULL));
    assert_false(over(RELAY_NOBODY, &stranger, 250, &device));
}

static void test_what_was_forgotten_counts_as_ended(void **state)
{
    for (int i = 0; i < ENDED_KEPT; i++)
        note(ENDED_KEYS, 1000 + i, NULL, &another);
    assert_false(over(RELAY_USER, &user, 1001, NULL));
    assert_true(over(RELAY_USER, &user, 1000, NULL));
    note(ENDED_KEYS, 5000, NULL, &another);
    assert_true(over(RELAY_USER, &user, 1001, NULL));
    assert_false(over(RELAY_USER, &user, 1002, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sessions, setup),
        cmocka_unit_test_setup(test_devices_and_rights, setup),
        cmocka_unit_test_setup(test_what_was_forgotten_counts_as_ended, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
