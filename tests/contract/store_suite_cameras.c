#include <stdlib.h>

#include "contract/store_suite_case.h"
#include "core/mem.h"

/* Users 1 and 2; device 1001 of user 1 is active with key 5. */
static int setup(void **state)
{
    suite_setup(state);
    struct suite *t = *state;
    struct camera got;
    suite_add_user(t->s, 1);
    suite_add_user(t->s, 2);
    suite_add_camera(t->s, 1, 1);
    ASSERT_OK(suite_activate(t->s, suite_token(1), "uid", 5, 0, &got));
    return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, suite_teardown)

static void test_connects(void **state)
{
    struct suite *t = *state;
    struct id device = suite_id(1001);
    bool replaced = true;
    ASSERT_OK(suite_connect(t->s, device, 5, 10, &replaced));
    assert_false(replaced);
    ASSERT_OK(suite_connect(t->s, device, 5, 20, &replaced));
    assert_false(replaced);
    ASSERT_ERR(ERR_UNAUTHENTICATED, suite_connect(t->s, device, 6, 30, NULL));
    ASSERT_ERR(ERR_UNAUTHENTICATED, suite_connect(t->s, suite_id(9), 5, 30, NULL));
    suite_reopen(t);
    struct camera got = suite_see(t->s, 1, device);
    assert_true(got.connected_ms == SUITE_T0 + 10 && got.last_seen_ms == SUITE_T0 + 20);
}

static void test_only_the_first_frame_counts(void **state)
{
    struct suite *t = *state;
    struct id device = suite_id(1001);
    ASSERT_OK(suite_connect(t->s, device, 5, 10, NULL));
    ASSERT_OK(t->s->camera_first_frame(t->s, &device, SUITE_T0 + 20));
    ASSERT_OK(t->s->camera_first_frame(t->s, &device, SUITE_T0 + 30));
    struct camera got = suite_see(t->s, 1, device);
    assert_true(got.first_frame_ms == SUITE_T0 + 20);
}

static void test_heard_from(void **state)
{
    struct suite *t = *state;
    struct id device = suite_id(1001);
    char lengthy[MODEL_FIRMWARE_MAX + 2] = "";
    memset(lengthy, 'f', sizeof lengthy - 1);
    ASSERT_OK(t->s->camera_seen(t->s, &device, SUITE_T0 + 10, "2.0", "10.0.0.9"));
    ASSERT_OK(t->s->camera_seen(t->s, &device, SUITE_T0 + 20, NULL, ""));
    ASSERT_ERR(ERR_INVALID, t->s->camera_seen(t->s, &device, SUITE_T0 + 30, lengthy, NULL));
    ASSERT_ERR(ERR_INVALID, t->s->camera_seen(t->s, &device, SUITE_T0 + 30, NULL, lengthy));
    struct camera got = suite_see(t->s, 1, device);
    assert_true(got.last_seen_ms == SUITE_T0 + 20);
    assert_string_equal(got.firmware, "2.0");
    assert_string_equal(got.local_ip, "10.0.0.9");
}

static void test_seen_by_its_owner_only(void **state)
{
    struct suite *t = *state;
    struct camera got = suite_see(t->s, 1, suite_id(1001));
    assert_int_equal(got.role, ROLE_OWNER);
    assert_string_equal(got.owner_id.s, suite_id(1).s);
    assert_false(suite_sees(t->s, 2, suite_id(1001)));
    assert_false(suite_sees(t->s, 1, suite_id(9)));
}

