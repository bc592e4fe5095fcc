#include "core/camera.h"

#include <stdio.h>
#include <string.h>

#include "fake_platform.h"
#include "provisioning/frame.h"
#include "support/check.h"

#define ID  "0123456789abcdef01234567"
#define KEY "vcd_" ID "_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static const char code[] =
    "{\"s\":\"Home\",\"p\":\"secret-password\",\"t\":\"abcdefghijklmn\",\"u\":\"http://10.0.0.1:8000\"}";
static const char answer[] =
    "{\"success\":true,\"message\":\"m\",\"device_id\":\"" ID "\",\"status\":\"active\",\"device_key\":\"" KEY
    "\",\"relay_url\":\"ws://10.0.0.1:8000/ws\",\"upload_url\":\"http://10.0.0.1:8000/"
    "upload\",\"heartbeat_s\":5,"
    "\"server_time\":\"2026-01-01T00:00:00.000Z\"}";
static const char registered[] =
    "{\"type\":\"registered\",\"role\":\"device\",\"device_id\":\"" ID "\",\"session\":\"s\"}";

static struct fake_platform fake;
static struct fw_camera camera;
static int64_t now_ms;

/* The power comes: the camera starts with what the fake keeps. */
static void power_on(void)
{
    static const struct fw_size vga = {"VGA", 640, 480};
    struct fw_camera_config config = {
        .uid = "uid-1", .model = "VIRTUAL_CAMERA", .firmware = "fw/1", .size = &vga, .quality = 12};
    fake.open = fake.posting = fake.scanning = fake.borrowed = fake.source_started = false;
    fw_camera_init(&camera, &fake.ops, &config, now_ms);
    fw_camera_start(&camera, now_ms);
}

static int setup(void **state)
{
    fake_platform_init(&fake);
    now_ms = 1000;
    power_on();
    return 0;
}

static void relay_says(const char *text)
{
    fw_camera_link_text(&camera, text, strlen(text), true, now_ms);
}

static void scan(void)
{
    assert_int_equal(fw_camera_code(&camera, code, sizeof code - 1, now_ms), PROV_OK);
}

static void posted(unsigned status, const char *body)
{
    fake.posting = false;
    struct fw_link_answer a = {.status = status, .body = body, .len = strlen(body)};
    fw_camera_posted(&camera, &a, now_ms);
}

static void closed(unsigned close_code, unsigned http_status)
{
    fake.open = false;
    fw_camera_link_closed(
        &camera, &(struct fw_link_end){.http_status = http_status, .close_code = close_code}, now_ms);
}

/* Lets time pass to the next deadline and no further than limit_ms. */
static void pass(int64_t limit_ms)
{
    int64_t at_ms = fw_camera_deadline_ms(&camera);
    now_ms = at_ms < now_ms + limit_ms ? at_ms : now_ms + limit_ms;
    fw_camera_tick(&camera, now_ms);
}

static void come_online(void)
{
    scan();
    fw_camera_joined(&camera, "10.0.0.9", now_ms);
    posted(200, answer);
    fw_camera_link_open(&camera, now_ms);
    relay_says(registered);
    assert_int_equal(camera.machine.state, FW_ONLINE);
}

static void test_from_code_to_online(void **state)
{
    assert_true(fake.scanning);
    scan();
    assert_false(fake.scanning);
    assert_string_equal(fake.ssid, "Home");
    fw_camera_joined(&camera, "10.0.0.9", now_ms);
    assert_string_equal(fake.url, "http://10.0.0.1:8000/api/camera/activate");
    assert_non_null(strstr(fake.body, "\"device_token\":\"abcdefghijklmn\""));
    assert_non_null(strstr(fake.body, "\"device_uid\":\"uid-1\""));
    posted(200, answer);
    assert_string_equal(fake.url, "ws://10.0.0.1:8000/ws");
    assert_string_equal(fake.key, KEY);
    fw_camera_link_open(&camera, now_ms);
    assert_non_null(strstr(fake_platform_text(&fake), "\"framing\":\"header\""));
    assert_int_equal(camera.machine.state, FW_CONNECT);
    relay_says(registered);
    assert_int_equal(camera.machine.state, FW_ONLINE);
    assert_non_null(strstr(fake_platform_text(&fake), "\"type\":\"telemetry\""));
}

