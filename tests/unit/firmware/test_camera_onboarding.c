/* From a code to online, and what stands in the way. */
#include <stdio.h>
#include <string.h>

#include "rig.h"
#include "support/check.h"

static void test_from_code_to_online(void **state)
{
    assert_true(rig.fake.scanning);
    rig_scan();
    assert_false(rig.fake.scanning);
    assert_string_equal(rig.fake.ssid, "Home");
    fw_camera_joined(&rig.camera, "10.0.0.9", rig.now_ms);
    assert_string_equal(rig.fake.url, "http://10.0.0.1:8000/api/camera/activate");
    assert_non_null(strstr(rig.fake.body, "\"device_token\":\"abcdefghijklmn\""));
    assert_non_null(strstr(rig.fake.body, "\"device_uid\":\"uid-1\""));
    rig_posted(200, RIG_ANSWER);
    assert_string_equal(rig.fake.url, "ws://10.0.0.1:8000/ws");
    assert_string_equal(rig.fake.key, RIG_KEY);
    fw_camera_link_open(&rig.camera, rig.now_ms);
    assert_non_null(strstr(fake_platform_text(&rig.fake), "\"framing\":\"header\""));
    assert_int_equal(rig.camera.machine.state, FW_CONNECT);
    rig_relay_says(RIG_REGISTERED);
    assert_int_equal(rig.camera.machine.state, FW_ONLINE);
    assert_non_null(strstr(fake_platform_text(&rig.fake), "\"type\":\"telemetry\""));
}

static void test_secrets_are_wiped_and_never_logged(void **state)
{
    rig_come_online();
    assert_int_equal(rig.camera.ways.use.wifi.token[0], 0);
    for (size_t i = 0; i < FAKE_VALUES; i++)
        if (strcmp(rig.fake.values[i].key, "network") == 0)
            assert_null(memmem(rig.fake.values[i].data, rig.fake.values[i].len, "abcdefghijklmn", 14));
    assert_null(strstr(rig.fake.log, "abcdefghijklmn"));
    assert_null(strstr(rig.fake.log, "secret-password"));
    assert_null(strstr(rig.fake.log, "AAAAAAAA"));
    fw_camera_fini(&rig.camera);
    assert_null(memmem(&rig.camera, sizeof rig.camera, "secret-password", 15));
    assert_null(memmem(&rig.camera, sizeof rig.camera, "AAAAAAAA", 8));
}

/* The power may go between any two steps: what is kept brings the camera back to where it must go on. */
static void test_power_lost_between_any_steps(void **state)
{
    rig_power_on();
    assert_int_equal(rig.camera.machine.state, FW_SCAN);
    rig_scan();
    rig_power_on(); /* after the scan */
    assert_int_equal(rig.camera.machine.state, FW_JOIN);
    fw_camera_joined(&rig.camera, "10.0.0.9", rig.now_ms);
    assert_int_equal(rig.camera.machine.state, FW_ACTIVATE);
    rig_power_on(); /* the answer is lost */
    fw_camera_joined(&rig.camera, "10.0.0.9", rig.now_ms);
    assert_int_equal(rig.camera.machine.state, FW_ACTIVATE);
    rig_posted(200, RIG_ANSWER);
    rig_power_on(); /* activated, never connected */
    fw_camera_joined(&rig.camera, "10.0.0.9", rig.now_ms);
    assert_int_equal(rig.camera.machine.state, FW_CONNECT);
    assert_string_equal(rig.fake.key, RIG_KEY);
    assert_true(rig.fake.open);
}

static void test_a_store_that_fails_does_not_stop_it(void **state)
{
    rig.fake.kv_fails = true;
    rig_come_online();
    assert_non_null(strstr(rig.fake.log, "camera.not_kept what=account"));
}

static void test_the_indicator_tells_each_step(void **state)
{
    assert_string_equal(rig.fake.indication->code, "scanning");
    assert_int_equal(fw_camera_code(&rig.camera, "C1/2:{\"s\":", 10, rig.now_ms), PROV_INCOMPLETE);
    assert_string_equal(rig.fake.indication->code, "code_read");
    rig_scan();
    assert_string_equal(rig.fake.indication->code, "joining");
    fw_camera_join_failed(&rig.camera, FW_JOIN_NO_NETWORK, rig.now_ms);
    assert_string_equal(rig.fake.indication->code, "no_network");
    rig_pass(60000);
    fw_camera_joined(&rig.camera, "10.0.0.9", rig.now_ms);
    assert_string_equal(rig.fake.indication->code, "activating");
    fw_camera_posted(&rig.camera, &(struct fw_link_answer){.fault = FW_LINK_NO_NAME, .body = ""}, rig.now_ms);
    assert_string_equal(rig.fake.indication->code, "no_internet");
    rig_pass(60000);
    assert_string_equal(rig.fake.indication->code, "no_internet"); /* until something works */
    rig_pass(60000);                                               /* no answer at all */
    assert_string_equal(rig.fake.indication->code, "service_away");
    rig_pass(60000);
    rig_posted(200, RIG_ANSWER);
    assert_string_equal(rig.fake.indication->code, "connecting");
    rig.fake.open = false;
    fw_camera_link_closed(&rig.camera, &(struct fw_link_end){.fault = FW_LINK_TLS}, rig.now_ms);
    assert_string_equal(rig.fake.indication->code, "tls_fault");
    rig_pass(60000);
    fw_camera_link_open(&rig.camera, rig.now_ms);
    rig_relay_says(RIG_REGISTERED);
    assert_string_equal(rig.fake.indication->code, "connected");
    rig_relay_says("{\"type\":\"start\"}");
    assert_string_equal(rig.fake.indication->code, "streaming");
    rig_relay_says("{\"type\":\"stop\"}");
    assert_string_equal(rig.fake.indication->code, "connected");
    rig_closed(4409, 0);
    assert_string_equal(rig.fake.indication->code, "replaced");
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
        (void)rig_setup(NULL);
        rig_scan();
        fw_camera_joined(&rig.camera, "10.0.0.9", rig.now_ms);
        (void)snprintf(body, sizeof body, "{\"code\":\"%s\"}", rows[i].word);
        rig_posted(rows[i].status, body);
        assert_int_equal(rig.camera.machine.state, FW_SCAN);
        assert_int_equal(rig.camera.fault, fw_led_refusal(rows[i].word));
        assert_non_null(strstr(rig.fake.log, rows[i].word));
        rig_power_on(); /* and does not try that token again */
        assert_int_equal(rig.camera.machine.state, FW_SCAN);
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
    rig_scan();
    fw_camera_joined(&rig.camera, "10.0.0.9", rig.now_ms);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned before = rig.fake.posts;
        rig_posted(rows[i].status, rows[i].body);
        assert_true(rig.camera.machine.state == FW_ACTIVATE && rig.camera.machine.waiting);
        rig_pass(60000);
        assert_int_equal(rig.fake.posts, before + 1);
    }
    rig_posted(200, RIG_ANSWER);
    assert_int_equal(rig.camera.machine.state, FW_CONNECT);
}

