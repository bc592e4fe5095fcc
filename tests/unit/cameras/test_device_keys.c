/* What an owner does without an onboarding: repeat a call, type a key, rotate one, move a camera to another
 * WiFi. */
#include <stdio.h>
#include <string.h>

#include "auth/secret.h"
#include "core/mem.h"
#include "http/api/handlers.h"
#include "provisioning/payload.h"
#include "provisioning/token.h"
#include "story.h"
#include "support/check.h"

static const char other_body[] =
    "{\"camera_model\":\"VIRTUAL_CAMERA\",\"wifi_ssid\":\"home\",\"wifi_password\":\"long enougH\"}";
static const char spaced_body[] = "{ \"wifi_password\": \"long enough\", \"wifi_ssid\": \"home\",\n"
                                  "  \"camera_model\": \"VIRTUAL_CAMERA\" }";

static enum err picture(struct story *f, const char *token)
{
    return story_request(f, api_onboard_qr_png, &story_owner, token, NULL, NULL);
}

static void a_repeated_call_finds_its_device(void **state)
{
    struct story *f = *state;
    struct made first, again, third, other;
    assert_int_equal(story_repeat(f, story_body, "key 1", &first), ERR_OK);
    assert_int_equal(story_repeat(f, story_body, "key 1", &again), ERR_OK);
    assert_string_equal(again.id, first.id);
    assert_string_not_equal(again.token, first.token);
    assert_int_equal(story_check(f, first.token, "", "", ""), ERR_NOT_FOUND);
    assert_int_equal(picture(f, first.token), ERR_NOT_FOUND);
    assert_int_equal(picture(f, again.token), ERR_OK);
    assert_int_equal(story_repeat(f, spaced_body, "key 1", &third), ERR_OK);
    assert_string_equal(third.id, first.id);
    assert_int_equal(story_repeat(f, other_body, "key 1", &other), ERR_IDEMPOTENCY);
    assert_int_equal(picture(f, third.token), ERR_OK);
    assert_int_equal(story_repeat(f, other_body, "key 2", &other), ERR_OK);
    assert_string_not_equal(other.id, first.id);
    assert_int_equal(story_activate(f, again.token, "uid", NULL, NULL), ERR_NOT_FOUND);
    assert_int_equal(story_activate(f, third.token, "uid", NULL, NULL), ERR_OK);
    assert_int_equal(story_repeat(f, story_body, "key 1", &again), ERR_ALREADY_ACTIVATED);
}