static void test_secrets_are_wiped_and_never_logged(void **state)
{
    come_online();
    assert_int_equal(camera.ways.use.wifi.token[0], 0);
    for (size_t i = 0; i < FAKE_VALUES; i++)
        if (strcmp(fake.values[i].key, "network") == 0)
            assert_null(memmem(fake.values[i].data, fake.values[i].len, "abcdefghijklmn", 14));
    assert_null(strstr(fake.log, "abcdefghijklmn"));
    assert_null(strstr(fake.log, "secret-password"));
    assert_null(strstr(fake.log, "AAAAAAAA"));
    fw_camera_fini(&camera);
    assert_null(memmem(&camera, sizeof camera, "secret-password", 15));
    assert_null(memmem(&camera, sizeof camera, "AAAAAAAA", 8));
}

/* The power may go between any two steps: what is kept brings the camera back to where it must go on. */
static void test_power_lost_between_any_steps(void **state)
{
    power_on();
    assert_int_equal(camera.machine.state, FW_SCAN);
    scan();
    power_on(); /* after the scan */
    assert_int_equal(camera.machine.state, FW_JOIN);
    fw_camera_joined(&camera, "10.0.0.9", now_ms);
    assert_int_equal(camera.machine.state, FW_ACTIVATE);
    power_on(); /* the answer is lost */
    fw_camera_joined(&camera, "10.0.0.9", now_ms);
    assert_int_equal(camera.machine.state, FW_ACTIVATE);
    posted(200, answer);
    power_on(); /* activated, never connected */
    fw_camera_joined(&camera, "10.0.0.9", now_ms);
    assert_int_equal(camera.machine.state, FW_CONNECT);
    assert_string_equal(fake.key, KEY);
    assert_true(fake.open);
}

/* Between keeping the key and forgetting the token: both are there, and the key is used. */
static void test_power_lost_between_the_two_writes(void **state)
{
    scan();
    fw_camera_joined(&camera, "10.0.0.9", now_ms);
    posted(200, answer);
    assert_true(fw_keep_put_account(&fake.ops.kv, FW_KEEP_NEW, &camera.ways.use.account));
    assert_true(fake.ops.kv.put(fake.ops.kv.ctx, "new_network", code, sizeof code - 1));
    power_on();
    fw_camera_joined(&camera, "10.0.0.9", now_ms);
    assert_int_equal(camera.machine.state, FW_CONNECT);
    assert_string_equal(fake.key, KEY);
}

/* ---- a new code for a camera that has a key ---- */

#define OTHER_KEY "vcd_" ID "_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA"

static const char other_code[] =
    "{\"s\":\"Elsewhere\",\"p\":\"other-password\",\"t\":\"nmlkjihgfedcba\",\"u\":\"http://10.0.0.2\"}";
static const char other_answer[] =
    "{\"device_id\":\"" ID "\",\"device_key\":\"" OTHER_KEY "\",\"relay_url\":\"ws://10.0.0.2/ws\","
    "\"upload_url\":\"http://10.0.0.2/upload\",\"heartbeat_s\":5}";

static void scan_other(void)
{
    assert_int_equal(fw_camera_code(&camera, other_code, sizeof other_code - 1, now_ms), PROV_OK);
}

static void assert_settled_on(const char *key)
{
    struct fw_keep_account account = {0};
    assert_true(fw_keep_get_account(&fake.ops.kv, FW_KEEP_SETTLED, &account));
    assert_string_equal(account.device_key, key);
}

