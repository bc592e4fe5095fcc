/* Frames that come without a socket: who is online for how long, and who wins. */
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "relay/camera.h"
#include "relay/channel.h"
#include "relay/command.h"
#include "relay/push.h"
#include "relay/snapshot.h"
#include "rules.h"
#include "support/check.h"

enum { KEY = 7, ONLINE_MS = 15000 };

static enum err take(struct relay_packet **out)
{
    const struct relay_frame frame = {.jpeg = SPAN_LIT("a good picture"), .width = 64, .height = 48};
    return push_take(&hub, &frame, out);
}

static void push_as(uint64_t key, int64_t judged_us)
{
    struct relay_packet *p;
    assert_int_equal(take(&p), ERR_OK);
    const struct relay_grant grant = {
        .role = RELAY_DEVICE, .device_id = the_device, .key = key, .judged_us = judged_us};
    push_frame(&hub, &grant, "192.0.2.9", p);
    assert_int_equal(hub.pushed_bytes, 0);
}

/* Time passes, and the sockets say something now and then. */
static void later(int ms)
{
    for (int step = 5000; ms > 0; ms -= step) {
        pass(ms < step ? ms : step);
        for (int i = 0; i < WIRES; i++)
            if (wires[i].conn)
                conn_heard(wires[i].conn);
    }
}

static void push(void)
{
    push_as(KEY, hub_now_us(&hub));
}

static struct relay_stats stats(void)
{
    struct relay_stats s;
    figures_read(&hub.stats, &s);
    return s;
}

static void test_online_for_a_while_after_each_frame(void **state)
{
    struct wire *user = open_user(0);
    watch(user, "");
    push();
    assert_int_equal(user->pictures, 1);
    assert_non_null(strstr(user->text, "\"online\":true"));
    assert_int_equal(told.onlines, 1);
    assert_int_equal(told.first_frames, 1);
    assert_int_equal(stats().pushing, 1);
    later(ONLINE_MS - 1);
    push();
    later(ONLINE_MS - 1);
    assert_int_equal(told.onlines, 1);
    assert_int_equal(told.offlines, 0);
    pass(1);
    assert_int_equal(told.offlines, 1);
    assert_int_equal(told.off_why, RELAY_OFF_SILENT);
    assert_true(told.epoch_off == told.epoch_on);
    assert_non_null(strstr(user->text, "\"online\":false"));
    push();
    assert_int_equal(told.onlines, 2);
    assert_true(told.epoch_on > told.epoch_off);
    assert_int_equal(user->frame.seq, 3);
    later(ONLINE_MS);
    assert_int_equal(told.offlines, 2);
    assert_int_equal(stats().pushing, 0);
    assert_int_equal(stats().frames_in, 3);
}

static void test_a_connection_wins(void **state)
{
    struct wire *user = open_user(0);
    watch(user, "");
    push();
    uint64_t pushed = told.epoch_on;
    struct wire *camera = open_camera(1);
    assert_true(told.epoch_on > pushed);
    assert_int_equal(told.offlines, 0); /* it never went */
    assert_int_equal(stats().pushing, 0);
    push(); /* its pictures count still, and say nothing of the connection */
    assert_int_equal(user->frame.seq, 2);
    assert_int_equal(told.onlines, 2);
    later(ONLINE_MS + 1);
    assert_int_equal(told.offlines, 0);
    uint64_t connected = told.epoch_on;
    push();
    say(camera, "{\"type\":\"goodbye\"}");
    pass(0);
    assert_int_equal(told.offlines, 1); /* a picture of just now does not hide its end */
    assert_true(told.epoch_off == connected);
    assert_non_null(strstr(user->text, "\"online\":false"));
    push();
    assert_true(told.epoch_on > connected);
    later(ONLINE_MS);
    assert_int_equal(told.offlines, 2);
}

static void on_picture(void *arg, enum err err, struct relay_packet *packet)
{
    *(enum err *)arg = err;
}

static void test_snapshots_wait_for_the_next_frame(void **state)
{
    enum err answer = ERR_INTERNAL;
    struct snapshot_request ask = {
        .device = the_device, .max_age_ms = 1000, .wait_ms = 5000, .done = on_picture, .arg = &answer};
    snapshot_take(&hub, &ask);
    assert_int_equal(answer, ERR_CAMERA_OFFLINE);
    push();
    snapshot_take(&hub, &ask);
    assert_int_equal(answer, ERR_OK);
    pass(2000);
    answer = ERR_INTERNAL;
    snapshot_take(&hub, &ask);
    assert_int_equal(answer, ERR_INTERNAL);
    push();
    assert_int_equal(answer, ERR_OK);
    later(ONLINE_MS - 1000);
    snapshot_take(&hub, &ask);
    pass(1000); /* it goes offline while one waits */
    assert_int_equal(answer, ERR_CAMERA_OFFLINE);
}

