/* Which camera a user means who names none, over a list of several pages. */
#include "cameras/one_online.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "support/check.h"

enum { CAMERAS = 500 };

static struct presence *presence;
static bool fails;

static struct id camera(int i)
{
    struct id id;
    (void)snprintf(id.s, sizeof id.s, "%024d", i);
    return id;
}

/* The cursor is the number of the next. */
static enum err list(struct store *s, const struct id *user, const struct store_camera_filter *f,
                     struct camera_page *out)
{
    int next = f->cursor[0] ? (int)strtol(f->cursor, NULL, 10) : 0;
    if (fails)
        return ERR_UNAVAILABLE;
    *out = (struct camera_page){.data = mem_zalloc(f->limit * sizeof *out->data)};
    assert_non_null(out->data);
    while (out->count < f->limit && next < CAMERAS)
        out->data[out->count++].id = camera(next++);
    if (next < CAMERAS)
        (void)snprintf(out->next_cursor, sizeof out->next_cursor, "%d", next);
    return ERR_OK;
}

static enum err find(struct id *out)
{
    struct store store = {.camera_list = list};
    const struct id user = {"aaaaaaaaaaaaaaaaaaaaaa01"};
    return one_online_find(&store, presence, &user, 0, out);
}

static void online(int i)
{
    const struct id id = camera(i);
    (void)presence_online(presence, &id, 1);
}

static int setup(void **state)
{
    fails = false;
    return presence_create(&presence, clock_system());
}

static int teardown(void **state)
{
    presence_free(presence);
    return 0;
}

static void test_none_one_several(void **state)
{
    struct id found, last = camera(CAMERAS - 1);
    online(CAMERAS + 1); /* somebody else's */
    assert_int_equal(find(&found), ERR_CAMERA_OFFLINE);
    online(CAMERAS - 1);
    assert_int_equal(find(&found), ERR_OK);
    assert_true(id_eq(&found, &last));
    online(0);
    assert_int_equal(find(&found), ERR_CONFLICT);
    presence_offline(presence, &last, 1, NULL);
    assert_int_equal(find(&found), ERR_OK);
    assert_true(id_eq(&found, &(struct id){"000000000000000000000000"}));
}

static void test_a_store_that_fails(void **state)
{
    struct id found;
    fails = true;
    assert_int_equal(find(&found), ERR_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_none_one_several, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_store_that_fails, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
