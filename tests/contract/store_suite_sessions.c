#include "contract/store_suite_case.h"

enum { GRACE_MS = 30000, LIFE_MS = 1000000 };

/* Session 1 of user 1 with refresh token 1. */
static struct session begin(struct store *s)
{
    struct session n = {.id = suite_id(51),
                        .user_id = suite_add_user(s, 1),
                        .refresh = suite_hash(1),
                        .cookie = suite_hash(77),
                        .created_ms = SUITE_T0,
                        .last_used_ms = SUITE_T0,
                        .expires_ms = SUITE_T0 + LIFE_MS,
                        .user_agent = "agent \"quoted\"",
                        .address = "2001:db8::1"};
    ASSERT_OK(s->session_create(s, &n));
    return n;
}

static enum err rotate(struct store *s, unsigned presented, unsigned next, int64_t after_ms)
{
    struct id id = suite_id(51);
    struct secret_hash p = suite_hash(presented), n = suite_hash(next);
    return s->session_rotate(s, &id, &p, &n, SUITE_T0 + after_ms, GRACE_MS, SUITE_T0 + after_ms + LIFE_MS);
}

static enum err get(struct store *s, int64_t after_ms, struct session *out)
{
    struct id id = suite_id(51);
    return s->session_get(s, &id, SUITE_T0 + after_ms, out);
}

static void test_kept_until_its_end(void **state)
{
    struct suite *t = *state;
    struct session n = begin(t->s), got;
    suite_reopen(t);
    ASSERT_OK(get(t->s, LIFE_MS - 1, &got));
    ASSERT_SAME(got.id, n.id);
    ASSERT_SAME(got.user_id, n.user_id);
    ASSERT_SAME(got.refresh, n.refresh);
    ASSERT_SAME(got.spent, n.spent);
    ASSERT_SAME(got.cookie, n.cookie);
    assert_true(got.created_ms == n.created_ms && got.last_used_ms == n.last_used_ms);
    assert_true(got.spent_until_ms == 0 && got.expires_ms == n.expires_ms);
    assert_string_equal(got.user_agent, n.user_agent);
    assert_string_equal(got.address, n.address);
    ASSERT_ERR(ERR_NOT_FOUND, get(t->s, LIFE_MS, &got));
    struct id other = suite_id(52);
    ASSERT_ERR(ERR_NOT_FOUND, t->s->session_get(t->s, &other, SUITE_T0, &got));
}

static void test_needs_its_user(void **state)
{
    struct suite *t = *state;
    struct session n = {.id = suite_id(51), .user_id = suite_id(9), .expires_ms = SUITE_T0 + LIFE_MS};
    ASSERT_ERR(ERR_NOT_FOUND, t->s->session_create(t->s, &n));
}

static void test_touch_moves_the_end(void **state)
{
    struct suite *t = *state;
    struct session n = begin(t->s), got;
    ASSERT_OK(t->s->session_touch(t->s, &n.id, SUITE_T0 + 500, SUITE_T0 + 2 * LIFE_MS));
    ASSERT_OK(get(t->s, 2 * LIFE_MS - 1, &got));
    assert_true(got.last_used_ms == SUITE_T0 + 500 && got.expires_ms == SUITE_T0 + 2 * LIFE_MS);
    /* A touch that was read before a longer life was given takes nothing of it. */
    ASSERT_OK(t->s->session_touch(t->s, &n.id, SUITE_T0 + 600, SUITE_T0 + LIFE_MS));
    ASSERT_OK(get(t->s, 2 * LIFE_MS - 1, &got));
    assert_true(got.last_used_ms == SUITE_T0 + 600 && got.expires_ms == SUITE_T0 + 2 * LIFE_MS);
    ASSERT_ERR(ERR_NOT_FOUND,
               t->s->session_touch(t->s, &n.id, SUITE_T0 + 2 * LIFE_MS, SUITE_T0 + 3 * LIFE_MS));
    struct id other = suite_id(52);
    ASSERT_ERR(ERR_NOT_FOUND, t->s->session_touch(t->s, &other, SUITE_T0, SUITE_T0 + LIFE_MS));
}

static void test_rotation_moves_on(void **state)
{
    struct suite *t = *state;
    begin(t->s);
    for (unsigned n = 1; n < 5; n++)
        ASSERT_OK(rotate(t->s, n, n + 1, n));
    struct session got;
    ASSERT_OK(get(t->s, 10, &got));
    struct secret_hash now = suite_hash(5), before = suite_hash(4);
    ASSERT_SAME(got.refresh, now);
    ASSERT_SAME(got.spent, before);
    assert_true(got.spent_until_ms == SUITE_T0 + 4 + GRACE_MS);
    assert_true(got.last_used_ms == SUITE_T0 + 4 && got.expires_ms == SUITE_T0 + 4 + LIFE_MS);
}

static void test_a_lost_answer_is_asked_again_once(void **state)
{
    struct suite *t = *state;
    begin(t->s);
    ASSERT_OK(rotate(t->s, 1, 2, 0));
    ASSERT_OK(rotate(t->s, 1, 3, GRACE_MS - 1));
    ASSERT_OK(rotate(t->s, 3, 4, GRACE_MS)); /* what was made the second time counts */
    struct session got;
    ASSERT_OK(get(t->s, GRACE_MS, &got));
}

