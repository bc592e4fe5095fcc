#include "contract/store_suite_case.h"

static void test_found_by_email_name_and_id(void **state)
{
    struct suite *t = *state;
    struct user u = suite_user(1), got;
    u.is_admin = true;
    ASSERT_OK(t->s->user_create(t->s, &u));
    suite_add_user(t->s, 2);
    suite_reopen(t);
    ASSERT_OK(t->s->user_find(t->s, span_of("u1@example.org"), &got));
    suite_same_user(&got, &u);
    ASSERT_OK(t->s->user_find(t->s, span_of("user1"), &got));
    suite_same_user(&got, &u);
    ASSERT_OK(t->s->user_get(t->s, &u.id, &got));
    suite_same_user(&got, &u);
}

static void test_unknown_users_are_not_found(void **state)
{
    struct suite *t = *state;
    suite_add_user(t->s, 1);
    struct user got = {.email = "untouched"};
    struct id other = suite_id(9);
    ASSERT_ERR(ERR_NOT_FOUND, t->s->user_find(t->s, span_of("u9@example.org"), &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->user_find(t->s, span_of("user9"), &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->user_find(t->s, span_of(""), &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->user_find(t->s, SPAN_LIT("user1\0"), &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->user_find(t->s, SPAN_LIT("' OR 1=1 --@"), &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->user_get(t->s, &other, &got));
    assert_string_equal(got.email, "untouched");
}

static void test_email_and_name_are_unique(void **state)
{
    struct suite *t = *state;
    struct user a = suite_user(1), b = suite_user(2), got;
    ASSERT_OK(t->s->user_create(t->s, &a));
    memcpy(b.email, a.email, sizeof b.email);
    ASSERT_ERR(ERR_EMAIL_TAKEN, t->s->user_create(t->s, &b));
    memcpy(b.username, a.username, sizeof b.username);
    ASSERT_ERR(ERR_EMAIL_TAKEN, t->s->user_create(t->s, &b));
    struct user c = suite_user(3);
    memcpy(c.username, a.username, sizeof c.username);
    ASSERT_ERR(ERR_USERNAME_TAKEN, t->s->user_create(t->s, &c));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->user_get(t->s, &b.id, &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->user_get(t->s, &c.id, &got));
}

static void test_many_may_have_no_email_or_no_name(void **state)
{
    struct suite *t = *state;
    for (unsigned n = 1; n <= 3; n++) {
        struct user nameless = suite_user(n), mailless = suite_user(10 + n), got;
        nameless.username[0] = 0;
        mailless.email[0] = 0;
        ASSERT_OK(t->s->user_create(t->s, &nameless));
        ASSERT_OK(t->s->user_create(t->s, &mailless));
        ASSERT_OK(t->s->user_find(t->s, span_of(nameless.email), &got));
        assert_string_equal(got.username, "");
        ASSERT_OK(t->s->user_find(t->s, span_of(mailless.username), &got));
        assert_string_equal(got.email, "");
    }
}

static void test_password_is_compared_and_set(void **state)
{
    struct suite *t = *state;
    struct id id = suite_add_user(t->s, 1), other = suite_add_user(t->s, 2);
    struct user got;
    ASSERT_OK(t->s->user_set_password(t->s, &id, "first", "second"));
    ASSERT_ERR(ERR_CONFLICT, t->s->user_set_password(t->s, &id, "first", "third"));
    ASSERT_OK(t->s->user_get(t->s, &id, &got));
    assert_string_equal(got.password_hash, "second");
    ASSERT_OK(t->s->user_get(t->s, &other, &got));
    assert_string_equal(got.password_hash, "first");
}

static void test_full_length_members_survive(void **state)
{
    struct suite *t = *state;
    struct user u = {.id = suite_id(1)}, got;
    memset(u.email, '@', MODEL_EMAIL_MAX);
    memset(u.username, 'n', MODEL_USERNAME_MAX);
    memset(u.password_hash, 'p', MODEL_PASSWORD_HASH_MAX);
    ASSERT_OK(t->s->user_create(t->s, &u));
    ASSERT_OK(t->s->user_get(t->s, &u.id, &got));
    suite_same_user(&got, &u);
}

int suite_users(void)
{
    const struct CMUnitTest users[] = {
        SUITE_CASE(test_found_by_email_name_and_id),   SUITE_CASE(test_unknown_users_are_not_found),
        SUITE_CASE(test_email_and_name_are_unique),    SUITE_CASE(test_many_may_have_no_email_or_no_name),
        SUITE_CASE(test_password_is_compared_and_set), SUITE_CASE(test_full_length_members_survive),
    };
    return cmocka_run_group_tests(users, NULL, NULL);
}
