#include "contract/store_suite_case.h"

static int setup(void **state)
{
    suite_setup(state);
    struct suite *t = *state;
    suite_add_user(t->s, 1);
    suite_add_camera(t->s, 1, 1);
    return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, suite_teardown)

static enum err by_token(struct store *s, struct secret_hash token, struct camera *out)
{
    return s->camera_by_token(s, &token, NULL, out);
}

static void test_found_by_token_and_claim(void **state)
{
    struct suite *t = *state;
    struct camera want = suite_camera(1, 1), got;
    suite_reopen(t);
    ASSERT_OK(by_token(t->s, suite_token(1), &got));
    suite_same_camera(&got, &want);
    ASSERT_OK(by_token(t->s, suite_claim(1), &got));
    suite_same_camera(&got, &want);
    struct secret_hash token = suite_token(1);
    struct id owner = suite_id(1), other = suite_add_user(t->s, 2);
    ASSERT_OK(t->s->camera_by_token(t->s, &token, &owner, &got));
    suite_same_camera(&got, &want);
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_by_token(t->s, &token, &other, &got));
    ASSERT_ERR(ERR_NOT_FOUND, by_token(t->s, suite_token(2), &got));
    ASSERT_ERR(ERR_NOT_FOUND, by_token(t->s, (struct secret_hash){.b = {0}}, &got));
}

static void test_needs_its_owner(void **state)
{
    struct suite *t = *state;
    struct camera c = suite_camera(2, 9);
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_create(t->s, &c));
}

static void test_every_member_survives(void **state)
{
    struct suite *t = *state;
    struct camera c = suite_camera(2, 1), got;
    memset(c.device_name, 'n', MODEL_NAME_MAX);
    memset(c.wifi_ssid, '"', MODEL_SSID_MAX);
    memset(c.idempotency_key, 'i', MODEL_IDEMPOTENCY_MAX);
    c.idempotency_body = suite_hash(5);
    ASSERT_OK(t->s->camera_create(t->s, &c));
    suite_reopen(t);
    ASSERT_OK(by_token(t->s, c.token, &got));
    suite_same_camera(&got, &c);
}

static void key_for_device(void *arg, const struct id *id, struct secret_hash *hash)
{
    assert_string_equal(id->s, suite_id(1001).s);
    *hash = suite_hash(5);
    ++*(int *)arg;
}

static void test_activation_binds_and_issues(void **state)
{
    struct suite *t = *state;
    struct store_activation a = {.token = suite_token(1),
                                 .device_uid = "uid",
                                 .camera_model = "ESP32_CAM_AI_THINKER",
                                 .local_ip = "192.168.1.7",
                                 .firmware = "1.2",
                                 .now_ms = SUITE_T0 + 50};
    int calls = 0;
    struct camera got;
    ASSERT_OK(t->s->camera_activate(t->s, &a, key_for_device, &calls, &got));
    assert_int_equal(calls, 1);
    suite_reopen(t);
    for (int pass = 0; pass < 2; pass++) {
        assert_string_equal(got.id.s, suite_id(1001).s);
        assert_int_equal(got.state, CAMERA_ACTIVE);
        assert_string_equal(got.device_uid, "uid");
        assert_string_equal(got.camera_model, "ESP32_CAM_AI_THINKER");
        assert_string_equal(got.asked_model, "ESP32_S3_CAM");
        assert_string_equal(got.local_ip, "192.168.1.7");
        assert_string_equal(got.firmware, "1.2");
        assert_true(got.activated_ms == SUITE_T0 + 50 && got.connected_ms == 0 && got.first_frame_ms == 0);
        ASSERT_OK(by_token(t->s, suite_claim(1), &got));
    }
    assert_true(suite_key_good(t->s, got.id, 5));
    assert_false(suite_key_good(t->s, got.id, 6));
    assert_false(suite_key_good(t->s, suite_id(9), 5));
}

