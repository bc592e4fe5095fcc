/* Onboarding as its owner sees it: wishes, codes, pictures, cancelling. */
#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "http/api/handlers.h"
#include "provisioning/payload.h"
#include "provisioning/token.h"
#include "story.h"
#include "support/check.h"

static void the_answer_holds_the_code(void **state)
{
    struct story *f = *state;
    struct http_exchange x;
    struct prov_credentials c;
    char text[PROV_TEXT_MAX + 1];
    fake_exchange_init(&x, &story_owner);
    x.body = story_body;
    x.base_url = "http://10.1.2.3:8000";
    fake_exchange_run(&x, api_onboard, &f->api);
    assert_int_equal(x.status, 201);
    const struct json *v = fake_exchange_answer(&x);
    story_copy(v, "qr_text", text, sizeof text);
    assert_int_equal(prov_payload_decode(text, strlen(text), &c), PROV_OK);
    assert_string_equal(c.ssid, "home");
    assert_string_equal(c.password, "long enough");
    assert_string_equal(c.server_url, "http://10.1.2.3:8000");
    assert_true(prov_is_claim(c.token, strlen(c.token)));
    static const char prefix[] = "data:image/png;base64,";
    struct span code = json_get_string(v, "qr_code"), base64 = json_get_string(v, "qr_base64");
    assert_true(code.len > sizeof prefix && memcmp(code.p, prefix, sizeof prefix - 1) == 0);
    assert_true(span_eq((struct span){code.p + sizeof prefix - 1, code.len - sizeof prefix + 1}, base64));
    const struct json *data = json_get(v, "qr_data");
    assert_true(span_eq(json_get_string(data, "device_token"), json_get_string(v, "device_token")));
    assert_true(span_is(json_get_string(data, "user_id"), story_owner.s));
    assert_true(span_is(json_get_string(v, "status"), "pending"));
    assert_true(span_is(json_get_string(v, "expires_at"), "2023-11-14T22:23:20.000Z"));
    assert_null(json_get(v, "qr_texts"));
    assert_non_null(strstr(buf_str(&x.reply), "\"warnings\":[]"));
    fake_exchange_fini(&x);
}

static void long_texts_are_split_and_odd_ones_warned_of(void **state)
{
    struct story *f = *state;
    struct http_exchange x;
    fake_exchange_init(&x, &story_owner);
    x.base_url = "http://localhost:8000";
    x.body = "{\"camera_model\":\"CP_PLUS_WIFI_V2\",\"wifi_ssid\":\"\xe2\x98\x83\xe2\x98\x83\xe2\x98\x83 and "
             "a longer name\","
             "\"wifi_password\":\"\xe2\x98\x83\xe2\x98\x83 "
             "x\",\"qr_format\":\"compact\",\"device_name\":\"Yard\"}";
    fake_exchange_run(&x, api_onboard, &f->api);
    assert_int_equal(x.status, 201);
    (void)fake_exchange_answer(&x);
    const char *reply = buf_str(&x.reply);
    assert_non_null(strstr(reply, "\"qr_texts\":[\"C1/2:{"));
    assert_non_null(strstr(reply, "\"C2/2:"));
    assert_non_null(strstr(reply, "loopback_server_url"));
    assert_null(strstr(reply, "wifi_password_not_wpa")); /* 8 bytes */
    fake_exchange_fini(&x);
    fake_exchange_init(&x, &story_owner);
    x.body = "{\"camera_model\":\"CP_PLUS_WIFI_V2\",\"wifi_ssid\":\"home\",\"wifi_password\":\"mypass\"}";
    fake_exchange_run(&x, api_onboard, &f->api);
    assert_int_equal(x.status, 201);
    (void)fake_exchange_answer(&x);
    reply = buf_str(&x.reply);
    assert_non_null(strstr(reply, "wifi_password_not_wpa"));
    assert_non_null(strstr(reply, "\"qr_text\":\"{\\\"wifi_ssid\\\":\\\"home\\\""));
    assert_null(strstr(reply, "qr_texts"));
    fake_exchange_fini(&x);
}