static void test_found_by_its_label(void **state)
{
    struct suite *t = *state;
    struct id one = suite_id(1), two = suite_id(2);
    struct camera got;
    suite_add_camera(t->s, 2, 1); /* pending: has no label yet */
    ASSERT_OK(t->s->camera_by_uid(t->s, &one, SPAN_LIT("uid"), &got));
    assert_string_equal(got.id.s, suite_id(1001).s);
    assert_int_equal(got.role, ROLE_OWNER);
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_by_uid(t->s, &two, SPAN_LIT("uid"), &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_by_uid(t->s, &one, SPAN_LIT("ui"), &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_by_uid(t->s, &one, SPAN_LIT(""), &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_by_uid(t->s, &one, SPAN_LIT("uid\0"), &got));
}

static void test_deleted_by_its_owner_only(void **state)
{
    struct suite *t = *state;
    struct id device = suite_id(1001), owner = suite_id(1), other = suite_id(2);
    struct secret_hash token = suite_token(1);
    struct camera got = {.id = suite_id(9)};
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_delete(t->s, &other, &device, SUITE_T0, &got));
    assert_string_equal(got.id.s, suite_id(9).s);
    assert_true(suite_key_good(t->s, device, 5));
    ASSERT_OK(t->s->camera_delete(t->s, &owner, &device, SUITE_T0, &got));
    assert_string_equal(got.id.s, device.s);
    ASSERT_SAME(got.token, token);
    assert_false(suite_key_good(t->s, device, 5));
    assert_false(suite_sees(t->s, 1, device));
    ASSERT_ERR(ERR_UNAUTHENTICATED, suite_connect(t->s, device, 5, 10, NULL));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_by_token(t->s, &token, NULL, &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_delete(t->s, &owner, &device, SUITE_T0, &got));
    /* the uid is free again */
    suite_add_camera(t->s, 2, 1);
    ASSERT_OK(suite_activate(t->s, suite_token(2), "uid", 6, 0, &got));
    assert_string_equal(got.id.s, suite_id(1002).s);
}

static void test_an_onboarding_is_deleted_while_it_lasts(void **state)
{
    struct suite *t = *state;
    struct id pending = suite_id(1002), owner = suite_id(1), other = suite_id(2);
    struct secret_hash token = suite_token(2);
    const int64_t end = SUITE_T0 + SUITE_TTL_MS;
    struct camera got;
    suite_add_camera(t->s, 2, 1);
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_delete(t->s, &other, &pending, SUITE_T0, &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_delete(t->s, &owner, &pending, end, &got));
    ASSERT_OK(t->s->camera_by_token(t->s, &token, NULL, &got));
    ASSERT_OK(t->s->camera_delete(t->s, &owner, &pending, end - 1, &got));
    ASSERT_SAME(got.token, token);
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_by_token(t->s, &token, NULL, &got));
}

static void test_a_device_for_its_owner(void **state)
{
    struct suite *t = *state;
    struct id device = suite_id(1001), pending = suite_id(1002), owner = suite_id(1), other = suite_id(2);
    const int64_t end = SUITE_T0 + SUITE_TTL_MS;
    struct camera got;
    suite_add_camera(t->s, 2, 1);
    ASSERT_OK(t->s->camera_get_device(t->s, &owner, &device, end, &got));
    assert_string_equal(got.id.s, device.s);
    assert_int_equal(got.role, ROLE_OWNER);
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_get_device(t->s, &other, &device, end, &got));
    ASSERT_ERR(ERR_CONFLICT, t->s->camera_get_device(t->s, &owner, &pending, end - 1, &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_get_device(t->s, &owner, &pending, end, &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_get_device(t->s, &other, &pending, SUITE_T0, &got));
}

static struct camera_page list(struct store *s, unsigned user, size_t limit, const char *cursor,
                               int64_t after_ms)
{
    struct id id = suite_id(user);
    struct store_camera_filter f = {.now_ms = SUITE_T0 + after_ms, .limit = limit, .cursor = cursor};
    struct camera_page page;
    ASSERT_OK(s->camera_list(s, &id, &f, &page));
    return page;
}

static void test_lists_own_ones_oldest_first(void **state)
{
    struct suite *t = *state;
    suite_add_camera(t->s, 4, 1);
    suite_add_camera(t->s, 3, 2);
    suite_add_camera(t->s, 2, 1);
    struct camera_page page = list(t->s, 1, 200, NULL, 0);
    assert_int_equal(page.count, 3);
    assert_string_equal(page.next_cursor, "");
    const unsigned order[] = {1001, 1002, 1004};
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(page.data[i].id.s, suite_id(order[i]).s);
        assert_int_equal(page.data[i].role, ROLE_OWNER);
    }
    mem_free(page.data);
    page = list(t->s, 3, 1, "", 0);
    assert_int_equal(page.count, 0);
    assert_string_equal(page.next_cursor, "");
    mem_free(page.data);
}

static void test_expired_pending_ones_leave(void **state)
{
    struct suite *t = *state;
    struct id owner = suite_id(1), pending = suite_id(1002);
    struct camera got;
    suite_add_camera(t->s, 2, 1);
    struct camera_page page = list(t->s, 1, 10, NULL, SUITE_TTL_MS - 1);
    assert_int_equal(page.count, 2);
    mem_free(page.data);
    page = list(t->s, 1, 10, NULL, SUITE_TTL_MS);
    assert_int_equal(page.count, 1);
    assert_string_equal(page.data[0].id.s, suite_id(1001).s);
    mem_free(page.data);
    ASSERT_OK(t->s->camera_get(t->s, &owner, &pending, SUITE_T0 + SUITE_TTL_MS - 1, &got));
    ASSERT_ERR(ERR_NOT_FOUND, t->s->camera_get(t->s, &owner, &pending, SUITE_T0 + SUITE_TTL_MS, &got));
}