static void test_the_old_key_stays_until_the_new_one_connected(void **state)
{
    come_online();
    scan_other();
    assert_false(fake.open);
    assert_string_equal(fake.ssid, "Elsewhere");
    fw_camera_joined(&camera, "10.9.0.9", now_ms);
    assert_string_equal(fake.url, "http://10.0.0.2/api/camera/activate");
    posted(200, other_answer);
    assert_string_equal(fake.key, OTHER_KEY);
    assert_settled_on(KEY);
    power_on(); /* and goes on with the new one */
    assert_string_equal(fake.ssid, "Elsewhere");
    fw_camera_joined(&camera, "10.9.0.9", now_ms);
    assert_string_equal(fake.key, OTHER_KEY);
    fw_camera_link_open(&camera, now_ms);
    assert_settled_on(KEY);
    relay_says(registered);
    assert_settled_on(OTHER_KEY);
    assert_false(fake_platform_keeps(&fake, "new_network") || fake_platform_keeps(&fake, "new_account"));
    assert_int_equal(camera.ways.use.wifi.token[0], 0);
    power_on();
    assert_string_equal(fake.ssid, "Elsewhere");
}

static void test_a_new_code_that_is_refused_costs_nothing(void **state)
{
    come_online();
    scan_other();
    fw_camera_joined(&camera, "10.9.0.9", now_ms);
    posted(410, "{\"code\":\"token_expired\"}");
    assert_string_equal(fake.indication->code, "code_expired");
    assert_string_equal(fake.key, KEY); /* from the new network */
    fw_camera_link_open(&camera, now_ms);
    relay_says(registered);
    assert_settled_on(KEY);
    power_on();
    assert_string_equal(fake.ssid, "Elsewhere");
}

static void test_a_new_network_that_cannot_be_joined_costs_nothing(void **state)
{
    come_online();
    scan_other();
    for (int i = 0; i < FW_WRONG_PASSWORDS; i++) {
        assert_string_equal(fake.ssid, "Elsewhere");
        fw_camera_join_failed(&camera, FW_JOIN_WRONG_PASSWORD, now_ms);
        if (camera.machine.waiting)
            pass(60000);
    }
    assert_string_equal(fake.ssid, "Home");
    fw_camera_joined(&camera, "10.0.0.9", now_ms);
    fw_camera_link_open(&camera, now_ms);
    relay_says(registered);
    assert_settled_on(KEY);
    assert_false(fake_platform_keeps(&fake, "new_network"));
}

/* The relay may have taken the new key, and ended the old one, without the camera's knowledge. */
static void test_a_third_code_does_not_cost_the_second_key(void **state)
{
    static const char third[] =
        "{\"s\":\"Third\",\"p\":\"\",\"t\":\"CCCCCCCCCCCCCC\",\"u\":\"http://10.0.0.3\"}";
    come_online();
    scan_other();
    fw_camera_joined(&camera, "10.9.0.9", now_ms);
    posted(200, other_answer);
    assert_int_equal(fw_camera_code(&camera, third, sizeof third - 1, now_ms), PROV_OK);
    assert_settled_on(OTHER_KEY);
    assert_false(fake_platform_keeps(&fake, "new_account"));
    assert_true(camera.machine.use.token && !camera.machine.use.key && camera.machine.spare.key);
}

static void test_a_wifi_only_code_needs_a_key(void **state)
{
    static const char wifi[] = "{\"s\":\"Elsewhere\",\"p\":\"other-password\"}";
    assert_int_equal(fw_camera_code(&camera, wifi, sizeof wifi - 1, now_ms), PROV_INVALID);
    assert_string_equal(fake.indication->code, "code_wifi_only");
    assert_non_null(strstr(fake.log, "camera.code_useless reason=\"it moves a camera that has a key"));
    scan();
    assert_string_equal(fake.indication->code, "joining");
}

