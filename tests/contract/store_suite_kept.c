/* A reset camera is onboarded again by its owner: the device is kept. Device 1001 holds key 5 and has
 * connected. */
#include "contract/store_suite_case.h"

static int setup(void **state)
{
    suite_setup(state);
    struct suite *t = *state;
    struct camera got;
    suite_add_user(t->s, 1);
    suite_add_user(t->s, 2);
    suite_add_camera(t->s, 1, 1);
    ASSERT_OK(suite_activate(t->s, suite_token(1), "uid", 5, 0, &got));
    ASSERT_OK(suite_connect(t->s, got.id, 5, 10, NULL));
    ASSERT_OK(t->s->camera_first_frame(t->s, &got.id, SUITE_T0 + 20));
    suite_add_camera(t->s, 2, 1);
    return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, suite_teardown)

static void test_the_device_is_kept(void **state)
{
    struct suite *t = *state;
    struct secret_hash token = suite_token(2);
    struct camera got;
    ASSERT_OK(suite_activate(t->s, suite_claim(2), "uid", 6, 100, &got));
    assert_string_equal(got.id.s, suite_id(1001).s);
    assert_string_equal(got.device_name, "Camera 1");
    assert_string_equal(got.wifi_ssid, "net 2");
    assert_true(got.created_ms == SUITE_T0 + 1 && got.activated_ms == SUITE_T0 + 100);
    assert_true(got.connected_ms == 0 && got.first_frame_ms == 0);
    suite_reopen(t);
    ASSERT_OK(t->s->camera_by_token(t->s, &token, NULL, &got));
    assert_string_equal(got.id.s, suite_id(1002).s);
    assert_string_equal(got.kept_id.s, suite_id(1001).s);
    assert_int_equal(got.state, CAMERA_PENDING);
    assert_true(suite_sees(t->s, 1, suite_id(1002)));
}

static void test_the_old_key_works_until_the_new_connects(void **state)
{
    struct suite *t = *state;
    struct id device = suite_id(1001);
    struct camera got;
    bool replaced = true;
    ASSERT_OK(suite_activate(t->s, suite_token(2), "uid", 6, 100, &got));
    assert_true(suite_key_good(t->s, device, 5) && suite_key_good(t->s, device, 6));
    assert_false(suite_key_good(t->s, suite_id(1002), 6));
    ASSERT_OK(suite_connect(t->s, device, 5, 110, &replaced));
    ASSERT_OK(t->s->camera_first_frame(t->s, &device, SUITE_T0 + 111));
    assert_false(replaced);
    got = suite_see(t->s, 1, device);
    assert_true(got.connected_ms == 0 && got.first_frame_ms == 0 && got.last_seen_ms == SUITE_T0 + 110);
    ASSERT_OK(suite_connect(t->s, device, 6, 120, &replaced));
    assert_true(replaced);
    assert_false(suite_key_good(t->s, device, 5));
    assert_true(suite_key_good(t->s, device, 6));
    ASSERT_OK(t->s->camera_first_frame(t->s, &device, SUITE_T0 + 130));
    suite_reopen(t);
    got = suite_see(t->s, 1, device);
    assert_true(got.connected_ms == SUITE_T0 + 120 && got.first_frame_ms == SUITE_T0 + 130);
    ASSERT_OK(suite_connect(t->s, device, 6, 140, &replaced));
    assert_false(replaced);
}

static void test_the_pending_document_hands_over_its_token(void **state)
{
    struct suite *t = *state;
    struct id device = suite_id(1001);
    struct camera pending = suite_camera(3, 1), got;
    pending.token_expires_ms += 5000;
    ASSERT_OK(t->s->camera_create(t->s, &pending));
    ASSERT_OK(suite_activate(t->s, pending.token, "uid", 6, 100, &got));
    ASSERT_OK(suite_connect(t->s, device, 6, 110, NULL));
    assert_false(suite_sees(t->s, 1, pending.id));
    ASSERT_OK(t->s->camera_by_token(t->s, &pending.token, NULL, &got));
    assert_string_equal(got.id.s, device.s);
    assert_true(id_is_none(&got.kept_id) && got.token_expires_ms == pending.token_expires_ms);
    ASSERT_OK(t->s->camera_by_token(t->s, &pending.claim, NULL, &got));
    assert_string_equal(got.id.s, device.s);
    ASSERT_ERR(ERR_ALREADY_ACTIVATED, suite_activate(t->s, pending.token, "uid", 7, 120, &got));
    ASSERT_ERR(ERR_TOKEN_USED, suite_activate(t->s, pending.token, "other", 7, 120, &got));
}

static void test_repeats_and_refusals(void **state)
{
    struct suite *t = *state;
    struct id device = suite_id(1001), owner = suite_id(1);
    struct secret_hash token = suite_token(2);
    struct camera got;
    ASSERT_OK(suite_activate(t->s, token, "uid", 6, 100, &got));
    ASSERT_OK(suite_activate(t->s, token, "uid", 7, 101, &got));
    assert_string_equal(got.id.s, device.s);
    assert_false(suite_key_good(t->s, device, 6));
    assert_true(suite_key_good(t->s, device, 5) && suite_key_good(t->s, device, 7));
    ASSERT_ERR(ERR_TOKEN_USED, suite_activate(t->s, token, "other", 8, SUITE_TTL_MS, &got));
    ASSERT_ERR(ERR_TOKEN_EXPIRED, suite_activate(t->s, token, "uid", 8, SUITE_TTL_MS, &got));
    ASSERT_ERR(ERR_ALREADY_ACTIVATED, suite_activate(t->s, suite_token(1), "uid", 8, 102, &got));
    ASSERT_ERR(ERR_ALREADY_ACTIVATED, t->s->camera_cancel(t->s, &owner, &token, &got));
    assert_true(suite_key_good(t->s, device, 7));
}

