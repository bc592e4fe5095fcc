/* What those who speak another dialect than /ws get, with time, room and memory in our hands. */
#include <string.h>

#include "core/mem.h"
#include "relay/dialect.h"
#include "relay/message.h"
#include "rules.h"
#include "support/check.h"

static const struct relay_grant user = {.role = RELAY_USER, .user_id = {"aaaaaaaaaaaaaaaaaaaaaa01"}};
static const struct relay_target any_camera = {.dialect = RELAY_WS_STREAM, .fps = 10};
static const char away[] = "Camera not connected";

static struct relay_target the_camera(enum relay_dialect dialect)
{
    return (struct relay_target){.dialect = dialect, .named = true, .device = the_device, .fps = 10};
}

static struct wire *open_dialect(int i, const struct relay_target *target, struct relay_grant grant)
{
    hub.sockets++;
    assert_int_equal(conn_create(&wires[i].conn, &hub, &grant, "192.0.2.1"), ERR_OK);
    wires[i].conn->wire = &wires[i];
    assert_int_equal(dialect_speak(wires[i].conn, target), ERR_OK);
    conn_open(wires[i].conn);
    return &wires[i];
}

/* A viewer of the_device on WS_STREAM who may see it. */
static struct wire *open_stream(int i)
{
    const struct relay_target target = the_camera(RELAY_WS_STREAM);
    struct wire *w = open_dialect(i, &target, user);
    message_answer_watch(&hub, told.asked, ERR_OK);
    return w;
}

static bool is_picture(const struct wire *w)
{
    static const char data_url[] = "data:image/jpeg;base64,";
    return strncmp(w->text, data_url, sizeof data_url - 1) == 0;
}

static void test_nothing_of_ws_is_said(void **state)
{
    struct wire *viewer = open_stream(1);
    struct wire *camera = open_camera(0), *other = open_user(2);
    assert_int_equal(viewer->texts, 1);
    assert_string_equal(viewer->text, away);
    watch(other, ""); /* client_count */
    say(camera, "{\"type\":\"telemetry\",\"rssi\":-50}");
    say(viewer, "{\"type\":\"ping\"}");
    say(viewer, "nonsense");
    pass(1000);
    hub_drain(&hub, 0);
    pass(0);
    assert_int_equal(viewer->texts, 1);
    assert_int_equal(viewer->closed, 1012);
}

static void test_the_newest_wins(void **state)
{
    struct wire *camera = open_camera(0), *viewer = open_stream(1), *fast = open_user(2);
    watch(fast, "");
    picture(camera);
    assert_true(viewer->texts == 1 && is_picture(viewer));
    viewer->busy = true;
    for (int i = 0; i < 10; i++) {
        pass(100);
        picture(camera);
    }
    assert_int_equal(viewer->texts, 1);
    assert_int_equal(viewer->conn->out_bytes, 0);
    drained(viewer);
    assert_int_equal(viewer->texts, 2);
    drained(viewer);
    assert_int_equal(viewer->texts, 2);
    assert_int_equal(fast->pictures, 11);
}

static void test_ten_a_second(void **state)
{
    struct wire *camera = open_camera(0), *viewer = open_stream(1);
    for (int i = 0; i < 300; i++) { /* 30 a second for 10 s */
        picture(camera);
        pass(i % 3 ? 33 : 34);
    }
    assert_in_range(viewer->texts, 100, 101);
}

static void test_a_camera_that_is_away(void **state)
{
    struct wire *viewer = open_stream(1);
    assert_int_equal(viewer->texts, 1);
    pass(999);
    assert_int_equal(viewer->texts, 1);
    for (int i = 2; i < 5; i++) {
        pass(i == 2 ? 1 : 1000);
        assert_true(viewer->texts == i && strcmp(viewer->text, away) == 0);
    }
    viewer->busy = true; /* what he does not read does not pile up */
    pass(1000);
    pass(1000);
    assert_int_equal(viewer->conn->out_bytes, 0);
    drained(viewer);
    struct wire *camera = open_camera(0);
    pass(1000);
    assert_int_equal(viewer->texts, 4);
    picture(camera);
    assert_true(viewer->texts == 5 && is_picture(viewer));
    say(camera, "{\"type\":\"goodbye\"}");
    pass(1000);
    assert_true(viewer->texts == 6 && strcmp(viewer->text, away) == 0);
}