static void test_what_is_unsaid_stays(void **state)
{
    struct suite *t = *state;
    struct camera got;
    ASSERT_OK(suite_activate(t->s, suite_claim(1), "uid", 5, 0, &got));
    assert_string_equal(got.camera_model, "ESP32_S3_CAM");
    assert_string_equal(got.device_name, "Camera 1");
    assert_string_equal(got.wifi_ssid, "net 1");
}

static void test_the_same_uid_repeats_with_a_new_key(void **state)
{
    struct suite *t = *state;
    struct camera got;
    ASSERT_OK(suite_activate(t->s, suite_token(1), "uid", 5, 0, &got));
    ASSERT_OK(suite_activate(t->s, suite_claim(1), "uid", 6, 1, &got));
    assert_string_equal(got.id.s, suite_id(1001).s);
    assert_false(suite_key_good(t->s, got.id, 5));
    assert_true(suite_key_good(t->s, got.id, 6));
    ASSERT_ERR(ERR_UNAUTHENTICATED, suite_connect(t->s, got.id, 5, 2, NULL));
    ASSERT_OK(suite_connect(t->s, got.id, 6, 2, NULL));
}

static void test_a_pending_camera_has_no_key(void **state)
{
    struct suite *t = *state;
    struct secret_hash none = {.b = {0}};
    struct id id = suite_id(1001);
    struct camera got;
    bool replaced;
    ASSERT_ERR(ERR_UNAUTHENTICATED, t->s->camera_by_key(t->s, &id, &none, &got));
    ASSERT_ERR(ERR_UNAUTHENTICATED, t->s->camera_connected(t->s, &id, &none, SUITE_T0, &replaced));
    ASSERT_OK(suite_activate(t->s, suite_token(1), "uid", 5, 0, &got));
    ASSERT_ERR(ERR_UNAUTHENTICATED, t->s->camera_by_key(t->s, &id, &none, &got));
}

static void test_refusals_before_the_first_connect(void **state)
{
    struct suite *t = *state;
    struct camera got = {.state = CAMERA_PENDING};
    ASSERT_ERR(ERR_NOT_FOUND, suite_activate(t->s, suite_token(2), "uid", 5, SUITE_TTL_MS, &got));
    ASSERT_ERR(ERR_TOKEN_EXPIRED, suite_activate(t->s, suite_token(1), "uid", 5, SUITE_TTL_MS, &got));
    assert_string_equal(got.id.s, "");
    ASSERT_OK(suite_activate(t->s, suite_token(1), "uid", 5, SUITE_TTL_MS - 1, &got));
    /* bound: another uid is told so, expired or not; the same uid still has until the token's end */
    ASSERT_ERR(ERR_TOKEN_USED, suite_activate(t->s, suite_token(1), "other", 6, 0, &got));
    ASSERT_ERR(ERR_TOKEN_USED, suite_activate(t->s, suite_token(1), "other", 6, SUITE_TTL_MS, &got));
    ASSERT_ERR(ERR_TOKEN_EXPIRED, suite_activate(t->s, suite_token(1), "uid", 6, SUITE_TTL_MS, &got));
    assert_true(suite_key_good(t->s, suite_id(1001), 5));
}

static void test_refusals_after_the_first_connect(void **state)
{
    struct suite *t = *state;
    struct camera got;
    ASSERT_OK(suite_activate(t->s, suite_token(1), "uid", 5, 0, &got));
    ASSERT_OK(suite_connect(t->s, got.id, 5, 1, NULL));
    ASSERT_ERR(ERR_TOKEN_USED, suite_activate(t->s, suite_token(1), "other", 6, 2, &got));
    ASSERT_ERR(ERR_TOKEN_USED, suite_activate(t->s, suite_claim(1), "other", 6, SUITE_TTL_MS, &got));
    ASSERT_ERR(ERR_ALREADY_ACTIVATED, suite_activate(t->s, suite_token(1), "uid", 6, 2, &got));
    ASSERT_ERR(ERR_ALREADY_ACTIVATED, suite_activate(t->s, suite_claim(1), "uid", 6, SUITE_TTL_MS, &got));
    assert_true(suite_key_good(t->s, suite_id(1001), 5));
}

