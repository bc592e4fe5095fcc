#include "core/relay.h"

#include <stdio.h>
#include <string.h>

#include "support/check.h"

static struct fw_relay_message decoded(const char *text)
{
    struct fw_relay_message m;
    if (!fw_relay_decode(text, strlen(text), &m))
        fail_msg("refused: %s", text);
    return m;
}

static void test_start(void **state)
{
    struct fw_relay_message m = decoded("{\"type\":\"start\",\"fps\":12.5,\"size\":\"hd\",\"quality\":10}");
    assert_int_equal(m.type, FW_RELAY_START);
    assert_int_equal(m.wish.fps_milli, 12500);
    assert_string_equal(m.wish.size->name, "HD");
    assert_int_equal(m.wish.quality, 10);
    assert_int_equal(m.wish.paused, -1);
    m = decoded("{\"type\":\"start\"}");
    assert_int_equal(m.wish.fps_milli, 0);
    assert_null(m.wish.size);
    m = decoded("{\"type\":\"start\",\"fps\":1000}");
    assert_int_equal(m.wish.fps_milli, 60000);
}

static void test_nonsense_in_a_wish_counts_as_nothing(void **state)
{
    struct fw_relay_message m = decoded("{\"type\":\"start\",\"fps\":-3,\"size\":\"HUGE\",\"quality\":99}");
    assert_int_equal(m.wish.fps_milli, 0);
    assert_null(m.wish.size);
    assert_int_equal(m.wish.quality, 0);
    m = decoded(
        "{\"type\":\"settings\",\"fps\":null,\"size\":7,\"quality\":\"4\",\"paused\":1,\"sensor\":[]}");
    assert_int_equal(m.wish.fps_milli, 0);
    assert_null(m.wish.size);
    assert_int_equal(m.wish.quality, 0);
    assert_int_equal(m.wish.paused, -1);
    assert_int_equal(m.wish.sensor.len, 0);
}

static void test_settings(void **state)
{
    struct fw_relay_message m = decoded(
        "{\"type\":\"settings\",\"fps\":5,\"paused\":true,\"sensor\":{\"vflip\":1},\"p2p\":\"owner\"}");
    assert_int_equal(m.type, FW_RELAY_SETTINGS);
    assert_int_equal(m.wish.paused, 1);
    assert_int_equal(m.wish.sensor.len, strlen("{\"vflip\":1}"));
}

static void test_command_keeps_its_id_as_written(void **state)
{
    struct fw_relay_message m =
        decoded("{\"type\":\"command\",\"id\":\"a\\u00e9\",\"name\":\"light\",\"args\":{\"on\":true}}");
    char text[FW_RELAY_REPLY_MAX];
    assert_string_equal(m.word, "light");
    assert_true(prov_json_is_object(m.args));
    size_t len = fw_relay_ack(text, m.id, NULL, "{\"x\":1}");
    assert_string_equal(text, "{\"type\":\"ack\",\"id\":\"a\\u00e9\",\"ok\":true,\"result\":{\"x\":1}}");
    assert_int_equal(len, strlen(text));
    m = decoded("{\"type\":\"command\",\"id\":17,\"name\":\"x\"}");
    (void)fw_relay_ack(text, m.id, "unsupported", NULL);
    assert_string_equal(text, "{\"type\":\"ack\",\"id\":17,\"ok\":false,\"error\":\"unsupported\"}");
}

static void test_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "x",
        "[]",
        "null",
        "{}",
        "{\"type\":1}",
        "{\"type\":null}",
        "{\"type\":\"start\"",
        "\"start\"",
        "{\"type\":\"command\",\"name\":\"x\"}",
        "{\"type\":\"command\",\"id\":1}",
        "{\"type\":\"command\",\"id\":1,\"name\":\"\"}",
        "{\"type\":\"command\",\"id\":1,\"name\":7}",
    };
    struct fw_relay_message m;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (fw_relay_decode(bad[i], strlen(bad[i]), &m))
            fail_msg("taken: %s", bad[i]);
    char text[400];
    char id[200];
    memset(id, '9', sizeof id - 1);
    id[sizeof id - 1] = 0;
    (void)snprintf(text, sizeof text, "{\"type\":\"command\",\"name\":\"x\",\"id\":%s}", id);
    assert_false(fw_relay_decode(text, strlen(text), &m)); /* an id that no answer could repeat */
}

