/* The relay on real sockets: how each of them ends, and what a peer may not do. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "live.h"
#include "support/check.h"

static bool says(struct ws_client *w, const char *needle)
{
    return ws_client_find(w, needle, SOON);
}

static void test_a_newer_connection_replaces(void **state)
{
    struct live l;
    struct ws_client old, camera, viewer;
    uint8_t jpeg[200];
    (void)state;
    live_start(&l, NULL);
    live_device_open(&l, &old, 1);
    live_user_open(&l, &viewer, 1);
    live_watch(&viewer, 1, "");
    assert_true(says(&viewer, "client_count"));
    live_device_open(&l, &camera, 1);
    assert_int_equal(ws_client_close_code(&old, SOON), 4409);
    ws_client_fini(&old);
    assert_true(says(&camera, "\"type\":\"start\""));
    live_jpeg(jpeg, sizeof jpeg, 1);
    assert_true(ws_client_binary(&camera, jpeg, sizeof jpeg));
    assert_int_equal(ws_client_next(&viewer, SOON), WS_BINARY); /* it never went offline for the viewer */
    assert_int_equal(live_count(&l, "offline"), 0);
    assert_int_equal(live_count(&l, "online"), 2);
    ws_client_fini(&camera);
    assert_true(live_told(&l, "offline"));
    assert_int_equal(live_count(&l, "offline"), 1);
    ws_client_fini(&viewer);
    live_stop(&l);
}

static void test_a_device_is_removed(void **state)
{
    struct live l;
    struct ws_client camera, viewer, raw;
    (void)state;
    live_start(&l, NULL);
    live_device_open(&l, &camera, 1);
    live_user_open(&l, &viewer, 1);
    live_user_open(&l, &raw, 1);
    live_watch(&viewer, 1, "");
    live_watch(&raw, 1, ",\"framing\":\"raw\"");
    relay_device_removed(l.relay, &live_device[1]);
    assert_int_equal(ws_client_close_code(&camera, SOON), 4410);
    assert_true(says(&viewer, "\"code\":\"removed\""));
    assert_non_null(strstr((char *)viewer.message, "\"device_id\":\"dddddddddddddddddddddd01\""));
    assert_int_equal(ws_client_close_code(&raw, SOON), 4410);
    live_watch(&viewer, 2, ""); /* the socket stays for the others */
    ws_client_fini(&camera);
    ws_client_fini(&raw);

    ws_client_fini(&viewer);
    live_stop(&l);
}

/* A key change closes sockets by other keys: for good those judged before it began, while one judged since
 * may have come by a key that is newer still. */
static void test_a_device_gets_another_key(void **state)
{
    struct live l;
    struct ws_client camera;
    struct relay_grant grant = live_device_grant(1);
    (void)state;
    live_start(&l, NULL);
    grant.key = 8;
    grant.judged_us = clock_system()->mono_us(clock_system());
    live_open(&l, &camera, grant);
    assert_true(says(&camera, "registered"));
    relay_device_key_changed(l.relay, &live_device[1], 8, grant.judged_us + 1); /* told late */
    relay_device_key_changed(l.relay, &live_device[2], 9, grant.judged_us + 1);
    assert_true(ws_client_text(&camera, "{\"type\":\"ping\"}"));
    assert_true(says(&camera, "pong"));
    relay_device_key_changed(l.relay, &live_device[1], 7,
                             grant.judged_us); /* a change before it, told later */
    assert_int_equal(ws_client_close_code(&camera, SOON), 1012);
    ws_client_fini(&camera);
    grant.judged_us = clock_system()->mono_us(clock_system());
    live_open(&l, &camera, grant);
    assert_true(says(&camera, "registered"));
    relay_device_key_changed(l.relay, &live_device[1], 9, grant.judged_us + 1);
    assert_int_equal(ws_client_close_code(&camera, SOON), 4401);
    ws_client_fini(&camera);
    live_stop(&l);
}

static void test_rights_and_sessions_end(void **state)
{
    struct live l;
    struct ws_client one, raw, other;
    (void)state;
    live_start(&l, NULL);
    live_user_open(&l, &one, 1);
    live_user_open(&l, &raw, 1);
    live_user_open(&l, &other, 2);
    live_watch(&one, 1, "");
    live_watch(&raw, 1, ",\"framing\":\"raw\"");
    live_watch(&other, 1, "");
    relay_right_ended(l.relay, &live_user[1], &live_device[1]);
    assert_true(says(&one, "\"code\":\"forbidden\""));
    assert_int_equal(ws_client_close_code(&raw, SOON), 4403);
    assert_true(says(&other, "\"count\":1"));
    ws_client_fini(&raw);

    relay_session_ended(l.relay, &live_user[1], NULL, &live_session[1]); /* all but the one kept */
    assert_true(ws_client_text(&one, "{\"type\":\"ping\"}"));
    assert_true(says(&one, "pong"));
    relay_session_ended(l.relay, &live_user[1], &live_session[1], NULL);
    assert_int_equal(ws_client_close_code(&one, SOON), 4401);
    relay_session_ended(l.relay, &live_user[2], NULL, NULL);
    assert_int_equal(ws_client_close_code(&other, SOON), 4401);
    ws_client_fini(&one);
    ws_client_fini(&other);
    live_stop(&l);
}