static void test_retry_after_is_kept(void **state)
{
    rig_scan();
    fw_camera_joined(&rig.camera, "10.0.0.9", rig.now_ms);
    fw_camera_posted(&rig.camera, &(struct fw_link_answer){.status = 429, .body = "", .retry_after_s = 30},
                     rig.now_ms);
    assert_int_equal(fw_camera_deadline_ms(&rig.camera), rig.now_ms + 30000);
}

static void test_a_key_from_tls_never_travels_in_plain(void **state)
{
    static const char tls[] =
        "{\"s\":\"Home\",\"p\":\"secret-password\",\"t\":\"abcdefghijklmn\",\"u\":\"cam.example\"}";
    assert_int_equal(fw_camera_code(&rig.camera, tls, sizeof tls - 1, rig.now_ms), PROV_OK);
    fw_camera_joined(&rig.camera, "10.0.0.9", rig.now_ms);
    rig_posted(200, RIG_ANSWER); /* relay_url is ws:// */
    assert_int_equal(rig.fake.opens, 0);
    assert_true(rig.camera.machine.state == FW_ACTIVATE && rig.camera.machine.waiting);
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
        assert_int_not_equal(fw_camera_code(&rig.camera, bad[i], strlen(bad[i]), rig.now_ms), PROV_OK);
        assert_int_equal(rig.camera.machine.state, FW_SCAN);
    }
    assert_int_equal(fw_camera_code(&rig.camera, "C1/2:{\"s\":", 10, rig.now_ms), PROV_INCOMPLETE);
    assert_false(fake_platform_keeps(&rig.fake, "network"));
}

static void test_nothing_counts_before_registered(void **state)
{
    rig_scan();
    fw_camera_joined(&rig.camera, "10.0.0.9", rig.now_ms);
    rig_posted(200, RIG_ANSWER);
    fw_camera_link_open(&rig.camera, rig.now_ms);
    rig_relay_says("{\"type\":\"start\"}");
    rig_relay_says("{\"type\":\"command\",\"id\":1,\"name\":\"light\",\"args\":{\"on\":true}}");
    assert_int_equal(rig.fake.texts, 1); /* the register */
    assert_int_equal(rig.fake.takes, 0);
    assert_false(rig.fake.actuators.light);
}

static void test_removed(void **state)
{
    static const unsigned codes[] = {4401, 4410};
    for (size_t i = 0; i < 2; i++) {
        (void)rig_setup(NULL);
        rig_come_online();
        rig_closed(codes[i], 0);
        assert_int_equal(rig.camera.fault, FW_LED_REMOVED);
        assert_true(rig.fake.scanning);
        assert_false(fake_platform_keeps(&rig.fake, "account"));
        rig_power_on();
        assert_int_equal(rig.camera.machine.state, FW_SCAN);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_from_code_to_online, rig_setup),
        cmocka_unit_test_setup(test_secrets_are_wiped_and_never_logged, rig_setup),
        cmocka_unit_test_setup(test_power_lost_between_any_steps, rig_setup),
        cmocka_unit_test_setup(test_a_store_that_fails_does_not_stop_it, rig_setup),
        cmocka_unit_test_setup(test_the_indicator_tells_each_step, rig_setup),
        cmocka_unit_test_setup(test_refused_codes, rig_setup),
        cmocka_unit_test_setup(test_what_is_no_refusal_is_tried_again, rig_setup),
        cmocka_unit_test_setup(test_retry_after_is_kept, rig_setup),
        cmocka_unit_test_setup(test_a_key_from_tls_never_travels_in_plain, rig_setup),
        cmocka_unit_test_setup(test_codes_that_are_none, rig_setup),
        cmocka_unit_test_setup(test_nothing_counts_before_registered, rig_setup),
        cmocka_unit_test_setup(test_removed, rig_setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
