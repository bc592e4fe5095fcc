/* Devices and their snapshots. */
#include <stdio.h>
#include <string.h>

#include "cameras/presence.h"
#include "http/api/handlers.h"
#include "story.h"
#include "support/check.h"

static void a_device_shows_what_it_is(void **state)
{
    struct story *f = *state;
    struct made m;
    struct http_exchange x;
    struct id id;
    story_onboard(f, story_body, &m);
    assert_int_equal(story_activate(f, m.token, "u", NULL, NULL), ERR_OK);
    assert_true(id_parse(span_of(m.id), &id));
    presence_online(f->api.presence, &id, 1);
    presence_telemetry(f->api.presence, &id, SPAN_LIT("{\"rssi\":-60}"));
    fake_exchange_init(&x, &story_owner);
    x.param = m.id;
    fake_exchange_run(&x, api_device_get, &f->api);
    char want[1024];
    (void)snprintf(
        want, sizeof want,
        "{\"device_id\":\"%s\",\"device_uid\":\"u\",\"device_name\":\"My Camera\",\"camera_model\":"
        "\"VIRTUAL_CAMERA\",\"owner_id\":\"%s\",\"role\":\"owner\",\"wifi_ssid\":\"home\",\"status\":"
        "\"active\",\"online\":true,\"last_seen\":\"2023-11-14T22:13:20.000Z\",\"local_ip\":null,"
        "\"created_at\":\"2023-11-14T22:13:20.000Z\",\"activated_at\":\"2023-11-14T22:13:20.000Z\","
        "\"firmware\":null,\"telemetry\":{\"rssi\":-60},\"settings\":{},\"viewers\":0,"
        "\"offline_reason\":null}",
        m.id, story_owner.s);
    assert_string_equal(buf_str(&x.reply), want);
    fake_exchange_fini(&x);
    assert_int_equal(story_request(f, api_device_get, &story_stranger, m.id, NULL, NULL), ERR_NOT_FOUND);
    assert_int_equal(story_request(f, api_device_get, &story_owner, "short", NULL, NULL), ERR_MALFORMED);
}

static void the_list_is_paged_and_filtered(void **state)
{
    struct story *f = *state;
    struct made m[5];
    char cursor[64];
    for (int i = 0; i < 5; i++) {
        story_onboard(f, story_body, &m[i]);
        fake_clock_advance_ms(&f->clock, 1);
    }
    assert_int_equal(story_activate(f, m[4].token, "u", NULL, NULL), ERR_OK);
    assert_int_equal(story_list(f, NULL, NULL, cursor), 2);
    assert_int_equal(story_list(f, "cursor", cursor, cursor), 2);
    assert_int_equal(story_list(f, "cursor", cursor, cursor), 1);
    assert_string_equal(cursor, "");
    assert_int_equal(story_list(f, "status", "active", cursor), 1); /* behind two pages of pending ones */
    assert_string_equal(cursor, "");
    assert_int_equal(story_list(f, "status", "offline", cursor), 0);
    assert_int_equal(story_list(f, "status", "pending", cursor), 2);
    assert_int_equal(story_request(f, api_devices_list, &story_owner, "", "status", "happy"), ERR_INVALID);
    assert_int_equal(story_request(f, api_devices_list, &story_owner, "", "limit", "201"), ERR_INVALID);
    assert_int_equal(story_request(f, api_devices_list, &story_owner, "", "limit", ""), ERR_INVALID);
    assert_int_equal(story_request(f, api_devices_list, &story_owner, "", "cursor", "?"), ERR_INVALID);
    fake_clock_advance_ms(&f->clock, 600 * 1000);
    assert_int_equal(story_list(f, NULL, NULL, cursor), 1); /* the pending ones have run out */
}

static void a_deleted_device_is_gone(void **state)
{
    struct story *f = *state;
    struct made m;
    story_onboard(f, story_body, &m);
    assert_int_equal(story_request(f, api_device_delete, &story_stranger, m.id, NULL, NULL), ERR_NOT_FOUND);
    assert_int_equal(f->removed, 0);
    assert_int_equal(story_request(f, api_device_delete, &story_owner, m.id, NULL, NULL), ERR_OK);
    assert_int_equal(f->removed, 1);
    assert_int_equal(story_request(f, api_device_delete, &story_owner, m.id, NULL, NULL), ERR_NOT_FOUND);
    assert_int_equal(story_check(f, m.token, "", "", ""), ERR_NOT_FOUND);
}

static void a_snapshot_is_a_picture(void **state)
{
    struct story *f = *state;
    struct made m;
    struct http_exchange x;
    story_onboard(f, story_body, &m);
    fake_exchange_init(&x, &story_owner);
    x.param = m.id;
    fake_exchange_run(&x, api_snapshot, &f->api);
    assert_string_equal(x.content_type, "image/jpeg");
    assert_string_equal(buf_str(&x.reply), "picture");
    assert_non_null(strstr(x.headers, "X-Frame-Seq: 7\n"));
    assert_non_null(strstr(x.headers, "X-Captured-At: 2023-11-14T22:13:20.123Z\n"));
    assert_int_equal(f->released, 0);
    fake_exchange_fini(&x);
    assert_int_equal(f->released, 1);
    f->snapshot_err = ERR_CAMERA_OFFLINE;
    assert_int_equal(story_request(f, api_snapshot, &story_owner, m.id, NULL, NULL), ERR_CAMERA_OFFLINE);
    assert_int_equal(story_request(f, api_snapshot, &story_stranger, m.id, NULL, NULL), ERR_NOT_FOUND);
    assert_int_equal(story_request(f, api_snapshot, &story_owner, m.id, "max_age_ms", "60001"), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_CASE(a_device_shows_what_it_is),
        STORY_CASE(the_list_is_paged_and_filtered),
        STORY_CASE(a_deleted_device_is_gone),
        STORY_CASE(a_snapshot_is_a_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