/* An answer that was on its way when the right ended is worth nothing. */
static void test_a_right_ends_before_the_answer(void **state)
{
    struct live l;
    struct ws_client w;
    (void)state;
    live_start(&l, NULL);
    live_user_open(&l, &w, 1);
    l.hold_answers = true;
    assert_true(ws_client_text(&w, "{\"type\":\"watch\",\"device_id\":\"%s\"}", live_device[1].s));
    assert_true(live_wait_held(&l));
    relay_right_ended(l.relay, &live_user[1], &live_device[1]);
    relay_answer_watch(l.relay, l.held, ERR_OK);
    assert_true(says(&w, "\"code\":\"rate_limited\"")); /* asked again, it hears for certain */
    /* an answer to nothing, and one that comes after the connection */
    relay_answer_watch(l.relay, l.held, ERR_OK);
    assert_true(ws_client_text(&w, "{\"type\":\"watch\",\"device_id\":\"%s\"}", live_device[2].s));
    assert_true(live_wait_held(&l));
    struct relay_ref late = l.held;
    ws_client_fini(&w);
    relay_answer_watch(l.relay, late, ERR_OK);
    l.hold_answers = false;
    live_user_open(&l, &w, 1);
    ws_client_fini(&w);
    live_stop(&l);
}

/* Judged, then ended, then adopted: the end was told before there was a socket to close. */
static void test_a_session_ends_before_the_socket_comes(void **state)
{
    struct live l;
    struct ws_client late, again;
    live_start(&l, NULL);
    struct relay_grant grant = live_user_grant(1);
    const struct clock *clock = clock_system();
    grant.judged_us = clock->mono_us(clock);
    relay_session_ended(l.relay, &live_user[1], &live_session[1], NULL);
    live_open(&l, &late, grant);
    assert_int_equal(ws_client_close_code(&late, SOON), 1012);
    grant.judged_us = clock->mono_us(clock) + 1;
    live_open(&l, &again, grant);
    assert_true(ws_client_find(&again, "\"type\":\"registered\"", SOON));
    ws_client_fini(&late);
    ws_client_fini(&again);
    live_stop(&l);
}

static void test_too_large(void **state)
{
    struct live l;
    struct ws_client w;
    const struct relay_config config = {.max_frame_bytes = 100000};
    char *big = malloc(110000);
    (void)state;
    memset(big, ' ', 110000);
    live_start(&l, &config);

    live_device_open(&l, &w, 1);
    (void)ws_client_binary(&w, big, 100025);
    assert_int_equal(ws_client_close_code(&w, SOON), 4413);
    ws_client_fini(&w);
    live_device_open(&l, &w, 1); /* a length that is only said */
    assert_true(ws_client_raw(&w, "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0x", 15));
    assert_int_equal(ws_client_close_code(&w, SOON), 4413);
    ws_client_fini(&w);
    live_device_open(&l, &w, 1); /* fragments without end */
    assert_true(ws_client_frame(&w, WS_BINARY, false, big, 50000));
    (void)ws_client_frame(&w, 0, false, big, 50000);
    (void)ws_client_frame(&w, 0, false, big, 50000);
    assert_int_equal(ws_client_close_code(&w, SOON), 4413);
    ws_client_fini(&w);

    live_user_open(&l, &w, 1);
    (void)ws_client_frame(&w, WS_TEXT, true, big, 65537);
    assert_int_equal(ws_client_close_code(&w, SOON), 4413);
    ws_client_fini(&w);
    live_user_open(&l, &w, 1);
    memcpy(big, "{\"type\":\"ping\"", 14);
    big[65535] = '}';
    assert_true(ws_client_frame(&w, WS_TEXT, true, big, 65536));
    assert_true(says(&w, "pong"));
    ws_client_fini(&w);
    live_stop(&l);
    free(big);
}

static void test_protocol_errors(void **state)
{
    struct live l;
    struct ws_client w;
    static const struct {
        const char *wire;
        size_t len;
        int code;
    } cases[] = {
        {"\x83\x80\0\0\0\0", 6, 1002},              /* opcode 3 */
        {"\xc1\x80\0\0\0\0", 6, 1002},              /* RSV1 without an extension */
        {"\x80\x80\0\0\0\0", 6, 1002},              /* continues nothing */
        {"\x81\x82\0\0\0\0\xc3\x28", 8, 1007},      /* not UTF-8 */
        {"\x81\x85\0\0\0\0hello", 11, 4400},        /* not JSON */
        {"\x81\x82\0\0\0\0[]", 8, 4400},            /* no object */
        {"\x81\x8a\0\0\0\0{\"type\":1}", 16, 4400}, /* type is no string */
        {"\x81\x80\0\0\0\0", 6, 4400},              /* nothing */
        {"\x82\x81\0\0\0\0x", 7, 4400},             /* pictures come from cameras */
    };
    (void)state;
    live_start(&l, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        live_user_open(&l, &w, 1);
        assert_true(ws_client_raw(&w, cases[i].wire, cases[i].len));
        assert_int_equal(ws_client_close_code(&w, SOON), cases[i].code);
        ws_client_fini(&w);
    }
    live_user_open(&l, &w, 1); /* a close is answered */
    assert_true(ws_client_frame(&w, WS_CLOSE, true, "\x03\xe8", 2));
    assert_int_equal(ws_client_close_code(&w, SOON), 1000);
    ws_client_fini(&w);
    live_stop(&l);
}

