/* Online: pictures while somebody watches, commands, and texts of any kind. */
#include <string.h>

#include "provisioning/frame.h"
#include "rig.h"
#include "support/check.h"

static void test_frames_only_while_watched(void **state)
{
    rig_come_online();
    assert_int_equal(rig.fake.takes, 0);
    rig_relay_says("{\"type\":\"start\",\"fps\":10}");
    assert_true(rig.fake.source_started);
    assert_int_equal(rig.fake.frames, 1); /* at once */
    struct prov_frame about;
    assert_int_equal(prov_frame_decode(rig.fake.header, sizeof rig.fake.header, &about), PROV_OK);
    assert_int_equal(about.captured_us, 1234567);
    for (int i = 0; i < 50; i++) {
        fw_camera_frame_sent(&rig.camera, rig.now_ms);
        rig_pass(1000);
    }
    assert_in_range(rig.now_ms, 1000 + 4900,
                    1000 + 5100); /* 50 frames at 10 a second, nothing else woke it */
    rig_relay_says("{\"type\":\"stop\"}");
    assert_false(rig.fake.source_started);
    unsigned takes = rig.fake.takes;
    fw_camera_frame_sent(&rig.camera, rig.now_ms);
    assert_false(rig.fake.borrowed);
    for (int i = 0; i < 10; i++)
        rig_pass(1000);
    assert_int_equal(rig.fake.takes, takes);
}

static void test_one_frame_in_flight(void **state)
{
    rig_come_online();
    rig_relay_says("{\"type\":\"start\",\"fps\":60}");
    for (int i = 0; i < 20; i++)
        rig_pass(100);
    assert_int_equal(rig.fake.frames, 1);
    assert_true(rig.fake.borrowed);
    fw_camera_frame_sent(&rig.camera, rig.now_ms);
    assert_int_equal(rig.fake.frames, 2); /* the next is long due */
    fw_camera_frame_sent(&rig.camera, rig.now_ms);
    assert_int_equal(rig.fake.frames, 2); /* but no burst */
}

static void test_a_source_without_pictures_is_not_asked_in_circles(void **state)
{
    rig_come_online();
    rig.fake.has_picture = false;
    rig_relay_says("{\"type\":\"start\",\"fps\":30}");
    for (int i = 0; i < 20; i++)
        rig_pass(100);
    assert_int_equal(rig.fake.takes, 1);
    rig.fake.has_picture = true;
    fw_camera_frame_ready(&rig.camera, rig.now_ms);
    assert_int_equal(rig.fake.frames, 1);
}

static void test_a_link_that_takes_nothing(void **state)
{
    rig_come_online();
    rig.fake.link_full = true;
    rig_relay_says("{\"type\":\"start\",\"fps\":10}");
    assert_false(rig.fake.borrowed); /* given back */
    rig_pass(100);
    rig.fake.link_full = false;
    rig_pass(100);
    assert_int_equal(rig.fake.frames, 1);
    assert_int_equal(rig.camera.session.dropped, 2);
}

static void test_paused_sends_nothing(void **state)
{
    rig_come_online();
    rig_relay_says("{\"type\":\"settings\",\"paused\":true,\"fps\":2,\"size\":\"HD\"}");
    assert_int_equal(rig.fake.width, 1280);
    rig_relay_says("{\"type\":\"start\",\"fps\":10}");
    assert_int_equal(rig.fake.frames, 0);
    rig_relay_says("{\"type\":\"settings\",\"paused\":false}");
    assert_int_equal(rig.fake.frames, 1);
    assert_int_equal(rig.fake.source_fps_milli, 2000); /* our own cap is below what is asked for */
}

static void test_the_link_ends_with_a_frame_in_flight(void **state)
{
    rig_come_online();
    rig_relay_says("{\"type\":\"start\"}");
    assert_true(rig.fake.borrowed);
    rig_closed(1006, 0);
    assert_false(rig.fake.borrowed);
    assert_false(rig.fake.source_started);
    fw_camera_frame_sent(&rig.camera, rig.now_ms); /* late: ignored */
    assert_non_null(strstr(rig.fake.log, "camera.disconnected code=1006"));
    rig_pass(60000);
    rig_closed(0, 503);
    assert_non_null(strstr(rig.fake.log, "camera.connect_failed code=0 status=503"));
    rig_pass(60000);
    assert_int_equal(rig.fake.opens, 3);
    fw_camera_link_open(&rig.camera, rig.now_ms);
    rig_relay_says(RIG_REGISTERED);
    assert_int_equal(rig.fake.frames, 1); /* nobody watches until start comes again */
}