static void test_the_indicator_tells_each_step(void **state)
{
    assert_string_equal(fake.indication->code, "scanning");
    assert_int_equal(fw_camera_code(&camera, "C1/2:{\"s\":", 10, now_ms), PROV_INCOMPLETE);
    assert_string_equal(fake.indication->code, "code_read");
    scan();
    assert_string_equal(fake.indication->code, "joining");
    fw_camera_join_failed(&camera, FW_JOIN_NO_NETWORK, now_ms);
    assert_string_equal(fake.indication->code, "no_network");
    pass(60000);
    fw_camera_joined(&camera, "10.0.0.9", now_ms);
    assert_string_equal(fake.indication->code, "activating");
    fw_camera_posted(&camera, &(struct fw_link_answer){.fault = FW_LINK_NO_NAME, .body = ""}, now_ms);
    assert_string_equal(fake.indication->code, "no_internet");
    pass(60000);
    assert_string_equal(fake.indication->code, "no_internet"); /* until something works */
    pass(60000);                                               /* no answer at all */
    assert_string_equal(fake.indication->code, "service_away");
    pass(60000);
    posted(200, answer);
    assert_string_equal(fake.indication->code, "connecting");
    fake.open = false;
    fw_camera_link_closed(&camera, &(struct fw_link_end){.fault = FW_LINK_TLS}, now_ms);
    assert_string_equal(fake.indication->code, "tls_fault");
    pass(60000);
    fw_camera_link_open(&camera, now_ms);
    relay_says(registered);
    assert_string_equal(fake.indication->code, "connected");
    relay_says("{\"type\":\"start\"}");
    assert_string_equal(fake.indication->code, "streaming");
    relay_says("{\"type\":\"stop\"}");
    assert_string_equal(fake.indication->code, "connected");
    closed(4409, 0);
    assert_string_equal(fake.indication->code, "replaced");
}

static void test_a_store_that_fails_does_not_stop_it(void **state)
{
    fake.kv_fails = true;
    come_online();
    assert_non_null(strstr(fake.log, "camera.not_kept what=account"));
}

static void test_refused_codes(void **state)
{
    static const struct {
        unsigned status;
        const char *word;
    } rows[] = {{404, "not_found"},
                {409, "token_used"},
                {410, "token_expired"},
                {422, "invalid"},
                {400, "malformed"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char body[64];
        (void)setup(NULL);
        scan();
        fw_camera_joined(&camera, "10.0.0.9", now_ms);
        (void)snprintf(body, sizeof body, "{\"code\":\"%s\"}", rows[i].word);
        posted(rows[i].status, body);
        assert_int_equal(camera.machine.state, FW_SCAN);
        assert_int_equal(camera.fault, fw_led_refusal(rows[i].word));
        assert_non_null(strstr(fake.log, rows[i].word));
        power_on(); /* and does not try that token again */
        assert_int_equal(camera.machine.state, FW_SCAN);
    }
}

static void test_what_is_no_refusal_is_tried_again(void **state)
{
    static const struct {
        unsigned status;
        const char *body;
    } rows[] = {{0, ""},
                {404, "<html>"},
                {503, "{\"code\":\"overloaded\"}"},
                {429, "{\"code\":\"rate_limited\"}"},
                {200, "{}"},
                {200, "<html>"},
                {302, ""},
                {500, ""},
                {401, "{\"code\":\"unauthenticated\"}"}};
    scan();
    fw_camera_joined(&camera, "10.0.0.9", now_ms);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned before = fake.posts;
        posted(rows[i].status, rows[i].body);
        assert_true(camera.machine.state == FW_ACTIVATE && camera.machine.waiting);
        pass(60000);
        assert_int_equal(fake.posts, before + 1);
    }
    posted(200, answer);
    assert_int_equal(camera.machine.state, FW_CONNECT);
}

static void test_retry_after_is_kept(void **state)
{
    scan();
    fw_camera_joined(&camera, "10.0.0.9", now_ms);
    fw_camera_posted(&camera, &(struct fw_link_answer){.status = 429, .body = "", .retry_after_s = 30},
                     now_ms);
    assert_int_equal(fw_camera_deadline_ms(&camera), now_ms + 30000);
}