static void test_pages_show_each_once_while_some_are_added(void **state)
{
    struct suite *t = *state;
    enum { FIRST = 20, PAGE = 3, LAST = 100 };
    for (unsigned n = 2; n <= FIRST; n++) {
        struct camera c = suite_camera(n, 1);
        c.created_ms = SUITE_T0 + n / 4; /* several at the same moment, also across the edge of a page */
        ASSERT_OK(t->s->camera_create(t->s, &c));
    }
    unsigned seen[LAST] = {0}, added = FIRST;
    char cursor[sizeof((struct camera_page *)0)->next_cursor] = "";
    int64_t before = 0;
    do {
        struct camera_page page = list(t->s, 1, PAGE, cursor, 0);
        for (size_t i = 0; i < page.count; i++) {
            size_t n = strtoul(page.data[i].id.s, NULL, 16) - 1000;
            assert_true(n < LAST && page.data[i].created_ms >= before);
            before = page.data[i].created_ms;
            seen[n]++;
        }
        memcpy(cursor, page.next_cursor, sizeof cursor);
        mem_free(page.data);
        if (added < FIRST + 5)
            suite_add_camera(t->s, ++added, 1);
    } while (cursor[0]);
    for (unsigned n = 1; n <= added; n++)
        assert_int_equal(seen[n], 1);
}

static void test_the_last_full_page_has_no_cursor(void **state)
{
    struct suite *t = *state;
    suite_add_camera(t->s, 2, 1);
    struct camera_page page = list(t->s, 1, 2, NULL, 0);
    assert_int_equal(page.count, 2);
    assert_string_equal(page.next_cursor, "");
    mem_free(page.data);
}

static void test_crooked_pages_are_refused(void **state)
{
    struct suite *t = *state;
    const char *const crooked[] = {"x",
                                   "0000018bcfe56800",
                                   "0000018bcfe56800 00000000000000000000001",
                                   "ffffffffffffffff000000000000000000000001",
                                   "' OR 1=1 --                             ",
                                   "0000018BCFE56800000000000000000000000001"};
    struct id owner = suite_id(1);
    struct camera_page page = {.count = 42};
    for (size_t i = 0; i < sizeof crooked / sizeof *crooked; i++) {
        struct store_camera_filter f = {.now_ms = SUITE_T0, .limit = 1, .cursor = crooked[i]};
        ASSERT_ERR(ERR_INVALID, t->s->camera_list(t->s, &owner, &f, &page));
    }
    struct store_camera_filter none = {.now_ms = SUITE_T0, .limit = 0},
                               many = {.now_ms = SUITE_T0, .limit = 201};
    ASSERT_ERR(ERR_INVALID, t->s->camera_list(t->s, &owner, &none, &page));
    ASSERT_ERR(ERR_INVALID, t->s->camera_list(t->s, &owner, &many, &page));
    assert_int_equal(page.count, 42);
}

static void test_memory_runs_out(void **state)
{
    struct suite *t = *state;
    struct id owner = suite_id(1);
    struct store_camera_filter f = {.now_ms = SUITE_T0, .limit = 10};
    struct camera_page page = {.count = 42};
    mem_fail_after(0, 0);
    enum err e = t->s->camera_list(t->s, &owner, &f, &page);
    mem_fail_after(-1, 0);
    ASSERT_ERR(ERR_NO_MEMORY, e);
    assert_int_equal(page.count, 42);
    page = list(t->s, 1, 10, NULL, 0);
    assert_int_equal(page.count, 1);
    mem_free(page.data);
}

static void test_answers_pings(void **state)
{
    struct suite *t = *state;
    ASSERT_OK(t->s->ping(t->s));
}

int suite_cameras(void)
{
    const struct CMUnitTest cameras[] = {
        CASE(test_connects),
        CASE(test_only_the_first_frame_counts),
        CASE(test_heard_from),
        CASE(test_seen_by_its_owner_only),
        CASE(test_found_by_its_label),
        CASE(test_deleted_by_its_owner_only),
        CASE(test_an_onboarding_is_deleted_while_it_lasts),
        CASE(test_a_device_for_its_owner),
        CASE(test_lists_own_ones_oldest_first),
        CASE(test_expired_pending_ones_leave),
        CASE(test_pages_show_each_once_while_some_are_added),
        CASE(test_the_last_full_page_has_no_cursor),
        CASE(test_crooked_pages_are_refused),
        CASE(test_memory_runs_out),
        CASE(test_answers_pings),
    };
    return cmocka_run_group_tests(cameras, NULL, NULL);
}