static void expect_end(struct store *s, unsigned presented, int64_t after_ms)
{
    struct session got;
    ASSERT_ERR(ERR_UNAUTHENTICATED, rotate(s, presented, 90, after_ms));
    ASSERT_ERR(ERR_NOT_FOUND, get(s, after_ms, &got));
    for (unsigned n = 1; n < 5; n++)
        ASSERT_ERR(ERR_UNAUTHENTICATED, rotate(s, n, 91, after_ms));
}

static void test_the_second_reuse_ends_the_session(void **state)
{
    struct suite *t = *state;
    begin(t->s);
    ASSERT_OK(rotate(t->s, 1, 2, 0));
    ASSERT_OK(rotate(t->s, 1, 3, 1));
    expect_end(t->s, 1, 2);
}

static void test_the_pair_made_before_dies(void **state)
{
    struct suite *t = *state;
    begin(t->s);
    ASSERT_OK(rotate(t->s, 1, 2, 0));
    ASSERT_OK(rotate(t->s, 1, 3, 1));
    expect_end(t->s, 2, 2);
}

static void test_a_late_reuse_ends_the_session(void **state)
{
    struct suite *t = *state;
    begin(t->s);
    ASSERT_OK(rotate(t->s, 1, 2, 0));
    expect_end(t->s, 1, GRACE_MS);
}

static void test_an_older_token_ends_the_session(void **state)
{
    struct suite *t = *state;
    begin(t->s);
    ASSERT_OK(rotate(t->s, 1, 2, 0));
    ASSERT_OK(rotate(t->s, 2, 3, 1));
    expect_end(t->s, 1, 2);
}

static void test_a_foreign_token_ends_the_session(void **state)
{
    struct suite *t = *state;
    begin(t->s);
    expect_end(t->s, 4711, 0);
}

static void test_the_zero_hash_opens_nothing(void **state)
{
    struct suite *t = *state;
    struct session n = {
        .id = suite_id(51), .user_id = suite_add_user(t->s, 1), .expires_ms = SUITE_T0 + LIFE_MS};
    ASSERT_OK(t->s->session_create(t->s, &n));
    struct secret_hash none = {.b = {0}}, next = suite_hash(2);
    ASSERT_ERR(ERR_UNAUTHENTICATED,
               t->s->session_rotate(t->s, &n.id, &none, &next, SUITE_T0, GRACE_MS, SUITE_T0 + LIFE_MS));
}

static void test_an_expired_session_is_not_revived(void **state)
{
    struct suite *t = *state;
    struct session got;
    begin(t->s);
    ASSERT_ERR(ERR_UNAUTHENTICATED, rotate(t->s, 1, 2, LIFE_MS));
    ASSERT_ERR(ERR_NOT_FOUND, get(t->s, LIFE_MS, &got));
}

static void test_deleted_by_its_user_only(void **state)
{
    struct suite *t = *state;
    struct session n = begin(t->s), got;
    struct id other = suite_add_user(t->s, 2);
    ASSERT_ERR(ERR_NOT_FOUND, t->s->session_delete(t->s, &other, &n.id));
    ASSERT_OK(get(t->s, 0, &got));
    ASSERT_OK(t->s->session_delete(t->s, &n.user_id, &n.id));
    ASSERT_ERR(ERR_NOT_FOUND, get(t->s, 0, &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->session_delete(t->s, &n.user_id, &n.id));
}

static void test_swept_past_its_end(void **state)
{
    struct suite *t = *state;
    struct session n = begin(t->s), got;
    ASSERT_OK(t->s->sweep(t->s, n.expires_ms - 1));
    ASSERT_OK(get(t->s, 0, &got));
    ASSERT_OK(t->s->sweep(t->s, n.expires_ms + 1));
    ASSERT_ERR(ERR_NOT_FOUND, get(t->s, 0, &got));
}

int suite_sessions(void)
{
    const struct CMUnitTest sessions[] = {
        SUITE_CASE(test_kept_until_its_end),
        SUITE_CASE(test_needs_its_user),
        SUITE_CASE(test_touch_moves_the_end),
        SUITE_CASE(test_rotation_moves_on),
        SUITE_CASE(test_a_lost_answer_is_asked_again_once),
        SUITE_CASE(test_the_second_reuse_ends_the_session),
        SUITE_CASE(test_the_pair_made_before_dies),
        SUITE_CASE(test_a_late_reuse_ends_the_session),
        SUITE_CASE(test_an_older_token_ends_the_session),
        SUITE_CASE(test_a_foreign_token_ends_the_session),
        SUITE_CASE(test_the_zero_hash_opens_nothing),
        SUITE_CASE(test_an_expired_session_is_not_revived),
        SUITE_CASE(test_deleted_by_its_user_only),
        SUITE_CASE(test_swept_past_its_end),
    };
    return cmocka_run_group_tests(sessions, NULL, NULL);
}
