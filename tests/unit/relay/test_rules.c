/* What the relay does with time, room, memory and who comes first; without sockets. */
#include <string.h>

#include "core/mem.h"
#include "relay/camera.h"
#include "relay/message.h"
#include "rules.h"
#include "support/check.h"

static void test_the_newest_wins(void **state)
{
    struct wire *camera = open_camera(0), *user = open_user(1);
    watch(user, "");
    picture(camera);
    assert_int_equal(user->frame.seq, 1);
    user->busy = true;
    picture(camera);
    assert_true(user->wanted);
    picture(camera);
    picture(camera);
    assert_int_equal(user->pictures, 1);
    drained(user);
    assert_int_equal(user->pictures, 2);
    assert_int_equal(user->frame.seq, 4);
    drained(user); /* a call for nothing writes nothing */
    assert_int_equal(user->pictures, 2);
    struct relay_stats s;
    figures_read(&hub.stats, &s);
    assert_int_equal(s.dropped_newer, 2);
    assert_int_equal(s.frames_out, 2);
}

static void test_an_old_frame_is_never_sent(void **state)
{
    struct wire *camera = open_camera(0), *user = open_user(1);
    watch(user, ",\"max_age_ms\":300");
    user->busy = true;
    picture(camera);
    pass(301);
    drained(user);
    assert_int_equal(user->pictures, 0);
    user->busy = true;
    picture(camera);
    pass(299);
    drained(user);
    assert_int_equal(user->frame.seq, 2);

    struct wire *late = open_user(2);
    watch(late, ",\"max_age_ms\":300");
    assert_int_equal(late->pictures, 1); /* the kept one, just young enough */
    struct wire *later = open_user(3);
    pass(2);
    watch(later, ",\"max_age_ms\":300");
    assert_int_equal(later->pictures, 0);
}

static void test_pacing(void **state)
{
    struct wire *camera = open_camera(0), *user = open_user(1), *all = open_user(2);
    watch(user, ",\"max_fps\":2.5");
    watch(all, "");
    for (int i = 0; i < 200; i++) { /* 20 a second for 10 s */
        picture(camera);
        pass(50);
    }
    assert_int_equal(all->pictures, 200);
    assert_in_range(user->pictures, 25, 26);

    /* the last of a burst is not lost: it comes when its time has */
    pass(1000);
    int before = user->pictures;
    picture(camera);
    picture(camera);
    picture(camera);
    assert_int_equal(user->pictures, before + 1);
    pass(401);
    assert_int_equal(user->pictures, before + 2);
    assert_int_equal(user->frame.seq, 203);
    pass(2000);
    assert_int_equal(user->pictures, before + 2);
}

static void test_start_stop_linger(void **state)
{
    struct wire *camera = open_camera(0), *user = open_user(1);
    watch(user, "");
    assert_string_equal(camera->text, "{\"type\":\"start\",\"fps\":15}");
    int texts = camera->texts;
    say(user, "{\"type\":\"unwatch\",\"device_id\":\"dddddddddddddddddddddd01\"}");
    assert_int_equal(told.viewers, 0);
    pass(1000);
    watch(user, ""); /* back in time: the camera notices nothing */
    pass(3000);
    assert_int_equal(camera->texts, texts);
    assert_int_equal(told.viewers, 1);
    say(user, "{\"type\":\"unwatch\",\"device_id\":\"dddddddddddddddddddddd01\"}");
    pass(1999);
    assert_int_equal(camera->texts, texts);
    pass(2);
    assert_string_equal(camera->text, "{\"type\":\"stop\"}");
    watch(user, ",\"max_fps\":60");
    assert_string_equal(camera->text, "{\"type\":\"start\",\"fps\":60}");
}