static void test_the_last_of_several_onboardings_counts(void **state)
{
    struct suite *t = *state;
    struct id device = suite_id(1001);
    struct camera got;
    suite_add_camera(t->s, 3, 1);
    ASSERT_OK(suite_activate(t->s, suite_token(2), "uid", 6, 100, &got));
    ASSERT_OK(suite_activate(t->s, suite_token(3), "uid", 7, 101, &got));
    assert_string_equal(got.id.s, device.s);
    assert_false(suite_key_good(t->s, device, 6));
    ASSERT_OK(suite_connect(t->s, device, 7, 110, NULL));
    assert_false(suite_sees(t->s, 1, suite_id(1002)));
    assert_false(suite_sees(t->s, 1, suite_id(1003)));
    ASSERT_ERR(ERR_ALREADY_ACTIVATED, suite_activate(t->s, suite_token(3), "uid", 8, 120, &got));
}

static void test_another_uid_is_another_device(void **state)
{
    struct suite *t = *state;
    struct camera got;
    ASSERT_OK(suite_activate(t->s, suite_token(2), "uid2", 6, 100, &got));
    assert_string_equal(got.id.s, suite_id(1002).s);
    assert_true(suite_key_good(t->s, suite_id(1001), 5) && suite_key_good(t->s, suite_id(1002), 6));
}

static void test_another_owner_is_independent(void **state)
{
    struct suite *t = *state;
    struct camera before = suite_see(t->s, 1, suite_id(1001)), after, got;
    suite_add_camera(t->s, 3, 2);
    ASSERT_OK(suite_activate(t->s, suite_token(3), "uid", 6, 100, &got));
    assert_string_equal(got.id.s, suite_id(1003).s);
    ASSERT_OK(suite_connect(t->s, got.id, 6, 110, NULL));
    after = suite_see(t->s, 1, suite_id(1001));
    suite_same_camera(&after, &before);
    assert_true(suite_key_good(t->s, suite_id(1001), 5));
    assert_false(suite_key_good(t->s, suite_id(1001), 6));
}

static void test_deleting_the_kept_device_takes_its_onboarding_along(void **state)
{
    struct suite *t = *state;
    struct id device = suite_id(1001), owner = suite_id(1);
    struct camera got;
    ASSERT_OK(suite_activate(t->s, suite_token(2), "uid", 6, 100, &got));
    ASSERT_OK(t->s->camera_delete(t->s, &owner, &device, SUITE_T0, &got));
    assert_false(suite_sees(t->s, 1, suite_id(1002)));
    assert_false(suite_key_good(t->s, device, 5) || suite_key_good(t->s, device, 6));
    ASSERT_ERR(ERR_NOT_FOUND, suite_activate(t->s, suite_token(2), "uid", 7, 101, &got));
}

static void test_deleting_the_onboarding_withdraws_its_key(void **state)
{
    struct suite *t = *state;
    struct id device = suite_id(1001), pending = suite_id(1002), owner = suite_id(1);
    struct camera got;
    ASSERT_OK(suite_activate(t->s, suite_token(2), "uid", 6, 100, &got));
    ASSERT_OK(t->s->camera_delete(t->s, &owner, &pending, SUITE_T0, &got));
    assert_true(suite_key_good(t->s, device, 5));
    assert_false(suite_key_good(t->s, device, 6));
}

static void test_the_new_key_outlives_its_swept_onboarding(void **state)
{
    struct suite *t = *state;
    struct id device = suite_id(1001);
    struct camera got;
    bool replaced = false;
    ASSERT_OK(suite_activate(t->s, suite_token(2), "uid", 6, 100, &got));
    ASSERT_OK(t->s->sweep(t->s, SUITE_T0 + SUITE_TTL_MS + 25 * 3600 * 1000));
    ASSERT_OK(suite_connect(t->s, device, 6, 110, &replaced));
    assert_true(replaced);
    assert_false(suite_key_good(t->s, device, 5));
}

int suite_kept(void)
{
    const struct CMUnitTest kept[] = {
        CASE(test_the_device_is_kept),
        CASE(test_the_old_key_works_until_the_new_connects),
        CASE(test_the_pending_document_hands_over_its_token),
        CASE(test_repeats_and_refusals),
        CASE(test_the_last_of_several_onboardings_counts),
        CASE(test_another_uid_is_another_device),
        CASE(test_another_owner_is_independent),
        CASE(test_deleting_the_kept_device_takes_its_onboarding_along),
        CASE(test_deleting_the_onboarding_withdraws_its_key),
        CASE(test_the_new_key_outlives_its_swept_onboarding),
    };
    return cmocka_run_group_tests(kept, NULL, NULL);
}