static void test_a_key_from_tls_never_travels_in_plain(void **state)
{
    static const char tls[] =
        "{\"s\":\"Home\",\"p\":\"secret-password\",\"t\":\"abcdefghijklmn\",\"u\":\"cam.example\"}";
    assert_int_equal(fw_camera_code(&camera, tls, sizeof tls - 1, now_ms), PROV_OK);
    fw_camera_joined(&camera, "10.0.0.9", now_ms);
    posted(200, answer); /* relay_url is ws:// */
    assert_int_equal(fake.opens, 0);
    assert_true(camera.machine.state == FW_ACTIVATE && camera.machine.waiting);
}

static void test_codes_that_are_none(void **state)
{
    static const char *const bad[] = {"",
                                      "hello",
                                      "{\"s\":\"Home\"}",
                                      "{\"s\":\"Home\",\"p\":\"secret-password\"}",
                                      "{\"s\":\"Home\",\"p\":\"secret-password\",\"t\":\"abcdefghijklmn\"}",
                                      "WIFI:S:x;;"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_not_equal(fw_camera_code(&camera, bad[i], strlen(bad[i]), now_ms), PROV_OK);
        assert_int_equal(camera.machine.state, FW_SCAN);
    }
    assert_int_equal(fw_camera_code(&camera, "C1/2:{\"s\":", 10, now_ms), PROV_INCOMPLETE);
    assert_false(fake_platform_keeps(&fake, "network"));
}

static void test_a_wifi_only_code_moves_a_camera(void **state)
{
    static const char wifi[] = "{\"s\":\"Elsewhere\",\"p\":\"other-password\"}";
    come_online();
    assert_int_equal(fw_camera_code(&camera, wifi, sizeof wifi - 1, now_ms), PROV_OK);
    assert_string_equal(fake.ssid, "Elsewhere");
    assert_false(fake.open);
    fw_camera_joined(&camera, "10.9.0.9", now_ms);
    assert_int_equal(fake.posts, 1); /* nothing is activated again */
    assert_string_equal(fake.key, KEY);
    power_on();
    assert_string_equal(fake.ssid, "Elsewhere");
}

static void test_frames_only_while_watched(void **state)
{
    come_online();
    assert_int_equal(fake.takes, 0);
    relay_says("{\"type\":\"start\",\"fps\":10}");
    assert_true(fake.source_started);
    assert_int_equal(fake.frames, 1); /* at once */
    struct prov_frame about;
    assert_int_equal(prov_frame_decode(fake.header, sizeof fake.header, &about), PROV_OK);
    assert_int_equal(about.captured_us, 1234567);
    for (int i = 0; i < 50; i++) {
        fw_camera_frame_sent(&camera, now_ms);
        pass(1000);
    }
    assert_in_range(now_ms, 1000 + 4900, 1000 + 5100); /* 50 frames at 10 a second, nothing else woke it */
    relay_says("{\"type\":\"stop\"}");
    assert_false(fake.source_started);
    unsigned takes = fake.takes;
    fw_camera_frame_sent(&camera, now_ms);
    assert_false(fake.borrowed);
    for (int i = 0; i < 10; i++)
        pass(1000);
    assert_int_equal(fake.takes, takes);
}

static void test_one_frame_in_flight(void **state)
{
    come_online();
    relay_says("{\"type\":\"start\",\"fps\":60}");
    for (int i = 0; i < 20; i++)
        pass(100);
    assert_int_equal(fake.frames, 1);
    assert_true(fake.borrowed);
    fw_camera_frame_sent(&camera, now_ms);
    assert_int_equal(fake.frames, 2); /* the next is long due */
    fw_camera_frame_sent(&camera, now_ms);
    assert_int_equal(fake.frames, 2); /* but no burst */
}

static void test_a_source_without_pictures_is_not_asked_in_circles(void **state)
{
    come_online();
    fake.has_picture = false;
    relay_says("{\"type\":\"start\",\"fps\":30}");
    for (int i = 0; i < 20; i++)
        pass(100);
    assert_int_equal(fake.takes, 1);
    fake.has_picture = true;
    fw_camera_frame_ready(&camera, now_ms);
    assert_int_equal(fake.frames, 1);
}