static void test_the_one_that_is_online(void **state)
{
    struct wire *viewer = open_dialect(1, &any_camera, user);
    message_answer_device(&hub, told.asked, ERR_CAMERA_OFFLINE, NULL);
    assert_string_equal(viewer->text, away);
    pass(1000);
    pass(1000);
    assert_int_equal(viewer->texts, 3);
    assert_int_equal(told.questions, 1); /* nothing has changed, the store is left in peace */
    struct wire *camera = open_camera(0);
    pass(1000);
    assert_int_equal(told.questions, 2);
    pass(1000);
    assert_int_equal(told.questions, 2); /* the answer takes its time */
    message_answer_device(&hub, told.asked, ERR_OK, &the_device);
    picture(camera);
    assert_true(is_picture(viewer));

    struct wire *torn = open_dialect(2, &any_camera, user);
    message_answer_device(&hub, told.asked, ERR_INVALID, NULL);
    pass(0);
    assert_int_equal(torn->closed, 4400);

    struct relay_grant ticket = user;
    ticket.device_id = the_device;
    struct wire *holder = open_dialect(3, &any_camera, ticket);
    message_answer_watch(&hub, told.asked, ERR_OK);
    assert_true(is_picture(holder));
}

static void test_a_service_that_cannot_tell_is_asked_again(void **state)
{
    struct wire *viewer = open_dialect(1, &any_camera, user);
    for (int i = 1; i < 4; i++) {
        assert_int_equal(told.questions, i);
        message_answer_device(&hub, told.asked, ERR_BUSY, NULL);
        pass(1000);
    }
    message_answer_device(&hub, told.asked, ERR_OK, &the_device);
    (void)open_camera(0);
    picture(&wires[0]);
    assert_true(is_picture(viewer));
}

static void test_refusals(void **state)
{
    static const struct {
        enum err err;
        int code;
    } rows[] = {{ERR_NOT_FOUND, 4404}, {ERR_FORBIDDEN, 4403}};
    const struct relay_target target = the_camera(RELAY_WS_STREAM);
    for (int i = 0; i < 2; i++) {
        struct wire *w = open_dialect(i, &target, user);
        message_answer_watch(&hub, told.asked, rows[i].err);
        pass(0);
        assert_int_equal(w->closed, rows[i].code);
    }
    int questions = told.questions;
    const struct relay_target crooked = {.dialect = RELAY_WS_STREAM, .named = true};
    struct wire *w = open_dialect(2, &crooked, user);
    pass(0);
    assert_int_equal(w->closed, 4404);
    assert_int_equal(told.questions, questions);
}

static void test_sign_in_by_message(void **state)
{
    const struct relay_target target = the_camera(RELAY_WS_STREAM);
    const struct relay_grant nobody = {.role = RELAY_NOBODY};
    struct wire *late = open_dialect(1, &target, nobody), *bad = open_dialect(2, &target, nobody),
                *good = open_dialect(3, &target, nobody);
    say(bad, "nonsense");
    message_answer_grant(&hub, told.asked, ERR_UNAUTHENTICATED, NULL);
    say(good, "token");
    message_answer_grant(&hub, told.asked, ERR_OK, &user);
    message_answer_watch(&hub, told.asked, ERR_OK);
    assert_string_equal(good->text, away);
    pass(4999);
    assert_int_equal(late->closed, 0);
    pass(1);
    assert_true(late->closed == 4401 && late->texts == 0);
    assert_true(bad->closed == 4401 && bad->texts == 0);
    assert_int_equal(good->closed, 0);
}

static void test_rights_that_end(void **state)
{
    const struct relay_target go2rtc = the_camera(RELAY_GO2RTC);
    struct wire *stream = open_stream(1), *other = open_dialect(2, &go2rtc, user);
    say(other, "{\"type\":\"mjpeg\"}");
    message_answer_watch(&hub, told.asked, ERR_OK);
    const struct ended_entry right = {.what = ENDED_RIGHT, .user = the_user, .other = the_device};
    hub_ended(&hub, &right);
    pass(0);
    assert_int_equal(stream->closed, 4403);
    assert_int_equal(other->closed, 4403);

    struct relay_grant short_lived = user;
    short_lived.expires_ms = hub_wall_us(&hub) / 1000 + 700;
    struct wire *w = open_dialect(3, &any_camera, short_lived);
    message_answer_device(&hub, told.asked, ERR_CAMERA_OFFLINE, NULL);
    pass(700);
    pass(1);
    assert_int_equal(w->closed, 4401);
}