static void test_epochs(void **state)
{
    struct wire *old = open_camera(0);
    uint64_t first = told.epoch_on;
    struct wire *camera = open_camera(1);
    assert_true(told.epoch_on > first);
    picture(old); /* what it still sends is not heard */
    pass(0);
    assert_int_equal(old->closed, 4409);
    conn_free(old->conn);
    old->conn = NULL;
    assert_int_equal(told.offlines, 0);
    say(camera, "{\"type\":\"goodbye\"}");
    pass(0);
    assert_int_equal(told.offlines, 1);
    assert_true(told.epoch_off == told.epoch_on);
    assert_int_equal(told.off_why, RELAY_OFF_GOODBYE);
    assert_int_equal(camera->closed, 1000);
}

/* The service may be unable to keep it; each connection has a first frame of its own. */
static void test_a_first_frame_is_told_until_it_is_kept(void **state)
{
    struct wire *camera = open_camera(0);
    for (int i = 0; i < 12; i++) {
        assert_int_equal(told.first_frames, (i + 4) / 5);
        picture(camera);
        pass(1000);
    }
    camera_first_frame_kept(&hub, &the_device, told.epoch_on - 1); /* of a connection before */
    pass(3000);
    picture(camera);
    assert_int_equal(told.first_frames, 4);
    camera_first_frame_kept(&hub, &the_device, told.epoch_on);
    pass(5000);
    picture(camera);
    assert_int_equal(told.first_frames, 4);
    picture(open_camera(1));
    assert_int_equal(told.first_frames, 5);
    camera_first_frame_kept(&hub, &the_user, told.epoch_on); /* nobody */
}

/* The newer connection goes first, in the same turn in which it replaced the older. */
static void test_replaced_and_gone_at_once(void **state)
{
    struct wire *old = open_camera(0), *camera = open_camera(1);
    conn_free(camera->conn);
    camera->conn = NULL;
    assert_int_equal(told.offlines, 1);
    pass(0);
    conn_free(old->conn);
    old->conn = NULL;
    assert_int_equal(told.offlines, 1);
}

static void test_silence_and_late_registers(void **state)
{
    struct wire *user = open_user(0), *nobody = open_wire(1, (struct relay_grant){.role = RELAY_NOBODY});
    struct wire *asking = open_wire(2, (struct relay_grant){.role = RELAY_NOBODY});
    say(asking, "{\"type\":\"register\",\"token\":\"t\"}");
    assert_true(asking->held);
    pass(4999);
    assert_int_equal(nobody->closed, 0);
    pass(2);
    assert_int_equal(user->pings, 1);
    assert_int_equal(nobody->closed, 4401);
    pass(3000);
    /* who waits for our answer is not late */
    assert_int_equal(asking->closed, 0);
    struct relay_grant grant = {.role = RELAY_USER, .user_id = the_user};
    message_answer_grant(&hub, told.asked, ERR_OK, &grant);
    assert_false(asking->held);
    assert_non_null(strstr(asking->text, "registered"));
    conn_heard(user->conn);
    for (int i = 0; i < 11; i++) {
        pass(1000);
        conn_heard(asking->conn);
    }
    assert_int_equal(user->closed, 0);
    assert_int_equal(user->pings, 2);
    pass(1001);
    assert_int_equal(user->closed, 4408);
    conn_heard(asking->conn);
    /* an answer that never comes ends it */
    watch_unanswered(asking);
    for (int i = 0; i < 26; i++)
        pass(1000);
    assert_int_equal(asking->closed, 1012);
}

/* A relay that was held up itself leaves peers their time to answer. */
static void test_a_late_ping_has_its_answer_waited_for(void **state)
{
    struct wire *user = open_user(0);
    pass(60000);
    assert_int_equal(user->pings, 1);
    pass(6999);
    assert_int_equal(user->closed, 0);
    pass(2);
    assert_int_equal(user->closed, 4408);
}

static void test_who_does_not_read_is_ended(void **state)
{
    struct wire *camera = open_camera(0), *user = open_user(1);
    watch(user, "");
    user->busy = true;
    for (int i = 0; i < 5000 && !user->conn->closing; i++) {
        say(camera, "{\"type\":\"telemetry\",\"padding\":\"0123456789012345678901234567890123456789\"}");
        pass(20); /* below the camera's own limit */
    }
    assert_true(user->conn->closing);
    assert_true(user->conn->out_bytes <= CONN_OUT_MAX);
    pass(0);
    assert_int_equal(told.viewers, 0);
    pass(1600);
    assert_true(user->killed); /* its socket never had room for the code */
    assert_int_equal(user->closed, 0);
}

