/* The judgement that both back ends share; the contract's suite holds it to each, this to itself. */
#include "store/rules.h"

#include "support/check.h"

static const struct id owner = {"0123456789abcdef01234567"}, other = {"89abcdef0123456789abcdef"};
static const struct secret_hash none, one = {{1}}, two = {{2}};

#define ASSERT_ERR(want, call) assert_string_equal(err_word(want), err_word(call))

static struct camera pending(void)
{
    return (struct camera){.owner_id = owner, .state = CAMERA_PENDING, .token_expires_ms = 100};
}

static struct camera device(void)
{
    struct camera c = {.owner_id = owner, .state = CAMERA_ACTIVE, .device_uid = "uid", .key = one};
    c.token_expires_ms = 100;
    return c;
}

static void no_secret_equals_nothing(void **state)
{
    assert_true(rules_has(&one));
    assert_false(rules_has(&none));
    assert_true(rules_same_secret(&one, &one));
    assert_false(rules_same_secret(&one, &two));
    assert_false(rules_same_secret(&none, &none));
}

static void who_may(void **state)
{
    struct camera d = device(), p = pending();
    ASSERT_ERR(ERR_OK, rules_see(&d, &owner, 1000));
    assert_int_equal(d.role, ROLE_OWNER);
    ASSERT_ERR(ERR_NOT_FOUND, rules_see(&d, &other, 0));
    ASSERT_ERR(ERR_OK, rules_see(&p, &owner, 99));
    ASSERT_ERR(ERR_NOT_FOUND, rules_see(&p, &owner, 100));
    ASSERT_ERR(ERR_OK, rules_own(&p, &owner, 99));
    ASSERT_ERR(ERR_NOT_FOUND, rules_own(&p, &other, 99));
    ASSERT_ERR(ERR_OK, rules_own_device(&d, &owner, 1000));
    ASSERT_ERR(ERR_CONFLICT, rules_own_device(&p, &owner, 99));
    ASSERT_ERR(ERR_NOT_FOUND, rules_own_device(&p, &owner, 100));
    ASSERT_ERR(ERR_NOT_FOUND, rules_own_device(&p, &other, 99));
}