static void test_crooked_members_are_refused(void **state)
{
    struct suite *t = *state;
    char uid[MODEL_UID_MAX + 2] = "";
    memset(uid, 'u', sizeof uid - 1);
    struct camera got;
    ASSERT_ERR(ERR_INVALID, suite_activate(t->s, suite_token(1), uid, 5, 0, &got));
    ASSERT_ERR(ERR_INVALID, suite_activate(t->s, suite_token(1), "", 5, 0, &got));
    uid[MODEL_UID_MAX] = 0;
    ASSERT_OK(suite_activate(t->s, suite_token(1), uid, 5, 0, &got));
    assert_string_equal(got.device_uid, uid);
}

static void test_cancelled_by_its_owner_only(void **state)
{
    struct suite *t = *state;
    struct id owner = suite_id(1), other = suite_add_user(t->s, 2);
    struct secret_hash token = suite_claim(1), unknown = suite_token(2);
    struct camera gone = {.id = suite_id(9)}, got;
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_cancel(t->s, &other, &token, &gone));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_cancel(t->s, &owner, &unknown, &gone));
    ASSERT_OK(t->s->camera_cancel(t->s, &owner, &token, &gone));
    assert_string_equal(gone.id.s, suite_id(1001).s);
    ASSERT_SAME(gone.claim, token);
    assert_false(suite_sees(t->s, 1, gone.id));
    ASSERT_ERR(ERR_NOT_FOUND, suite_activate(t->s, suite_token(1), "uid", 5, 0, &got));
    ASSERT_ERR(ERR_NOT_FOUND, by_token(t->s, suite_token(1), &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_cancel(t->s, &owner, &token, &gone));
}

static void test_not_cancelled_once_activated(void **state)
{
    struct suite *t = *state;
    struct id owner = suite_id(1), other = suite_add_user(t->s, 2);
    struct secret_hash token = suite_token(1);
    struct camera gone, got;
    ASSERT_OK(suite_activate(t->s, token, "uid", 5, 0, &got));
    ASSERT_ERR(ERR_ALREADY_ACTIVATED, t->s->camera_cancel(t->s, &owner, &token, &gone));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_cancel(t->s, &other, &token, &gone));
    assert_true(suite_key_good(t->s, got.id, 5));
}

static void test_swept_a_day_after_expiry(void **state)
{
    struct suite *t = *state;
    const int64_t day = 24 * 3600 * 1000, end = SUITE_T0 + SUITE_TTL_MS;
    struct camera got;
    suite_add_camera(t->s, 2, 1);
    ASSERT_OK(suite_activate(t->s, suite_token(2), "uid", 5, 0, &got));
    ASSERT_OK(t->s->sweep(t->s, end + day));
    ASSERT_OK(by_token(t->s, suite_token(1), &got));
    ASSERT_OK(t->s->sweep(t->s, end + day + 1));
    ASSERT_ERR(ERR_NOT_FOUND, by_token(t->s, suite_token(1), &got));
    ASSERT_OK(by_token(t->s, suite_token(2), &got));
    assert_true(suite_key_good(t->s, suite_id(1002), 5));
}

int suite_onboarding(void)
{
    const struct CMUnitTest onboarding[] = {
        CASE(test_found_by_token_and_claim),
        CASE(test_needs_its_owner),
        CASE(test_every_member_survives),
        CASE(test_activation_binds_and_issues),
        CASE(test_what_is_unsaid_stays),
        CASE(test_the_same_uid_repeats_with_a_new_key),
        CASE(test_a_pending_camera_has_no_key),
        CASE(test_refusals_before_the_first_connect),
        CASE(test_refusals_after_the_first_connect),
        CASE(test_crooked_members_are_refused),
        CASE(test_cancelled_by_its_owner_only),
        CASE(test_not_cancelled_once_activated),
        CASE(test_swept_a_day_after_expiry),
    };
    return cmocka_run_group_tests(onboarding, NULL, NULL);
}
