/* Onboarding as the camera sees it: activation, and check-status for who watches. */
#include <stdio.h>
#include <string.h>

#include "auth/secret.h"
#include "cameras/progress.h"
#include "http/api/handlers.h"
#include "provisioning/payload.h"
#include "provisioning/token.h"
#include "story.h"
#include "support/check.h"

static void a_camera_is_activated(void **state)
{
    struct story *f = *state;
    struct made m;
    struct http_exchange x;
    char text[256], key[128], id[64];
    story_onboard(f, story_body, &m);
    assert_int_equal(story_check(f, m.token, "pending", "waiting", m.id), ERR_OK);
    fake_exchange_init(&x, NULL);
    (void)snprintf(
        text, sizeof text,
        "{\"device_token\":\"%s\",\"device_uid\":\"u\",\"local_ip\":\"10.0.0.9\",\"camera_model\":null}",
        m.token);
    x.body = text;
    x.base_url = "https://cam.example";
    fake_exchange_run(&x, api_activate, &f->api);
    const struct json *v = fake_exchange_answer(&x);
    assert_true(span_is(json_get_string(v, "device_id"), m.id));
    assert_true(span_is(json_get_string(v, "status"), "active"));
    assert_true(span_is(json_get_string(v, "relay_url"), "wss://cam.example/ws"));
    assert_true(span_is(json_get_string(v, "upload_url"), "https://cam.example/upload"));
    story_copy(v, "device_key", key, sizeof key);
    assert_true(prov_device_key_parse(key, strlen(key), id));
    assert_string_equal(id, m.id);
    fake_exchange_fini(&x);
    assert_int_equal(story_check(f, m.token, "active", "activated", m.id), ERR_OK);
    assert_int_equal(story_request(f, api_onboard_qr_png, &story_owner, m.token, NULL, NULL), ERR_QR_GONE);
    assert_int_equal(story_request(f, api_onboard_cancel, &story_owner, m.token, NULL, NULL),
                     ERR_ALREADY_ACTIVATED);
    assert_int_equal(story_activate(f, m.token, "other", NULL, NULL), ERR_TOKEN_USED);
    assert_int_equal(story_activate(f, m.token, "u", id, key), ERR_OK);
    assert_string_equal(id, m.id);
    story_connect(f, m.id, key);
    assert_int_equal(story_check(f, m.token, "active", "connected", m.id), ERR_OK);
    assert_int_equal(story_activate(f, m.token, "u", NULL, NULL), ERR_ALREADY_ACTIVATED);
    fake_clock_advance_ms(&f->clock, 60 * 1000);
    assert_int_equal(story_check(f, m.token, "offline", "connected", m.id), ERR_OK);
}

static void either_form_of_the_secret_opens(void **state)
{
    struct story *f = *state;
    struct made m;
    struct prov_credentials c;
    char id[64];
    story_onboard(f, story_body, &m);
    assert_int_equal(prov_payload_decode(m.text, strlen(m.text), &c), PROV_OK);
    assert_int_equal(story_check(f, c.token, "pending", "waiting", m.id), ERR_OK);
    assert_int_equal(story_activate(f, c.token, "u", id, NULL), ERR_OK);
    assert_string_equal(id, m.id);
}

static void wrong_activations_are_refused(void **state)
{
    struct story *f = *state;
    struct made m;
    char text[512];
    static const struct {
        const char *more, *field;
    } cases[] = {
        {"", "device_uid"},
        {",\"device_uid\":\"\"", "device_uid"},
        {",\"device_uid\":\"u\",\"camera_model\":\"TOASTER\"", "camera_model"},
        {",\"device_uid\":\"u\",\"local_ip\":\"here\"", "local_ip"},
        {",\"device_uid\":\"u\",\"firmware\":1", "firmware"},
    };
    story_onboard(f, story_body, &m);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_exchange x;
        fake_exchange_init(&x, NULL);
        (void)snprintf(text, sizeof text, "{\"device_token\":\"%s\"%s}", m.token, cases[i].more);
        x.body = text;
        fake_exchange_run(&x, api_activate, &f->api);
        assert_int_equal(x.err, ERR_INVALID);
        assert_string_equal(x.bad_field, cases[i].field);
        fake_exchange_fini(&x);
    }
    assert_int_equal(story_activate(f, "nonsense", "u", NULL, NULL), ERR_NOT_FOUND);
    fake_clock_advance_ms(&f->clock, 600 * 1000);
    assert_int_equal(story_activate(f, m.token, "u", NULL, NULL), ERR_TOKEN_EXPIRED);
    assert_int_equal(story_check(f, m.token, "expired", "waiting", m.id), ERR_OK);
    fake_clock_advance_ms(&f->clock, 24 * 3600 * 1000);
    assert_int_equal(story_check(f, m.token, "", "", ""), ERR_NOT_FOUND);
    assert_int_equal(story_activate(f, m.token, "u", NULL, NULL), ERR_NOT_FOUND);
}