static void test_a_link_that_takes_nothing(void **state)
{
    come_online();
    fake.link_full = true;
    relay_says("{\"type\":\"start\",\"fps\":10}");
    assert_false(fake.borrowed); /* given back */
    pass(100);
    fake.link_full = false;
    pass(100);
    assert_int_equal(fake.frames, 1);
    assert_int_equal(camera.session.dropped, 2);
}

static void test_paused_sends_nothing(void **state)
{
    come_online();
    relay_says("{\"type\":\"settings\",\"paused\":true,\"fps\":2,\"size\":\"HD\"}");
    assert_int_equal(fake.width, 1280);
    relay_says("{\"type\":\"start\",\"fps\":10}");
    assert_int_equal(fake.frames, 0);
    relay_says("{\"type\":\"settings\",\"paused\":false}");
    assert_int_equal(fake.frames, 1);
    assert_int_equal(fake.source_fps_milli, 2000); /* our own cap is below what is asked for */
}

static void test_the_link_ends_with_a_frame_in_flight(void **state)
{
    come_online();
    relay_says("{\"type\":\"start\"}");
    assert_true(fake.borrowed);
    closed(1006, 0);
    assert_false(fake.borrowed);
    assert_false(fake.source_started);
    fw_camera_frame_sent(&camera, now_ms); /* late: ignored */
    assert_non_null(strstr(fake.log, "camera.disconnected code=1006"));
    pass(60000);
    closed(0, 503);
    assert_non_null(strstr(fake.log, "camera.connect_failed code=0 status=503"));
    pass(60000);
    assert_int_equal(fake.opens, 3);
    fw_camera_link_open(&camera, now_ms);
    relay_says(registered);
    assert_int_equal(fake.frames, 1); /* nobody watches until start comes again */
}

static void test_commands(void **state)
{
    come_online();
    relay_says("{\"type\":\"command\",\"id\":\"c1\",\"name\":\"position\",\"args\":{\"x\":10,\"y\":20}}");
    assert_string_equal(fake_platform_text(&fake), "{\"type\":\"position_update\",\"x\":10,\"y\":20}");
    assert_int_equal(fake.actuators.x, 10);
    relay_says("{\"type\":\"command\",\"id\":2,\"name\":\"jump\",\"args\":{}}");
    assert_string_equal(fake_platform_text(&fake),
                        "{\"type\":\"ack\",\"id\":2,\"ok\":false,\"error\":\"unsupported\"}");
    relay_says("{\"type\":\"command\",\"id\":3,\"name\":\"restart\",\"args\":{}}");
    assert_string_equal(fake_platform_text(&fake), "{\"type\":\"ack\",\"id\":3,\"ok\":true}");
    assert_int_equal(camera.machine.state, FW_JOIN);
    assert_false(fake.open);
}

static void test_telemetry_every_ten_seconds(void **state)
{
    come_online();
    unsigned before = fake.texts;
    for (int i = 0; i < 65; i++) {
        now_ms += 1000;
        fw_camera_tick(&camera, now_ms);
    }
    assert_int_equal(fake.texts - before, 6);
    assert_non_null(strstr(fake_platform_text(&fake), "\"uptime_s\":60"));
}

static void test_hostile_texts(void **state)
{
    static char flood[FW_RELAY_TEXT_MAX + 1];
    come_online();
    memset(flood, ' ', sizeof flood);
    for (int i = 0; i < 3; i++)
        fw_camera_link_text(&camera, flood, 10000, false, now_ms);
    fw_camera_link_text(&camera, "", 0, true, now_ms);
    assert_non_null(strstr(fake.log, "camera.message_too_long"));
    relay_says("{\"type\":");
    relay_says("[]");
    relay_says("\xff\xfe");
    relay_says("{\"type\":\"error\",\"code\":\"x y\\nz=\\\"\"}");
    assert_non_null(strstr(fake.log, "code=x_y_z__"));
    fw_camera_link_text(&camera, "{\"type\":\"st", 11, false,
                        now_ms); /* and a good one in pieces still works */
    fw_camera_link_text(&camera, "art\"}", 5, true, now_ms);
    assert_int_equal(fake.frames, 1);
}