static void test_too_fast(void **state)
{
    struct live l;
    struct ws_client w;
    (void)state;
    live_start(&l, NULL);
    live_user_open(&l, &w, 1);
    for (int i = 0; i < 400; i++)
        if (!ws_client_text(&w, "{\"type\":\"ping\"}"))
            break;
    assert_int_equal(ws_client_close_code(&w, SOON), 4429);
    ws_client_fini(&w);
    live_stop(&l);
}

static void test_drain(void **state)
{
    struct live l;
    struct ws_client camera, viewer, late;
    int client, server;
    (void)state;
    live_start(&l, NULL);
    live_device_open(&l, &camera, 1);
    live_user_open(&l, &viewer, 1);
    live_watch(&viewer, 1, "");
    live_user_open(&l, &late, 1);
    relay_drain(l.relay, 3000, 0); /* does not wait; they read below */
    assert_true(says(&camera, "{\"type\":\"goaway\",\"reconnect_after_ms\":"));
    assert_int_equal(ws_client_close_code(&camera, SOON), 1012);
    assert_true(says(&viewer, "goaway"));
    assert_int_equal(ws_client_close_code(&viewer, SOON), 1012);
    ws_client_fini(&camera);
    ws_client_fini(&viewer);
    live_pair(&client, &server);
    struct relay_socket s = {.fd = server, .grant = live_user_grant(1)};
    assert_int_equal(relay_adopt(l.relay, &s), ERR_BUSY);
    assert_int_equal(fcntl(server, F_GETFD) >= 0, 1); /* still ours */
    close(server);
    close(client);
    relay_drain(l.relay, 0, SOON); /* the last one does not answer the close: it is ended all the same */
    ws_client_fini(&late);
    live_stop(&l);
}

static void test_full(void **state)
{
    struct live l;
    struct ws_client w;
    int client, server;
    const struct relay_config config = {.max_connections = 1};
    (void)state;
    live_start(&l, &config);
    live_user_open(&l, &w, 1);
    live_pair(&client, &server);
    struct relay_socket s = {.fd = server, .grant = live_user_grant(1)};
    assert_int_equal(relay_adopt(l.relay, &s), ERR_BUSY);
    close(server);
    close(client);
    ws_client_fini(&w);
    live_stop(&l);
}

/* The end of a right cannot be told for want of memory: all have to come again, nobody goes on seeing. */
static void test_an_end_that_cannot_be_told(void **state)
{
    struct live l;
    struct ws_client w;
    (void)state;
    live_start(&l, NULL);
    live_user_open(&l, &w, 1);
    live_watch(&w, 1, "");
    assert_true(says(&w, "client_count"));
    mem_fail_after(0, 0);
    relay_right_ended(l.relay, &live_user[1], &live_device[1]);
    mem_fail_after(-1, 0);
    assert_int_equal(ws_client_close_code(&w, SOON), 1012);
    ws_client_fini(&w);
    live_stop(&l);
}

/* Connections of every kind are open when it stops. */
static void test_stop_at_work(void **state)
{
    struct live l;
    struct ws_client camera, viewer, nobody;
    (void)state;
    live_start(&l, NULL);
    live_device_open(&l, &camera, 1);
    live_user_open(&l, &viewer, 1);
    live_watch(&viewer, 1, "");
    live_open(&l, &nobody, (struct relay_grant){.role = RELAY_NOBODY});
    l.hold_answers = true;
    assert_true(ws_client_text(&viewer, "{\"type\":\"watch\",\"device_id\":\"%s\"}", live_device[2].s));
    assert_true(live_wait_held(&l));
    relay_stop(l.relay);
    relay_answer_watch(l.relay, l.held, ERR_OK);
    assert_int_equal(live_count(&l, "offline dddddddddddddddddddddd01 0"), 1);
    ws_client_fini(&camera);
    ws_client_fini(&viewer);
    ws_client_fini(&nobody);
    live_stop(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_newer_connection_replaces),
        cmocka_unit_test(test_a_device_is_removed),
        cmocka_unit_test(test_a_device_gets_another_key),
        cmocka_unit_test(test_rights_and_sessions_end),
        cmocka_unit_test(test_a_right_ends_before_the_answer),
        cmocka_unit_test(test_a_session_ends_before_the_socket_comes),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_protocol_errors),
        cmocka_unit_test(test_too_fast),
        cmocka_unit_test(test_drain),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_an_end_that_cannot_be_told),
        cmocka_unit_test(test_stop_at_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
