#include "support/check.h"

#include <string.h>

#include "auth/ticket.h"
#include "core/mem.h"
#include "support/fake_clock.h"

static const struct id ada = {"0123456789abcdef01234567"}, door = {"fedcba987654321000000001"};

struct rig {
    struct fake_clock clock;
    struct token_keys *keys;
    struct tickets *tickets;
};

static int setup(void **state)
{
    struct rig *r = mem_zalloc(sizeof *r);
    fake_clock_init(&r->clock, 1700000000000);
    assert_int_equal(
        token_keys_create(&r->keys, SPAN_LIT("0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdef")), ERR_OK);
    assert_int_equal(tickets_create(&r->tickets, r->keys, &r->clock.clock), ERR_OK);
    *state = r;
    return 0;
}

static int teardown(void **state)
{
    struct rig *r = *state;
    tickets_free(r->tickets);
    token_keys_free(r->keys);
    mem_free(r);
    return 0;
}

static void make(struct rig *r, enum ticket_purpose purpose, int64_t ttl_ms, char out[TICKET_TEXT])
{
    const struct ticket t = {purpose, ada, door, clock_wall_ms(&r->clock.clock) + ttl_ms};
    tickets_make(r->tickets, &t, out);
}

static void test_opens_its_one_thing(void **state)
{
    struct rig *r = *state;
    char text[TICKET_TEXT];
    struct ticket t;
    make(r, TICKET_STREAM, 5000, text);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tickets_read(r->tickets, span_of(text), TICKET_STREAM, &t), ERR_OK);
        assert_true(id_eq(&t.user_id, &ada) && id_eq(&t.device_id, &door));
    }
    assert_int_equal(tickets_read(r->tickets, span_of(text), TICKET_SNAPSHOT, &t), ERR_UNAUTHENTICATED);
    assert_int_equal(tickets_read(r->tickets, span_of(text), TICKET_WS, &t), ERR_UNAUTHENTICATED);
    fake_clock_advance_ms(&r->clock, 5000);
    assert_int_equal(tickets_read(r->tickets, span_of(text), TICKET_STREAM, &t), ERR_UNAUTHENTICATED);
}

/* Not one character may differ. */
static void test_forged(void **state)
{
    struct rig *r = *state;
    char text[TICKET_TEXT], forged[TICKET_TEXT];
    struct ticket t;
    make(r, TICKET_SNAPSHOT, 5000, text);
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++) {
        memcpy(forged, text, len);
        forged[i] = forged[i] == 'A' ? 'B' : 'A';
        assert_int_equal(tickets_read(r->tickets, (struct span){forged, len}, TICKET_SNAPSHOT, &t),
                         ERR_UNAUTHENTICATED);
        assert_int_equal(tickets_read(r->tickets, (struct span){text, i}, TICKET_SNAPSHOT, &t),
                         ERR_UNAUTHENTICATED);
    }
}

static void test_ws_once(void **state)
{
    struct rig *r = *state;
    char text[TICKET_TEXT], other[TICKET_TEXT];
    struct ticket t;
    make(r, TICKET_WS, 30000, text);
    make(r, TICKET_WS, 30000, other);
    assert_int_equal(tickets_read(r->tickets, span_of(text), TICKET_WS, &t), ERR_OK);
    assert_int_equal(tickets_read(r->tickets, span_of(text), TICKET_WS, &t), ERR_UNAUTHENTICATED);
    assert_int_equal(tickets_read(r->tickets, span_of(other), TICKET_WS, &t), ERR_OK);
    make(r, TICKET_WS, 30000, text);
    tickets_free(r->tickets); /* what was spent before a restart is not known after it */
    assert_int_equal(tickets_create(&r->tickets, r->keys, &r->clock.clock), ERR_OK);
    assert_int_equal(tickets_read(r->tickets, span_of(text), TICKET_WS, &t), ERR_UNAUTHENTICATED);
    make(r, TICKET_STREAM, 30000, text);
    tickets_free(r->tickets);
    assert_int_equal(tickets_create(&r->tickets, r->keys, &r->clock.clock), ERR_OK);
    assert_int_equal(tickets_read(r->tickets, span_of(text), TICKET_STREAM, &t), ERR_OK);
}

static void test_spent_ones_are_bounded(void **state)
{
    struct rig *r = *state;
    char text[TICKET_TEXT];
    struct ticket t;
    enum { MOST = 65536 };
    for (int i = 0; i < MOST; i++) {
        make(r, TICKET_WS, 30000, text);
        assert_int_equal(tickets_read(r->tickets, span_of(text), TICKET_WS, &t), ERR_OK);
    }
    make(r, TICKET_WS, 30000, text);
    assert_int_equal(tickets_read(r->tickets, span_of(text), TICKET_WS, &t), ERR_BUSY);
    fake_clock_advance_ms(&r->clock, 30000);
    make(r, TICKET_WS, 30000, text);
    assert_int_equal(tickets_read(r->tickets, span_of(text), TICKET_WS, &t), ERR_OK);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_opens_its_one_thing),
        CASE(test_forged),
        CASE(test_ws_once),
        CASE(test_spent_ones_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