static void on_ack(void *arg, enum err err, const struct relay_ack *ack)
{
    *(enum err *)arg = err;
}

static void test_what_it_tells_reaches_viewers(void **state)
{
    struct wire *user = open_user(0);
    push_telemetry(&hub, &the_device, SPAN_LIT("{\"rssi\":-58}"));
    watch(user, "");
    push_telemetry(&hub, &the_device, SPAN_LIT("{\"rssi\":-59}"));
    assert_non_null(strstr(user->text, "\"rssi\":-59"));
    assert_non_null(strstr(user->text, "\"type\":\"telemetry\""));
    assert_non_null(strstr(user->text, the_device.s));
    int texts = user->texts;
    push_telemetry(&hub, &the_device, SPAN_LIT("nonsense"));
    assert_int_equal(user->texts, texts);
    assert_int_equal(told.onlines, 0);
}

static void test_it_hears_no_commands(void **state)
{
    enum err answer = ERR_OK;
    push();
    command_send(&hub, &(struct relay_command){
                           .device = the_device, .name = SPAN_LIT("light"), .done = on_ack, .arg = &answer});
    assert_int_equal(answer, ERR_CAMERA_OFFLINE);
    later(ONLINE_MS);
}

static void end(struct ended_entry entry)
{
    entry.at_us = hub_now_us(&hub);
    entry.other = the_device;
    hub_ended(&hub, &entry);
}

static void test_it_ends_with_its_key(void **state)
{
    int64_t before = hub_now_us(&hub);
    push();
    pass(1);
    end((struct ended_entry){.what = ENDED_KEYS, .key = KEY});
    assert_int_equal(told.offlines, 0); /* the good one is told of */
    end((struct ended_entry){.what = ENDED_KEYS, .key = KEY + 1});
    assert_int_equal(told.offlines, 1);
    assert_int_equal(told.off_why, RELAY_OFF_NONE);
    push_as(KEY, before); /* judged before it ended */
    assert_int_equal(told.onlines, 1);
    pass(1);
    push_as(KEY + 1, hub_now_us(&hub));
    assert_int_equal(told.onlines, 2);
    end((struct ended_entry){.what = ENDED_DEVICE});
    assert_int_equal(told.offlines, 2);
}

static void test_it_ends_with_the_relay(void **state)
{
    push();
    hub_drain(&hub, 0);
    assert_int_equal(told.offlines, 1);
    push();
    assert_int_equal(told.onlines, 1);
}

static void test_the_first_frame_is_told_until_it_is_kept(void **state)
{
    push();
    push();
    assert_int_equal(told.first_frames, 1);
    pass(5000);
    push();
    assert_int_equal(told.first_frames, 2);
    push_first_frame_kept(&hub, &the_device, told.epoch_on);
    pass(5000);
    push();
    assert_int_equal(told.first_frames, 2);
    later(ONLINE_MS);
}

static void test_bounds(void **state)
{
    struct relay_packet *p;
    static char large[65537];
    struct relay_frame frame = {.jpeg = {large, sizeof large}};
    assert_int_equal(push_take(&hub, &frame, &p), ERR_TOO_LARGE);
    frame.jpeg.len--;
    size_t taken = 0;
    static struct relay_packet *waiting[2048];
    while (push_take(&hub, &frame, &waiting[taken]) == ERR_OK)
        taken++;
    assert_int_equal(push_take(&hub, &frame, &p), ERR_BUSY);
    assert_in_range(taken, 1024, 1025);
    while (taken)
        push_drop(&hub, waiting[--taken]);
    push();
    later(ONLINE_MS);
}

static void test_without_memory(void **state)
{
    for (int after = 0; after < 20; after++) {
        struct relay_packet *p;
        const struct relay_grant grant = {.role = RELAY_DEVICE, .device_id = the_device};
        mem_fail_after(after, 1);
        if (take(&p) == ERR_OK)
            push_frame(&hub, &grant, "192.0.2.9", p);
        bool failed = mem_failed();
        mem_fail_after(-1, 0);
        later(ONLINE_MS);
        assert_int_equal(told.onlines, told.offlines);
        if (!failed)
            return;
    }
    fail();
}

int main(void)
{
#define RULE(f) cmocka_unit_test_setup_teardown(f, rules_setup, rules_teardown)
    const struct CMUnitTest tests[] = {
        RULE(test_online_for_a_while_after_each_frame),
        RULE(test_a_connection_wins),
        RULE(test_snapshots_wait_for_the_next_frame),
        RULE(test_what_it_tells_reaches_viewers),
        RULE(test_it_hears_no_commands),
        RULE(test_it_ends_with_its_key),
        RULE(test_it_ends_with_the_relay),
        RULE(test_the_first_frame_is_told_until_it_is_kept),
        RULE(test_bounds),
        RULE(test_without_memory),
    };
#undef RULE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