static void a_reset_camera_keeps_its_device(void **state)
{
    struct story *f = *state;
    struct made first, again;
    char id[64], key[128];
    story_onboard(f, story_body, &first);
    assert_int_equal(story_activate(f, first.token, "u", id, key), ERR_OK);
    story_connect(f, id, key);
    story_onboard(f, story_body, &again);
    assert_int_equal(story_activate(f, again.token, "u", id, key), ERR_OK);
    assert_string_equal(id, first.id);
    assert_int_equal(story_check(f, again.token, "active", "activated", first.id), ERR_OK);
    assert_int_equal(story_request(f, api_onboard_qr_png, &story_owner, again.token, NULL, NULL),
                     ERR_QR_GONE);
    story_connect(f, id, key);
    assert_int_equal(story_check(f, again.token, "active", "connected", first.id), ERR_OK);
    assert_int_equal(story_request(f, api_device_get, &story_owner, again.id, NULL, NULL), ERR_NOT_FOUND);
}

static void a_poll_waits_for_news(void **state)
{
    struct story *f = *state;
    struct made m;
    struct http_exchange x;
    story_onboard(f, story_body, &m);
    fake_exchange_init(&x, NULL);
    x.param = m.token;
    x.query[0] = "wait";
    x.query[1] = "30";
    assert_int_equal(api_check_status(&x, &f->api), HTTP_PENDING);
    assert_int_equal(story_activate(f, m.token, "u", NULL, NULL), ERR_OK);
    fake_exchange_await(&x);
    assert_true(span_is(json_get_string(fake_exchange_answer(&x), "stage"), "activated"));
    fake_exchange_fini(&x);
    assert_int_equal(story_request(f, api_check_status, NULL, m.token, "wait", "31"), ERR_INVALID);
    fake_exchange_init(&x, NULL);
    x.param = m.token;
    x.query[0] = "wait";
    x.query[1] = "30";
    assert_int_equal(api_check_status(&x, &f->api), HTTP_PENDING);
    assert_int_equal(story_request(f, api_device_delete, &story_owner, m.id, NULL, NULL), ERR_OK);
    fake_exchange_await(&x);
    assert_int_equal(x.err, ERR_NOT_FOUND);
    fake_exchange_fini(&x);
}

static void make_key(void *arg, const struct id *id, struct secret_hash *hash)
{
    (void)id;
    *hash = *(const struct secret_hash *)arg;
}

/* Another process on the same store activates: nobody here tells of it. */
static void a_poll_looks_again_when_its_wait_ends(void **state)
{
    struct story *f = *state;
    struct made m;
    struct http_exchange x;
    struct camera c;
    struct secret_hash key = {{1}};
    struct store_activation a = {.device_uid = "u", .now_ms = clock_wall_ms(f->api.clock)};
    story_onboard(f, story_body, &m);
    a.token = secret_hash_of(span_of(m.token));
    fake_exchange_init(&x, NULL);
    x.param = m.token;
    x.query[0] = "wait";
    x.query[1] = "30";
    assert_int_equal(api_check_status(&x, &f->api), HTTP_PENDING);
    assert_int_equal(f->api.store->camera_activate(f->api.store, &a, make_key, &key, &c), ERR_OK);
    progress_stop(f->api.progress); /* ends every wait */
    fake_exchange_await(&x);
    assert_true(span_is(json_get_string(fake_exchange_answer(&x), "stage"), "activated"));
    fake_exchange_fini(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY_CASE(a_camera_is_activated),         STORY_CASE(either_form_of_the_secret_opens),
        STORY_CASE(wrong_activations_are_refused), STORY_CASE(a_reset_camera_keeps_its_device),
        STORY_CASE(a_poll_waits_for_news),         STORY_CASE(a_poll_looks_again_when_its_wait_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
