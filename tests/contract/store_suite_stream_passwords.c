#include "contract/store_suite_case.h"
#include "core/mem.h"

/* Number n, of user 1 for device 1001. */
static struct stream_password password(unsigned n)
{
    struct stream_password p = {.id = suite_id(7000 + n),
                                .user_id = suite_id(1),
                                .device_id = suite_id(1001),
                                .name = "Küche \"2\"",
                                .secret = suite_hash(n),
                                .created_ms = SUITE_T0 + n};
    return p;
}

static int setup(void **state)
{
    suite_setup(state);
    struct suite *t = *state;
    suite_add_user(t->s, 1);
    suite_add_user(t->s, 2);
    suite_add_camera(t->s, 1, 1);
    return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, suite_teardown)

static size_t count(struct store *s, unsigned user, unsigned device)
{
    struct id u = suite_id(user), d = suite_id(device);
    struct stream_password_list l;
    ASSERT_OK(s->stream_password_list(s, &u, &d, &l));
    for (size_t i = 1; i < l.count; i++)
        assert_true(l.data[i - 1].created_ms <= l.data[i].created_ms);
    mem_free(l.data);
    return l.count;
}

static void test_kept_and_listed(void **state)
{
    struct suite *t = *state;
    struct stream_password p = password(1), second = password(2), got;
    ASSERT_OK(t->s->stream_password_create(t->s, &second));
    ASSERT_OK(t->s->stream_password_create(t->s, &p));
    suite_reopen(t);
    ASSERT_OK(t->s->stream_password_get(t->s, &p.id, &got));
    ASSERT_SAME(got.id, p.id);
    ASSERT_SAME(got.user_id, p.user_id);
    ASSERT_SAME(got.device_id, p.device_id);
    ASSERT_SAME(got.secret, p.secret);
    assert_string_equal(got.name, p.name);
    assert_true(got.created_ms == p.created_ms);
    assert_int_equal(count(t->s, 1, 1001), 2);
    assert_int_equal(count(t->s, 2, 1001), 0);
    assert_int_equal(count(t->s, 1, 1002), 0);
    struct id unknown = suite_id(9);
    ASSERT_ERR(ERR_NOT_FOUND, t->s->stream_password_get(t->s, &unknown, &got));
    p.id = suite_id(7009);
    p.user_id = suite_id(99);
    ASSERT_ERR(ERR_NOT_FOUND, t->s->stream_password_create(t->s, &p));
}

static void test_deleted_by_whose_it_is(void **state)
{
    struct suite *t = *state;
    struct stream_password p = password(1), got;
    struct id stranger = suite_id(2), elsewhere = suite_id(1002);
    ASSERT_OK(t->s->stream_password_create(t->s, &p));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->stream_password_delete(t->s, &stranger, &p.device_id, &p.id));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->stream_password_delete(t->s, &p.user_id, &elsewhere, &p.id));
    ASSERT_OK(t->s->stream_password_get(t->s, &p.id, &got));
    ASSERT_OK(t->s->stream_password_delete(t->s, &p.user_id, &p.device_id, &p.id));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->stream_password_delete(t->s, &p.user_id, &p.device_id, &p.id));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->stream_password_get(t->s, &p.id, &got));
}

static void test_so_many_and_no_more(void **state)
{
    struct suite *t = *state;
    for (unsigned n = 1; n <= MODEL_STREAM_PASSWORDS_MAX; n++) {
        struct stream_password p = password(n);
        ASSERT_OK(t->s->stream_password_create(t->s, &p));
    }
    struct stream_password p = password(MODEL_STREAM_PASSWORDS_MAX + 1);
    ASSERT_ERR(ERR_CONFLICT, t->s->stream_password_create(t->s, &p));
    struct stream_password first = password(1);
    ASSERT_OK(t->s->stream_password_delete(t->s, &first.user_id, &first.device_id, &first.id));
    ASSERT_OK(t->s->stream_password_create(t->s, &p));
    assert_int_equal(count(t->s, 1, 1001), MODEL_STREAM_PASSWORDS_MAX);
}

static void test_they_go_with_the_device(void **state)
{
    struct suite *t = *state;
    struct stream_password p = password(1), got;
    struct id owner = suite_id(1);
    struct camera gone;
    ASSERT_OK(suite_activate(t->s, suite_token(1), "uid", 5, 0, &gone));
    ASSERT_OK(t->s->stream_password_create(t->s, &p));
    ASSERT_OK(t->s->camera_delete(t->s, &owner, &p.device_id, SUITE_T0, &gone));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->stream_password_get(t->s, &p.id, &got));
}

int suite_stream_passwords(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_kept_and_listed),
        CASE(test_deleted_by_whose_it_is),
        CASE(test_so_many_and_no_more),
        CASE(test_they_go_with_the_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
