/* An Idempotency-Key renews its onboarding; keys without an onboarding, and keys in place of others. */
#include "contract/store_suite_case.h"

enum { KEY_BODY = 77 };

static int setup(void **state)
{
    suite_setup(state);
    struct suite *t = *state;
    suite_add_user(t->s, 1);
    suite_add_user(t->s, 2);
    return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, suite_teardown)

/* ---- repeats ---- */

/* Onboarding n of an owner, under the key "again" with a body. */
static struct camera keyed(unsigned n, unsigned owner, unsigned body)
{
    struct camera c = suite_camera(n, owner);
    memcpy(c.idempotency_key, "again", sizeof "again");
    c.idempotency_body = suite_hash(body);
    return c;
}

static void test_a_repeat_has_a_new_token(void **state)
{
    struct suite *t = *state;
    struct camera first = keyed(1, 1, KEY_BODY), again = keyed(2, 1, KEY_BODY), got, want = first;
    ASSERT_OK(t->s->camera_create(t->s, &first));
    ASSERT_ERR(ERR_CONFLICT, t->s->camera_create(t->s, &again));
    again.token_expires_ms += 5;
    ASSERT_OK(t->s->camera_repeat(t->s, &again, &got));
    suite_same_camera(&got, &first);
    suite_reopen(t);
    want.token = again.token;
    want.claim = again.claim;
    want.token_expires_ms = again.token_expires_ms;
    ASSERT_OK(t->s->camera_by_token(t->s, &again.token, NULL, &got));
    suite_same_camera(&got, &want);
    ASSERT_OK(t->s->camera_by_token(t->s, &again.claim, NULL, &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_by_token(t->s, &first.token, NULL, &got));
    ASSERT_ERR(ERR_NOT_FOUND, suite_activate(t->s, first.claim, "uid", 5, 0, &got));
    ASSERT_OK(suite_activate(t->s, again.claim, "uid", 5, 0, &got));
    assert_string_equal(got.id.s, first.id.s);
}

static void test_a_repeat_is_of_one_owner_key_and_body(void **state)
{
    struct suite *t = *state;
    struct camera first = keyed(1, 1, KEY_BODY), got;
    struct camera body = keyed(2, 1, KEY_BODY + 1), owner = keyed(3, 2, KEY_BODY),
                  key = keyed(4, 1, KEY_BODY);
    memcpy(key.idempotency_key, "Again", sizeof "Again");
    ASSERT_OK(t->s->camera_create(t->s, &first));
    ASSERT_ERR(ERR_IDEMPOTENCY, t->s->camera_repeat(t->s, &body, &got));
    ASSERT_ERR(ERR_CONFLICT, t->s->camera_create(t->s, &body));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_repeat(t->s, &owner, &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_repeat(t->s, &key, &got));
    ASSERT_OK(t->s->camera_create(t->s, &owner));
    ASSERT_OK(t->s->camera_create(t->s, &key));
    ASSERT_OK(t->s->camera_by_token(t->s, &first.token, NULL, &got));
    suite_same_camera(&got, &first);
}

static void test_an_expired_one_begins_again(void **state)
{
    struct suite *t = *state;
    struct camera first = keyed(1, 1, KEY_BODY), again = keyed(2, 1, KEY_BODY), got;
    ASSERT_OK(t->s->camera_create(t->s, &first));
    again.token_expires_ms += SUITE_TTL_MS;
    ASSERT_OK(t->s->camera_repeat(t->s, &again, &got));
    ASSERT_OK(suite_activate(t->s, again.token, "uid", 5, SUITE_TTL_MS, &got));
}

static void test_no_repeat_once_a_camera_is_bound(void **state)
{
    struct suite *t = *state;
    struct camera first = keyed(1, 1, KEY_BODY), again = keyed(2, 1, KEY_BODY),
                  other = keyed(2, 1, KEY_BODY + 1), got;
    ASSERT_OK(t->s->camera_create(t->s, &first));
    ASSERT_OK(suite_activate(t->s, first.token, "uid", 5, 0, &got));
    ASSERT_ERR(ERR_ALREADY_ACTIVATED, t->s->camera_repeat(t->s, &again, &got));
    ASSERT_ERR(ERR_IDEMPOTENCY, t->s->camera_repeat(t->s, &other, &got));
    assert_true(suite_key_good(t->s, first.id, 5));
    /* nor when the camera it is bound to is a device that was kept */
    struct camera reset = keyed(3, 1, KEY_BODY);
    memcpy(reset.idempotency_key, "reset", sizeof "reset");
    ASSERT_OK(t->s->camera_create(t->s, &reset));
    ASSERT_OK(suite_activate(t->s, reset.token, "uid", 6, 0, &got));
    ASSERT_ERR(ERR_ALREADY_ACTIVATED, t->s->camera_repeat(t->s, &reset, &got));
}

static void test_a_key_is_free_again_with_its_onboarding(void **state)
{
    struct suite *t = *state;
    struct camera c = keyed(1, 1, KEY_BODY), got;
    ASSERT_OK(t->s->camera_create(t->s, &c));
    ASSERT_OK(t->s->camera_cancel(t->s, &c.owner_id, &c.token, &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_repeat(t->s, &c, &got));
    ASSERT_OK(t->s->camera_create(t->s, &c));
}

/* ---- a key without an onboarding ---- */

static struct camera typed(unsigned n, unsigned owner, const char *uid, unsigned key)
{
    struct camera c = {.id = suite_id(1000 + n),
                       .owner_id = suite_id(owner),
                       .state = CAMERA_ACTIVE,
                       .camera_model = "ESP32_S3_CAM",
                       .key = suite_hash(key),
                       .created_ms = SUITE_T0 + n};
    memcpy(c.device_name, "Typed", sizeof "Typed");
    memcpy(c.device_uid, uid, strlen(uid));
    return c;
}

static void test_a_device_with_its_key(void **state)
{
    struct suite *t = *state;
    struct camera c = typed(1, 1, "uid", 5), nameless = typed(2, 1, "", 6), third = typed(3, 1, "", 7);
    struct camera foreign = typed(4, 2, "uid", 8), got;
    ASSERT_OK(t->s->camera_create(t->s, &c));
    ASSERT_OK(t->s->camera_create(t->s, &nameless));
    ASSERT_OK(t->s->camera_create(t->s, &third));
    ASSERT_OK(t->s->camera_create(t->s, &foreign));
    suite_reopen(t);
    got = suite_see(t->s, 1, c.id);
    c.role = ROLE_OWNER;
    suite_same_camera(&got, &c);
    assert_true(suite_key_good(t->s, c.id, 5) && !suite_key_good(t->s, c.id, 6));
    ASSERT_OK(suite_connect(t->s, c.id, 5, 10, NULL));
    got = suite_see(t->s, 1, c.id);
    assert_true(got.connected_ms == SUITE_T0 + 10 && got.activated_ms == SUITE_T0 + 10);
}

static void test_one_device_of_a_label(void **state)
{
    struct suite *t = *state;
    struct camera c = typed(1, 1, "uid", 5), second = typed(2, 1, "uid", 6), got;
    struct id owner = suite_id(1);
    ASSERT_OK(t->s->camera_create(t->s, &c));
    ASSERT_ERR(ERR_UID_TAKEN, t->s->camera_create(t->s, &second));
    assert_false(suite_sees(t->s, 1, second.id));
    ASSERT_OK(t->s->camera_delete(t->s, &owner, &c.id, SUITE_T0, &got));
    ASSERT_OK(t->s->camera_create(t->s, &second));
    /* onboarded by a code later, it is kept like any other */
    suite_add_camera(t->s, 3, 1);
    ASSERT_OK(suite_activate(t->s, suite_token(3), "uid", 7, 0, &got));
    assert_string_equal(got.id.s, second.id.s);
}

static void test_needs_its_owner(void **state)
{
    struct suite *t = *state;
    struct camera c = typed(1, 9, "uid", 5);
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_create(t->s, &c));
}

/* ---- a key in place of another ---- */

static enum err rotate(struct suite *t, unsigned user, unsigned device, unsigned key, int64_t after_ms)
{
    struct id u = suite_id(user), d = suite_id(device);
    struct secret_hash h = suite_hash(key);
    return t->s->camera_rotate_key(t->s, &u, &d, &h, SUITE_T0 + after_ms);
}

static void test_rotated_by_its_owner_only(void **state)
{
    struct suite *t = *state;
    struct camera c = typed(1, 1, "uid", 5);
    ASSERT_OK(t->s->camera_create(t->s, &c));
    ASSERT_ERR(ERR_NOT_FOUND, rotate(t, 2, 1001, 6, 0));
    ASSERT_ERR(ERR_NOT_FOUND, rotate(t, 1, 1002, 6, 0));
    assert_true(suite_key_good(t->s, c.id, 5));
    ASSERT_OK(rotate(t, 1, 1001, 6, 0));
    suite_reopen(t);
    assert_true(!suite_key_good(t->s, c.id, 5) && suite_key_good(t->s, c.id, 6));
    ASSERT_ERR(ERR_UNAUTHENTICATED, suite_connect(t->s, c.id, 5, 10, NULL));
}

static void test_a_pending_one_has_no_key_to_rotate(void **state)
{
    struct suite *t = *state;
    suite_add_camera(t->s, 1, 1);
    ASSERT_ERR(ERR_CONFLICT, rotate(t, 1, 1001, 6, 0));
    ASSERT_ERR(ERR_NOT_FOUND, rotate(t, 1, 1001, 6, SUITE_TTL_MS));
    assert_false(suite_key_good(t->s, suite_id(1001), 6));
}

static void test_rotation_ends_a_key_that_waits(void **state)
{
    struct suite *t = *state;
    struct camera c = typed(1, 1, "uid", 5), got;
    bool replaced;
    ASSERT_OK(t->s->camera_create(t->s, &c));
    suite_add_camera(t->s, 2, 1);
    ASSERT_OK(suite_activate(t->s, suite_token(2), "uid", 6, 0, &got));
    ASSERT_OK(rotate(t, 1, 1001, 7, 0));
    assert_true(!suite_key_good(t->s, c.id, 5) && !suite_key_good(t->s, c.id, 6));
    ASSERT_OK(suite_connect(t->s, c.id, 7, 10, &replaced));
    assert_false(replaced);
    /* the camera that waits may fetch another one */
    ASSERT_OK(suite_activate(t->s, suite_token(2), "uid", 8, 20, &got));
    ASSERT_OK(suite_connect(t->s, c.id, 8, 30, &replaced));
    assert_true(replaced && !suite_key_good(t->s, c.id, 7));
}

int suite_keys(void)
{
    const struct CMUnitTest keys[] = {
        CASE(test_a_repeat_has_a_new_token),
        CASE(test_a_repeat_is_of_one_owner_key_and_body),
        CASE(test_an_expired_one_begins_again),
        CASE(test_no_repeat_once_a_camera_is_bound),
        CASE(test_a_key_is_free_again_with_its_onboarding),
        CASE(test_a_device_with_its_key),
        CASE(test_one_device_of_a_label),
        CASE(test_needs_its_owner),
        CASE(test_rotated_by_its_owner_only),
        CASE(test_a_pending_one_has_no_key_to_rotate),
        CASE(test_rotation_ends_a_key_that_waits),
    };
    return cmocka_run_group_tests(keys, NULL, NULL);
}