static void wrong_wishes_are_named(void **state)
{
    struct story *f = *state;
    static const struct {
        const char *body, *field;
    } cases[] = {
        {"{\"wifi_ssid\":\"a\",\"wifi_password\":\"\"}", "camera_model"},
        {"{\"camera_model\":\"TOASTER\",\"wifi_ssid\":\"a\",\"wifi_password\":\"\"}", "camera_model"},
        {"{\"camera_model\":\"ESP32_S3_CAM\",\"wifi_ssid\":\"\",\"wifi_password\":\"\"}", "wifi_ssid"},
        {"{\"camera_model\":\"ESP32_S3_CAM\",\"wifi_ssid\":\"123456789012345678901234567890123\","
         "\"wifi_password\":\"\"}",
         "wifi_ssid"},
        {"{\"camera_model\":\"ESP32_S3_CAM\",\"wifi_ssid\":\"a\"}", "wifi_password"},
        {"{\"camera_model\":\"ESP32_S3_CAM\",\"wifi_ssid\":\"a\",\"wifi_password\":7}", "wifi_password"},
        {"{\"camera_model\":\"ESP32_S3_CAM\",\"wifi_ssid\":\"a\",\"wifi_password\":\"\",\"device_name\":"
         "\"\"}",
         "device_name"},
        {"{\"camera_model\":\"ESP32_S3_CAM\",\"wifi_ssid\":\"a\",\"wifi_password\":\"\",\"qr_format\":"
         "\"tiny\"}",
         "qr_format"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_exchange x;
        fake_exchange_init(&x, &story_owner);
        x.body = cases[i].body;
        fake_exchange_run(&x, api_onboard, &f->api);
        assert_int_equal(x.err, ERR_INVALID);
        assert_string_equal(x.bad_field, cases[i].field);
        fake_exchange_fini(&x);
    }
}

static void pictures_are_the_owners(void **state)
{
    struct story *f = *state;
    struct made m;
    struct http_exchange x;
    story_onboard(f, story_body, &m);
    fake_exchange_init(&x, &story_owner);
    x.param = m.token;
    fake_exchange_run(&x, api_onboard_qr_png, &f->api);
    assert_string_equal(x.content_type, "image/png");
    assert_memory_equal(x.reply.data, "\x89PNG", 4);
    fake_exchange_run(&x, api_onboard_qr_svg, &f->api);
    assert_string_equal(x.content_type, "image/svg+xml");
    assert_memory_equal(x.reply.data, "<", 1);
    fake_exchange_fini(&x);
    assert_int_equal(story_request(f, api_onboard_qr_png, &story_owner, m.token, "scale", "64"), ERR_OK);
    assert_int_equal(story_request(f, api_onboard_qr_png, &story_owner, m.token, "scale", "65"), ERR_INVALID);
    assert_int_equal(story_request(f, api_onboard_qr_png, &story_owner, m.token, "scale", "0"), ERR_INVALID);
    assert_int_equal(story_request(f, api_onboard_qr_png, &story_owner, m.token, "scale", "8px"),
                     ERR_INVALID);
    assert_int_equal(story_request(f, api_onboard_qr_png, &story_owner, m.token, "part", "2"), ERR_INVALID);
    assert_int_equal(story_request(f, api_onboard_qr_png, &story_stranger, m.token, NULL, NULL),
                     ERR_NOT_FOUND);
    assert_int_equal(story_request(f, api_onboard_qr_png, &story_owner, "nonsense", NULL, NULL),
                     ERR_NOT_FOUND);
    fake_clock_advance_ms(&f->clock, 600 * 1000);
    assert_int_equal(story_request(f, api_onboard_qr_png, &story_owner, m.token, NULL, NULL), ERR_QR_GONE);
}

static void a_cancelled_one_is_unknown(void **state)
{
    struct story *f = *state;
    struct made m;
    story_onboard(f, story_body, &m);
    assert_int_equal(story_request(f, api_onboard_cancel, &story_stranger, m.token, NULL, NULL),
                     ERR_NOT_FOUND);
    assert_int_equal(story_request(f, api_onboard_cancel, &story_owner, m.token, NULL, NULL), ERR_OK);
    assert_int_equal(story_check(f, m.token, "", "", ""), ERR_NOT_FOUND);
    assert_int_equal(story_request(f, api_onboard_qr_png, &story_owner, m.token, NULL, NULL), ERR_NOT_FOUND);
    assert_int_equal(story_request(f, api_device_get, &story_owner, m.id, NULL, NULL), ERR_NOT_FOUND);
    assert_int_equal(story_activate(f, m.token, "uid", NULL, NULL), ERR_NOT_FOUND);
}

static void memory_may_run_out(void **state)
{
    struct story *f = *state;
    char cursor[64];
    bool failed = true;
    for (long n = 0; failed; n++) {
        struct http_exchange x;
        fake_exchange_init(&x, &story_owner);
        x.body = story_body;
        mem_fail_after(n, 0);
        fake_exchange_run(&x, api_onboard, &f->api);
        failed = mem_failed();
        mem_fail_after(-1, 0);
        assert_true(failed || x.status == 201);
        fake_exchange_fini(&x);
        /* What was refused has left nothing. */
        assert_int_equal(story_list(f, NULL, NULL, cursor), x.status == 201);
        if (failed && x.status == 201)
            fake_clock_advance_ms(&f->clock, 600 * 1000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_CASE(the_answer_holds_the_code),  STORY_CASE(long_texts_are_split_and_odd_ones_warned_of),
        STORY_CASE(wrong_wishes_are_named),     STORY_CASE(pictures_are_the_owners),
        STORY_CASE(a_cancelled_one_is_unknown), STORY_CASE(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