static void test_commands(void **state)
{
    rig_come_online();
    rig_relay_says("{\"type\":\"command\",\"id\":\"c1\",\"name\":\"position\",\"args\":{\"x\":10,\"y\":20}}");
    assert_string_equal(fake_platform_text(&rig.fake), "{\"type\":\"position_update\",\"x\":10,\"y\":20}");
    assert_int_equal(rig.fake.actuators.x, 10);
    rig_relay_says("{\"type\":\"command\",\"id\":2,\"name\":\"jump\",\"args\":{}}");
    assert_string_equal(fake_platform_text(&rig.fake),
                        "{\"type\":\"ack\",\"id\":2,\"ok\":false,\"error\":\"unsupported\"}");
    rig_relay_says("{\"type\":\"command\",\"id\":3,\"name\":\"restart\",\"args\":{}}");
    assert_string_equal(fake_platform_text(&rig.fake), "{\"type\":\"ack\",\"id\":3,\"ok\":true}");
    assert_int_equal(rig.camera.machine.state, FW_JOIN);
    assert_false(rig.fake.open);
}

static void test_telemetry_every_ten_seconds(void **state)
{
    rig_come_online();
    unsigned before = rig.fake.texts;
    for (int i = 0; i < 65; i++) {
        rig.now_ms += 1000;
        fw_camera_tick(&rig.camera, rig.now_ms);
    }
    assert_int_equal(rig.fake.texts - before, 6);
    assert_non_null(strstr(fake_platform_text(&rig.fake), "\"uptime_s\":60"));
}

static void test_hostile_texts(void **state)
{
    static char flood[FW_RELAY_TEXT_MAX + 1];
    rig_come_online();
    memset(flood, ' ', sizeof flood);
    for (int i = 0; i < 3; i++)
        fw_camera_link_text(&rig.camera, flood, 10000, false, rig.now_ms);
    fw_camera_link_text(&rig.camera, "", 0, true, rig.now_ms);
    assert_non_null(strstr(rig.fake.log, "camera.message_too_long"));
    rig_relay_says("{\"type\":");
    rig_relay_says("[]");
    rig_relay_says("\xff\xfe");
    rig_relay_says("{\"type\":\"error\",\"code\":\"x y\\nz=\\\"\"}");
    assert_non_null(strstr(rig.fake.log, "code=x_y_z__"));
    fw_camera_link_text(&rig.camera, "{\"type\":\"st", 11, false,
                        rig.now_ms); /* and a good one in pieces still works */
    fw_camera_link_text(&rig.camera, "art\"}", 5, true, rig.now_ms);
    assert_int_equal(rig.fake.frames, 1);
}

static void test_goodbye(void **state)
{
    rig_come_online();
    rig_relay_says("{\"type\":\"start\"}");
    fw_camera_goodbye(&rig.camera);
    assert_string_equal(fake_platform_text(&rig.fake), "{\"type\":\"goodbye\"}");
    assert_false(rig.fake.open || rig.fake.borrowed || rig.fake.source_started);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_frames_only_while_watched, rig_setup),
        cmocka_unit_test_setup(test_one_frame_in_flight, rig_setup),
        cmocka_unit_test_setup(test_a_source_without_pictures_is_not_asked_in_circles, rig_setup),
        cmocka_unit_test_setup(test_a_link_that_takes_nothing, rig_setup),
        cmocka_unit_test_setup(test_paused_sends_nothing, rig_setup),
        cmocka_unit_test_setup(test_the_link_ends_with_a_frame_in_flight, rig_setup),
        cmocka_unit_test_setup(test_commands, rig_setup),
        cmocka_unit_test_setup(test_telemetry_every_ten_seconds, rig_setup),
        cmocka_unit_test_setup(test_hostile_texts, rig_setup),
        cmocka_unit_test_setup(test_goodbye, rig_setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