static void crooked_idempotency_keys_are_named(void **state)
{
    struct story *f = *state;
    struct made made;
    static const char *const bad[] = {"", "\x7f", "a\tb", "\xc3\xa9",
                                      "12345678901234567890123456789012345678901234567890123456789012345"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(story_repeat(f, story_body, bad[i], &made), ERR_INVALID);
    assert_int_equal(story_repeat(f, story_body, bad[4] + 1, &made), ERR_OK);
}

static void a_repeat_without_memory_changes_nothing_or_all(void **state)
{
    struct story *f = *state;
    struct made made, now = {.id = ""};
    assert_int_equal(story_repeat(f, story_body, "key", &made), ERR_OK);
    enum err err = ERR_NO_MEMORY;
    for (long n = 0; err; n++) {
        struct http_exchange x;
        fake_exchange_init(&x, &story_owner);
        x.body = story_body;
        x.header[0] = "Idempotency-Key";
        x.header[1] = "key";
        mem_fail_after(n, 0);
        fake_exchange_run(&x, api_onboard, &f->api);
        mem_fail_after(-1, 0);
        err = x.err;
        fake_exchange_fini(&x);
        assert_int_equal(story_repeat(f, story_body, "key", &now), ERR_OK);
        assert_string_equal(now.id, made.id);
        assert_int_equal(picture(f, now.token), ERR_OK);
    }
}

/* ---- keys ---- */

struct device {
    char id[64], key[128];
};

static enum err create(struct story *f, const char *body, struct device *out)
{
    struct http_exchange x;
    fake_exchange_init(&x, &story_owner);
    x.body = body;
    fake_exchange_run(&x, api_device_create, &f->api);
    if (!x.err) {
        const struct json *v = fake_exchange_answer(&x);
        assert_int_equal(x.status, 201);
        assert_true(span_is(json_get_string(v, "status"), "offline"));
        assert_true(span_is(json_get_string(v, "role"), "owner"));
        story_copy(v, "device_id", out->id, sizeof out->id);
        story_copy(v, "device_key", out->key, sizeof out->key);
    }
    enum err err = x.err;
    fake_exchange_fini(&x);
    return err;
}

static bool opens(struct story *f, const char *device, const char *key)
{
    struct id id;
    struct camera c;
    struct secret_hash hash = secret_hash_of(span_of(key));
    assert_true(id_parse(span_of(device), &id));
    return f->api.store->camera_by_key(f->api.store, &id, &hash, &c) == ERR_OK;
}

static const char typed[] =
    "{\"device_name\":\"Shed\",\"camera_model\":\"ESP32_S3_CAM\",\"device_uid\":\"uid\"}";

static void a_device_may_be_made_with_its_key(void **state)
{
    struct story *f = *state;
    struct device one, two;
    char named[PROV_ID_LEN + 1];
    assert_int_equal(create(f, typed, &one), ERR_OK);
    assert_true(prov_device_key_parse(one.key, strlen(one.key), named));
    assert_string_equal(named, one.id);
    assert_true(opens(f, one.id, one.key));
    assert_int_equal(create(f, typed, &two), ERR_UID_TAKEN);
    assert_int_equal(create(f, "{\"device_name\":\"A\",\"camera_model\":\"ESP32_S3_CAM\"}", &two), ERR_OK);
    assert_int_equal(create(f, "{\"device_name\":\"B\",\"camera_model\":\"ESP32_S3_CAM\"}", &two), ERR_OK);
    assert_int_equal(create(f, "{\"device_name\":\"\",\"camera_model\":\"ESP32_S3_CAM\"}", &two),
                     ERR_INVALID);
    assert_int_equal(create(f, "{\"device_name\":\"B\",\"camera_model\":\"TOASTER\"}", &two), ERR_INVALID);
    assert_int_equal(create(f, "{\"device_name\":\"B\"}", &two), ERR_INVALID);
}

static enum err rotate(struct story *f, const struct id *user, const char *device, char key[128])
{
    struct http_exchange x;
    fake_exchange_init(&x, user);
    x.param = device;
    fake_exchange_run(&x, api_device_rotate_key, &f->api);
    if (!x.err)
        story_copy(fake_exchange_answer(&x), "device_key", key, 128);
    enum err err = x.err;
    fake_exchange_fini(&x);
    return err;
}

static void a_rotated_key_ends_the_one_before(void **state)
{
    struct story *f = *state;
    struct device d;
    struct made pending;
    char key[128];
    assert_int_equal(create(f, typed, &d), ERR_OK);
    assert_int_equal(rotate(f, &story_stranger, d.id, key), ERR_NOT_FOUND);
    assert_int_equal(rotate(f, &story_owner, "x", key), ERR_MALFORMED);
    assert_int_equal(f->rekeyed, 0);
    assert_true(opens(f, d.id, d.key));
    assert_int_equal(rotate(f, &story_owner, d.id, key), ERR_OK);
    assert_int_equal(f->rekeyed, 1);
    struct secret_hash hash = secret_hash_of(span_of(key));
    assert_true(secret_hash_eq(&f->good_key, &hash));
    assert_true(opens(f, d.id, key) && !opens(f, d.id, d.key));
    story_onboard(f, story_body, &pending);
    assert_int_equal(rotate(f, &story_owner, pending.id, key), ERR_CONFLICT);
}

/* ---- another WiFi ---- */

static enum err wifi(struct story *f, const struct id *user, const char *device, const char *body,
                     struct prov_credentials *out)
{
    struct http_exchange x;
    char text[PROV_TEXT_MAX + 1];
    fake_exchange_init(&x, user);
    x.param = device;
    x.body = body;
    fake_exchange_run(&x, api_wifi_qr, &f->api);
    if (!x.err) {
        const struct json *v = fake_exchange_answer(&x);
        assert_int_equal(x.status, 201);
        story_copy(v, "qr_text", text, sizeof text);
        assert_int_equal(prov_payload_decode(text, strlen(text), out), PROV_OK);
        assert_true(span_is(json_get_string(json_get(v, "qr_data"), "user_id"), user->s));
        assert_null(json_get_string(json_get(v, "qr_data"), "device_token").p);
    }
    enum err err = x.err;
    fake_exchange_fini(&x);
    return err;
}

static void a_camera_moves_to_another_wifi(void **state)
{
    static const char moved[] = "{\"wifi_ssid\":\"new home\",\"wifi_password\":\"\"}";
    struct story *f = *state;
    struct device d;
    struct made pending;
    struct prov_credentials c;
    assert_int_equal(create(f, typed, &d), ERR_OK);
    assert_int_equal(wifi(f, &story_owner, d.id, moved, &c), ERR_OK);
    assert_string_equal(c.ssid, "new home");
    assert_string_equal(c.token, "");
    assert_true(opens(f, d.id, d.key));
    assert_int_equal(wifi(f, &story_stranger, d.id, moved, &c), ERR_NOT_FOUND);
    assert_int_equal(wifi(f, &story_owner, d.id, "{\"wifi_ssid\":\"\",\"wifi_password\":\"\"}", &c),
                     ERR_INVALID);
    assert_int_equal(wifi(f, &story_owner, d.id, "{\"wifi_ssid\":\"a\"}", &c), ERR_INVALID);
    assert_int_equal(wifi(f, &story_owner, "x", moved, &c), ERR_MALFORMED);
    story_onboard(f, story_body, &pending);
    assert_int_equal(wifi(f, &story_owner, pending.id, moved, &c), ERR_CONFLICT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_CASE(a_repeated_call_finds_its_device),
        STORY_CASE(crooked_idempotency_keys_are_named),
        STORY_CASE(a_repeat_without_memory_changes_nothing_or_all),
        STORY_CASE(a_device_may_be_made_with_its_key),
        STORY_CASE(a_rotated_key_ends_the_one_before),
        STORY_CASE(a_camera_moves_to_another_wifi),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