/* Every state of an onboarding, asked by its own camera and by another one, in time and late. */
static void which_refusal_in_which_state(void **state)
{
    static const struct {
        const char *bound_to;
        int64_t connected_ms;
        struct secret_hash next_key;
        enum err same, same_late, another, another_late;
    } rows[] = {
        {"", 0, {{0}}, ERR_OK, ERR_TOKEN_EXPIRED, ERR_OK, ERR_TOKEN_EXPIRED},
        {"uid", 0, {{0}}, ERR_OK, ERR_TOKEN_EXPIRED, ERR_TOKEN_USED, ERR_TOKEN_USED},
        {"uid", 7, {{0}}, ERR_ALREADY_ACTIVATED, ERR_ALREADY_ACTIVATED, ERR_TOKEN_USED, ERR_TOKEN_USED},
        {"uid", 0, {{3}}, ERR_ALREADY_ACTIVATED, ERR_ALREADY_ACTIVATED, ERR_TOKEN_USED, ERR_TOKEN_USED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct camera c = pending();
        memcpy(c.device_uid, rows[i].bound_to, strlen(rows[i].bound_to));
        c.connected_ms = rows[i].connected_ms;
        c.next_key = rows[i].next_key;
        struct store_activation same = {.device_uid = "uid", .now_ms = 99}, another = same;
        another.device_uid = "another";
        struct camera trial = c;
        ASSERT_ERR(rows[i].same, rules_activate(&trial, &same));
        trial = c;
        ASSERT_ERR(rows[i].another, rules_activate(&trial, &another));
        same.now_ms = another.now_ms = 100;
        trial = c;
        ASSERT_ERR(rows[i].same_late, rules_activate(&trial, &same));
        trial = c;
        ASSERT_ERR(rows[i].another_late, rules_activate(&trial, &another));
    }
}

static void what_a_camera_tells_is_taken(void **state)
{
    struct camera c = pending();
    struct store_activation a = {.device_uid = "uid", .camera_model = "MODEL", .firmware = "", .now_ms = 5};
    memcpy(c.firmware, "1.0", 4);
    memcpy(c.camera_model, "OTHER", 6);
    ASSERT_ERR(ERR_OK, rules_activate(&c, &a));
    assert_string_equal(c.device_uid, "uid");
    assert_string_equal(c.camera_model, "MODEL");
    assert_string_equal(c.firmware, "1.0");
    assert_string_equal(c.local_ip, "");
    assert_int_equal(c.activated_ms, 5);
}

static void too_long_facts_are_refused(void **state)
{
    char lengthy[MODEL_UID_MAX + 2] = "";
    memset(lengthy, 'x', sizeof lengthy - 1);
    struct store_activation rows[] = {
        {.device_uid = ""},
        {.device_uid = lengthy},
        {.device_uid = "uid", .camera_model = lengthy},
        {.device_uid = "uid", .local_ip = lengthy},
        {.device_uid = "uid", .firmware = lengthy},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct camera c = pending();
        ASSERT_ERR(ERR_INVALID, rules_activate(&c, &rows[i]));
    }
}

static void what_begins_again(void **state)
{
    struct camera c = pending(), again = pending();
    ASSERT_ERR(ERR_IDEMPOTENCY, rules_repeat(&c, &again));
    c.idempotency_body = again.idempotency_body = one;
    ASSERT_ERR(ERR_OK, rules_repeat(&c, &again));
    memcpy(c.device_uid, "uid", 4);
    ASSERT_ERR(ERR_ALREADY_ACTIVATED, rules_repeat(&c, &again));
    again.idempotency_body = two;
    ASSERT_ERR(ERR_IDEMPOTENCY, rules_repeat(&c, &again));
}

static void what_is_cancelled(void **state)
{
    struct camera c = pending();
    ASSERT_ERR(ERR_OK, rules_cancel(&c, &owner));
    ASSERT_ERR(ERR_NOT_FOUND, rules_cancel(&c, &other));
    memcpy(c.device_uid, "uid", 4);
    ASSERT_ERR(ERR_ALREADY_ACTIVATED, rules_cancel(&c, &owner));
    ASSERT_ERR(ERR_NOT_FOUND, rules_cancel(&c, &other));
}

static void what_a_key_is(void **state)
{
    struct camera c = device();
    assert_int_equal(rules_key(&c, &one), RULES_KEY_ONLY);
    assert_int_equal(rules_key(&c, &two), RULES_KEY_BAD);
    assert_int_equal(rules_key(&c, &none), RULES_KEY_BAD);
    c.next_key = two;
    assert_int_equal(rules_key(&c, &one), RULES_KEY_OLD);
    assert_int_equal(rules_key(&c, &two), RULES_KEY_NEXT);
    c.state = CAMERA_PENDING;
    assert_int_equal(rules_key(&c, &one), RULES_KEY_BAD);
    assert_int_equal(rules_key(&c, &two), RULES_KEY_BAD);
}

static void a_cursor_leads_back_to_its_place(void **state)
{
    static const int64_t times[] = {0, 1, 1700000000000, INT64_MAX};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct camera last = {.id = owner, .created_ms = times[i]};
        struct camera_page page = {.count = 1};
        struct rules_place at;
        rules_page_end(&page, &last);
        struct store_camera_filter f = {.limit = 200, .cursor = page.next_cursor};
        ASSERT_ERR(ERR_OK, rules_page_begin(&f, &at));
        assert_true(at.created_ms == times[i] && id_eq(&at.id, &owner));
    }
}

static void crooked_pages(void **state)
{
    static const struct {
        size_t limit;
        const char *cursor;
        enum err want;
    } rows[] = {
        {1, NULL, ERR_OK},
        {200, "", ERR_OK},
        {0, NULL, ERR_INVALID},
        {201, NULL, ERR_INVALID},
        {1, "x", ERR_INVALID},
        {1, "7fffffffffffffff0123456789abcdef01234567", ERR_OK},
        {1, "80000000000000000123456789abcdef01234567", ERR_INVALID},
        {1, "7FFFFFFFFFFFFFFF0123456789abcdef01234567", ERR_INVALID},
        {1, "7fffffffffffffff0123456789abcdef0123456x", ERR_INVALID},
        {1, "7fffffffffffffff0123456789abcdef012345670", ERR_INVALID},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct store_camera_filter f = {.limit = rows[i].limit, .cursor = rows[i].cursor};
        struct rules_place at = {.created_ms = 42};
        ASSERT_ERR(rows[i].want, rules_page_begin(&f, &at));
        assert_true((at.created_ms == 42) == (rows[i].want != ERR_OK));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_secret_equals_nothing),
        cmocka_unit_test(who_may),
        cmocka_unit_test(which_refusal_in_which_state),
        cmocka_unit_test(what_a_camera_tells_is_taken),
        cmocka_unit_test(too_long_facts_are_refused),
        cmocka_unit_test(what_begins_again),
        cmocka_unit_test(what_is_cancelled),
        cmocka_unit_test(what_a_key_is),
        cmocka_unit_test(a_cursor_leads_back_to_its_place),
        cmocka_unit_test(crooked_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