/* While it was asked, the right may have ended: it is asked again. */
static void test_a_right_that_ended_meanwhile(void **state)
{
    const struct relay_target target = the_camera(RELAY_WS_STREAM);
    struct wire *w = open_dialect(1, &target, user);
    const struct ended_entry right = {
        .what = ENDED_RIGHT, .user = the_user, .other = the_device, .at_us = hub_now_us(&hub)};
    hub_ended(&hub, &right);
    message_answer_watch(&hub, told.asked, ERR_OK);
    assert_null(w->conn->viewers);
    pass(1000);
    message_answer_watch(&hub, told.asked, ERR_NOT_FOUND);
    pass(0);
    assert_int_equal(w->closed, 4404);
}

static void test_go2rtc(void **state)
{
    const struct relay_target target = the_camera(RELAY_GO2RTC);
    struct wire *camera = open_camera(0), *w = open_dialect(1, &target, user);
    picture(camera);
    assert_int_equal(w->texts + w->pictures + told.questions, 0);
    say(w, "{\"type\":\"webrtc/offer\",\"value\":\"v=0\"}");
    assert_string_equal(w->text, "{\"type\":\"error\",\"value\":\"webrtc/offer: unknown type\"}");
    say(w, "{\"type\":\"mjpeg\"}");
    message_answer_watch(&hub, told.asked, ERR_UNAVAILABLE);
    assert_string_equal(w->text, "{\"type\":\"error\",\"value\":\"mjpeg: try again\"}");
    say(w, "{\"type\":\"mjpeg\"}");
    message_answer_watch(&hub, told.asked, ERR_OK);
    assert_string_equal(w->text, "{\"type\":\"mjpeg\"}");
    assert_int_equal(w->pictures, 1);
    int texts = w->texts;
    for (int i = 0; i < 30; i++) {
        pass(100);
        picture(camera);
    }
    assert_int_equal(w->pictures, 31);
    assert_int_equal(w->texts, texts);
    say(w, "mjpeg");
    pass(0);
    assert_int_equal(w->closed, 4400);
}

static void test_a_flood(void **state)
{
    struct wire *w = open_stream(1);
    for (int i = 0; i < CONN_BURST; i++)
        say(w, "x");
    pass(0);
    assert_int_equal(w->closed, 0);
    for (int i = 0; i <= CONN_BURST; i++)
        say(w, "x");
    pass(0);
    assert_int_equal(w->closed, 4429);
}

/* One stream from its beginning to a picture; false when the socket does not come about. */
static bool whole_way(struct wire *camera, struct wire *w)
{
    hub.sockets++;
    if (conn_create(&w->conn, &hub, &user, "192.0.2.1")) {
        hub.sockets--;
        w->conn = NULL;
        return false;
    }
    w->conn->wire = w;
    if (dialect_speak(w->conn, &any_camera))
        return false;
    conn_open(w->conn);
    message_answer_device(&hub, told.asked, ERR_OK, &the_device);
    picture(camera);
    pass(0);
    return true;
}

/* Each allocation fails in turn: it closes, or goes on. */
static void test_without_memory(void **state)
{
    for (int n = 0;; n++) {
        struct wire *camera = open_camera(0), *w = &wires[1];
        mem_fail_after(n, 0);
        bool came = whole_way(camera, w);
        bool failed = mem_failed();
        mem_fail_after(-1, 0);
        assert_true(!came || w->closed || camera->closed || is_picture(w));
        for (int i = 0; i < 2; i++)
            if (wires[i].conn)
                conn_free(wires[i].conn);
        memset(wires, 0, sizeof wires);
        assert_int_equal(hub.channels.count, 0);
        if (!failed)
            return;
    }
}

int main(void)
{
#define RULE(f) cmocka_unit_test_setup_teardown(f, rules_setup, rules_teardown)
    const struct CMUnitTest tests[] = {
        RULE(test_nothing_of_ws_is_said),
        RULE(test_the_newest_wins),
        RULE(test_ten_a_second),
        RULE(test_a_camera_that_is_away),
        RULE(test_the_one_that_is_online),
        RULE(test_a_service_that_cannot_tell_is_asked_again),
        RULE(test_refusals),
        RULE(test_sign_in_by_message),
        RULE(test_rights_that_end),
        RULE(test_a_right_that_ended_meanwhile),
        RULE(test_go2rtc),
        RULE(test_a_flood),
        RULE(test_without_memory),
    };
#undef RULE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
