/* The camera that is meant when none is named: among many pages of cameras, with a store that counts them. */
#include "cameras/only_camera.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "support/check.h"

enum { MANY = 650, ENDLESS = 1000000, NOW_MS = 1000000 };

static const struct id user = {"0000000000000000000000aa"};

struct fixture {
    struct store store; /* first */
    int cameras, pages; /* how many there are; pages asked for */
    enum err err;       /* of the page after the first */
    struct presence *presence;
};

static struct id id_of(int i)
{
    struct id id;
    (void)snprintf(id.s, sizeof id.s, "%024x", (unsigned)i);
    return id;
}

static enum err list(struct store *s, const struct id *who, const struct store_camera_filter *f,
                     struct camera_page *out)
{
    struct fixture *x = (struct fixture *)s;
    int from = *f->cursor ? (int)strtol(f->cursor, NULL, 10) : 0, limit = (int)f->limit;
    assert_true(id_eq(who, &user) && limit >= 1 && limit <= 200);
    assert_int_equal(f->now_ms, NOW_MS);
    if (x->pages++ && x->err)
        return x->err;
    int count = x->cameras - from < limit ? x->cameras - from : limit;
    *out = (struct camera_page){.data = mem_zalloc(((size_t)count + 1) * sizeof *out->data),
                                .count = (size_t)count};
    assert_non_null(out->data);
    for (int i = 0; i < count; i++)
        out->data[i].id = id_of(from + i);
    if (from + count < x->cameras)
        (void)snprintf(out->next_cursor, sizeof out->next_cursor, "%d", from + count);
    return ERR_OK;
}

static int setup(void **state)
{
    struct fixture *f = mem_zalloc(sizeof *f);
    f->store.camera_list = list;
    assert_int_equal(presence_create(&f->presence, clock_system()), ERR_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    presence_free(f->presence);
    mem_free(f);
    return 0;
}

static void come_online(struct fixture *f, int i)
{
    struct id id = id_of(i);
    assert_true(presence_online(f->presence, &id, 1));
}

/* Holds an answer to what it must be; wanted < 0: none. */
static void expect(struct fixture *f, enum err err, int wanted)
{
    const struct id untouched = {"never written"};
    struct id want = wanted < 0 ? untouched : id_of(wanted), found = untouched;
    f->pages = 0;
    assert_int_equal(only_camera_find(&f->store, f->presence, &user, NOW_MS, &found), err);
    assert_string_equal(found.s, want.s);
}

static void none_is_online(void **state)
{
    struct fixture *f = *state;
    expect(f, ERR_CAMERA_OFFLINE, -1);
    f->cameras = MANY;
    come_online(f, MANY); /* somebody else's */
    expect(f, ERR_CAMERA_OFFLINE, -1);
}

static void one_is_found_on_any_page(void **state)
{
    struct fixture *f = *state;
    for (f->cameras = 1; f->cameras <= MANY; f->cameras += 199) { /* about the edges of pages */
        struct id last = id_of(f->cameras - 1);
        come_online(f, f->cameras - 1);
        expect(f, ERR_OK, f->cameras - 1);
        presence_forget(f->presence, &last);
    }
}

static void two_are_too_many_and_end_the_search(void **state)
{
    struct fixture *f = *state;
    f->cameras = MANY;
    come_online(f, 3);
    come_online(f, 4);
    expect(f, ERR_INVALID, -1);
    assert_int_equal(f->pages, 1);
    struct id second = id_of(4);
    presence_offline(f->presence, &second, 1, NULL);
    expect(f, ERR_OK, 3);
    come_online(f, MANY - 1); /* pages apart, and the very last */
    expect(f, ERR_INVALID, -1);
}

static void the_search_is_bounded(void **state)
{
    struct fixture *f = *state;
    f->cameras = ENDLESS;
    come_online(f, 3);
    expect(f, ERR_INVALID, -1);
    assert_true(f->pages <= 50);
}

static void what_the_store_says_is_passed_on(void **state)
{
    struct fixture *f = *state;
    f->cameras = MANY;
    f->err = ERR_UNAVAILABLE;
    come_online(f, 3);
    expect(f, ERR_UNAVAILABLE, -1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(none_is_online),
        CASE(one_is_found_on_any_page),
        CASE(two_are_too_many_and_end_the_search),
        CASE(the_search_is_bounded),
        CASE(what_the_store_says_is_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