static void test_nothing_counts_before_registered(void **state)
{
    scan();
    fw_camera_joined(&camera, "10.0.0.9", now_ms);
    posted(200, answer);
    fw_camera_link_open(&camera, now_ms);
    relay_says("{\"type\":\"start\"}");
    relay_says("{\"type\":\"command\",\"id\":1,\"name\":\"light\",\"args\":{\"on\":true}}");
    assert_int_equal(fake.texts, 1); /* the register */
    assert_int_equal(fake.takes, 0);
    assert_false(fake.actuators.light);
}

static void test_removed(void **state)
{
    static const unsigned codes[] = {4401, 4410};
    for (size_t i = 0; i < 2; i++) {
        (void)setup(NULL);
        come_online();
        closed(codes[i], 0);
        assert_int_equal(camera.fault, FW_LED_REMOVED);
        assert_true(fake.scanning);
        assert_false(fake_platform_keeps(&fake, "account"));
        power_on();
        assert_int_equal(camera.machine.state, FW_SCAN);
    }
}

static void test_goodbye(void **state)
{
    come_online();
    relay_says("{\"type\":\"start\"}");
    fw_camera_goodbye(&camera);
    assert_string_equal(fake_platform_text(&fake), "{\"type\":\"goodbye\"}");
    assert_false(fake.open || fake.borrowed || fake.source_started);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_from_code_to_online, setup),
        cmocka_unit_test_setup(test_secrets_are_wiped_and_never_logged, setup),
        cmocka_unit_test_setup(test_power_lost_between_any_steps, setup),
        cmocka_unit_test_setup(test_power_lost_between_the_two_writes, setup),
        cmocka_unit_test_setup(test_the_old_key_stays_until_the_new_one_connected, setup),
        cmocka_unit_test_setup(test_a_new_code_that_is_refused_costs_nothing, setup),
        cmocka_unit_test_setup(test_a_new_network_that_cannot_be_joined_costs_nothing, setup),
        cmocka_unit_test_setup(test_a_third_code_does_not_cost_the_second_key, setup),
        cmocka_unit_test_setup(test_a_wifi_only_code_needs_a_key, setup),
        cmocka_unit_test_setup(test_the_indicator_tells_each_step, setup),
        cmocka_unit_test_setup(test_a_store_that_fails_does_not_stop_it, setup),
        cmocka_unit_test_setup(test_refused_codes, setup),
        cmocka_unit_test_setup(test_what_is_no_refusal_is_tried_again, setup),
        cmocka_unit_test_setup(test_retry_after_is_kept, setup),
        cmocka_unit_test_setup(test_a_key_from_tls_never_travels_in_plain, setup),
        cmocka_unit_test_setup(test_codes_that_are_none, setup),
        cmocka_unit_test_setup(test_a_wifi_only_code_moves_a_camera, setup),
        cmocka_unit_test_setup(test_frames_only_while_watched, setup),
        cmocka_unit_test_setup(test_one_frame_in_flight, setup),
        cmocka_unit_test_setup(test_a_source_without_pictures_is_not_asked_in_circles, setup),
        cmocka_unit_test_setup(test_a_link_that_takes_nothing, setup),
        cmocka_unit_test_setup(test_paused_sends_nothing, setup),
        cmocka_unit_test_setup(test_the_link_ends_with_a_frame_in_flight, setup),
        cmocka_unit_test_setup(test_commands, setup),
        cmocka_unit_test_setup(test_telemetry_every_ten_seconds, setup),
        cmocka_unit_test_setup(test_hostile_texts, setup),
        cmocka_unit_test_setup(test_nothing_counts_before_registered, setup),
        cmocka_unit_test_setup(test_removed, setup),
        cmocka_unit_test_setup(test_goodbye, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