/* The loop was held up for longer than a close may take. */
static void test_a_late_close_says_its_code(void **state)
{
    struct wire *user = open_user(0);
    say(user, "not json");
    pass(3000);
    assert_int_equal(user->closed, 4400);
    assert_true(user->killed);
}

static void test_a_dead_socket(void **state)
{
    struct wire *camera = open_camera(0), *user = open_user(1);
    watch(user, "");
    user->dead = true;
    picture(camera);
    picture(camera);
    assert_true(user->conn->closing);
    pass(0);
    assert_int_equal(told.viewers, 0);
}

static void test_many_watches_share_fairly(void **state)
{
    static const struct id other = {"dddddddddddddddddddddd02"};
    struct wire *camera = open_camera(0), *user = open_user(1);
    struct wire *second = open_wire(2, (struct relay_grant){.role = RELAY_DEVICE, .device_id = other});
    watch(user, "");
    say(user, "{\"type\":\"watch\",\"device_id\":\"dddddddddddddddddddddd02\"}");
    message_answer_watch(&hub, told.asked, ERR_OK);
    user->busy = true;
    picture(camera);
    picture(second);
    picture(camera);
    drained(user);
    assert_int_equal(user->pictures, 2); /* one of each */
    picture(second);
    assert_int_equal(user->frame.channel, 2);
    picture(camera);
    assert_int_equal(user->frame.channel, 1);
    assert_int_equal(user->frame.seq, 3);
}

/* Every allocation fails once: a connection may end for it, nothing may leak or crash. */
static void test_without_memory(void **state)
{
    for (long n = 0; n < 200; n++) {
        struct wire *camera = open_camera(0), *user = open_user(1);
        mem_fail_after(n, 0);
        watch(user, ",\"max_fps\":5");
        user->busy = true;
        picture(camera);
        say(camera, "{\"type\":\"telemetry\",\"a\":1}");
        say(user, "{\"type\":\"offer\",\"device_id\":\"dddddddddddddddddddddd01\"}");
        message_answer_watch(&hub, told.asked, ERR_OK);
        struct wire *newer = NULL;
        struct relay_grant grant = {.role = RELAY_DEVICE, .device_id = the_device};
        if (conn_create(&wires[2].conn, &hub, &grant, NULL) == ERR_OK) {
            newer = &wires[2];
            newer->conn->wire = newer;
            hub.sockets++;
            conn_open(newer->conn);
            picture(newer);
        }
        pass(0);
        drained(user);
        bool failed = mem_failed();
        mem_fail_after(-1, 0);
        for (int i = 0; i < 3; i++) {
            if (wires[i].conn)
                conn_free(wires[i].conn);
            wires[i] = (struct wire){0};
        }
        assert_int_equal(hub.channels.count, 0);
        assert_null(hub.dues.first);
        if (!failed)
            return;
    }
    fail();
}

int main(void)
{
#define RULE(f) cmocka_unit_test_setup_teardown(f, rules_setup, rules_teardown)
    const struct CMUnitTest tests[] = {
        RULE(test_the_newest_wins),
        RULE(test_an_old_frame_is_never_sent),
        RULE(test_pacing),
        RULE(test_start_stop_linger),
        RULE(test_epochs),
        RULE(test_a_first_frame_is_told_until_it_is_kept),
        RULE(test_replaced_and_gone_at_once),
        RULE(test_silence_and_late_registers),
        RULE(test_a_late_ping_has_its_answer_waited_for),
        RULE(test_who_does_not_read_is_ended),
        RULE(test_a_late_close_says_its_code),
        RULE(test_a_dead_socket),
        RULE(test_many_watches_share_fairly),
        RULE(test_without_memory),
    };
#undef RULE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