static void test_other_types(void **state)
{
    assert_int_equal(decoded("{\"type\":\"registered\",\"session\":\"s\"}").type, FW_RELAY_REGISTERED);
    assert_int_equal(decoded("{\"type\":\"stop\"}").type, FW_RELAY_STOP);
    assert_int_equal(decoded("{\"type\":\"pong\"}").type, FW_RELAY_OTHER);
    assert_int_equal(
        decoded("{\"type\":\"a type longer than any word that this camera could know of\"}").type,
        FW_RELAY_OTHER);
    assert_string_equal(decoded("{\"type\":\"error\",\"code\":\"bad_frame\"}").word, "bad_frame");
    assert_int_equal(decoded("{\"type\":\"goaway\",\"reconnect_after_ms\":2500}").wait_ms, 2500);
    assert_int_equal(decoded("{\"type\":\"goaway\"}").wait_ms, 0);
    assert_int_equal(decoded("{\"type\":\"goaway\",\"reconnect_after_ms\":-1}").wait_ms, 0);
    assert_int_equal(decoded("{\"type\":\"goaway\",\"reconnect_after_ms\":99999999999}").wait_ms,
                     FW_RELAY_WAIT_MOST_MS);
}

static void test_offer_is_answered_with_bye(void **state)
{
    struct fw_relay_message m =
        decoded("{\"type\":\"offer\",\"session\":\"u\\\"1\",\"attempt\":3,\"sdp\":\"v=0\\r\\n\"}");
    char text[FW_RELAY_REPLY_MAX];
    (void)fw_relay_bye(text, m.session, m.attempt, "unsupported");
    assert_string_equal(text,
                        "{\"type\":\"bye\",\"session\":\"u\\\"1\",\"attempt\":3,\"reason\":\"unsupported\"}");
}

static void test_what_the_camera_says(void **state)
{
    char text[FW_RELAY_REPLY_MAX];
    (void)fw_relay_register(text, "VIRTUAL_CAMERA", "fw/1", "10.0.0.7");
    assert_string_equal(text,
                        "{\"type\":\"register\",\"role\":\"device\",\"framing\":\"header\",\"camera_model\":"
                        "\"VIRTUAL_CAMERA\",\"firmware\":\"fw/1\",\"local_ip\":\"10.0.0.7\"}");
    (void)fw_relay_register(text, "M", "f", "");
    assert_null(strstr(text, "local_ip"));
    struct fw_relay_telemetry t = {.rssi_dbm = -61,
                                   .heap_bytes = 5000000000u,
                                   .fps_milli = 14960,
                                   .uptime_s = 77,
                                   .resolution = "VGA",
                                   .quality = 12,
                                   .frames_sent = 9,
                                   .frames_dropped = 1};
    (void)fw_relay_telemetry(text, &t);
    assert_string_equal(
        text, "{\"type\":\"telemetry\",\"rssi\":-61,\"heap\":5000000000,\"fps\":14.9,\"uptime_s\":77,"
              "\"resolution\":\"VGA\",\"quality\":12,\"frames_sent\":9,\"frames_dropped\":1}");
    (void)fw_relay_position(text, 0, 180);
    assert_string_equal(text, "{\"type\":\"position_update\",\"x\":0,\"y\":180}");
    (void)fw_relay_goodbye(text);
    assert_string_equal(text, "{\"type\":\"goodbye\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_nonsense_in_a_wish_counts_as_nothing),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_command_keeps_its_id_as_written),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_other_types),
        cmocka_unit_test(test_offer_is_answered_with_bye),
        cmocka_unit_test(test_what_the_camera_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
