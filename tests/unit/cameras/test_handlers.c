/* The onboarding, device and snapshot handlers over a real store, without a server: the whole story of a
 * camera. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/secret.h"
#include "cameras/presence.h"
#include "cameras/progress.h"
#include "cameras/qr_vault.h"
#include "core/mem.h"
#include "core/timers.h"
#include "fake_exchange.h"
#include "http/api/api.h"
#include "http/api/handlers.h"
#include "provisioning/payload.h"
#include "provisioning/token.h"
#include "store/sqlite/sqlite.h"
#include "support/check.h"
#include "support/fake_clock.h"

static const struct id owner = {"0000000000000000000000aa"}, stranger = {"0000000000000000000000bb"};
static const char body[] =
    "{\"camera_model\":\"VIRTUAL_CAMERA\",\"wifi_ssid\":\"home\",\"wifi_password\":\"long enough\"}";

struct fixture {
    struct fake_clock clock;
    struct conf conf;
    struct timers *timers;
    struct api api;
    char folder[32], path[64];
    int removed, released;
    enum err snapshot_err;
};

/* What an onboarding answered. */
struct made {
    char id[64], token[64], text[PROV_TEXT_MAX + 1];
};

static void release(void *keep)
{
    ((struct fixture *)keep)->released++;
}

static void snapshot(void *arg, const struct id *device, int max_age_ms, int wait_ms,
                     void (*done)(void *done_arg, enum err err, const struct api_picture *picture),
                     void *done_arg)
{
    struct fixture *f = arg;
    (void)device;
    assert_int_equal(max_age_ms, 2000);
    assert_int_equal(wait_ms, 5000);
    struct api_picture p = {.jpeg = SPAN_LIT("picture"),
                            .seq = 7,
                            .captured_us = 1700000000123456,
                            .release = release,
                            .keep = f};
    done(done_arg, f->snapshot_err, f->snapshot_err ? NULL : &p);
}

static void device_removed(void *arg, const struct id *device)
{
    (void)device;
    ((struct fixture *)arg)->removed++;
}

static void add_user(struct fixture *f, const struct id *id, const char *name)
{
    struct user u = {.id = *id, .is_active = true};
    (void)snprintf(u.username, sizeof u.username, "%s", name);
    assert_int_equal(f->api.store->user_create(f->api.store, &u), ERR_OK);
}

static int setup(void **state)
{
    struct fixture *f = mem_zalloc(sizeof *f);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/handlers-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/test.db", f->folder);
    fake_clock_init(&f->clock, 1700000000000);
    f->conf.onboard_ttl_s = 600;
    f->api = (struct api){.conf = &f->conf,
                          .clock = &f->clock.clock,
                          .relay = {.arg = f, .snapshot = snapshot, .device_removed = device_removed}};
    assert_int_equal(timers_create(&f->timers), ERR_OK);
    assert_int_equal(presence_create(&f->api.presence, f->api.clock), ERR_OK);
    assert_int_equal(progress_create(&f->api.progress, f->timers, 100), ERR_OK);
    assert_int_equal(qr_vault_create(&f->api.vault, 100), ERR_OK);
    assert_int_equal(sqlite_store_open(f->path, &f->api.store), ERR_OK);
    add_user(f, &owner, "owner");
    add_user(f, &stranger, "stranger");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    progress_free(f->api.progress);
    timers_free(f->timers);
    qr_vault_free(f->api.vault);
    presence_free(f->api.presence);
    f->api.store->close(f->api.store);
    (void)unlink(f->path);
    assert_int_equal(rmdir(f->folder), 0);
    mem_free(f);
    return 0;
}

/* ---- requests ---- */

static void copy_string(const struct json *v, const char *name, char *out, size_t cap)
{
    assert_true(span_copy(json_get_string(v, name), out, cap));
}

static void onboard(struct fixture *f, const char *text, struct made *out)
{
    struct http_exchange x;
    fake_exchange_init(&x, &owner);
    x.body = text;
    fake_exchange_run(&x, api_onboard, &f->api);
    assert_int_equal(x.status, 201);
    const struct json *v = fake_exchange_answer(&x);
    copy_string(v, "device_id", out->id, sizeof out->id);
    copy_string(v, "device_token", out->token, sizeof out->token);
    copy_string(v, "qr_text", out->text, sizeof out->text);
    fake_exchange_fini(&x);
}

/* 0 = a 2xx answer; the device id goes to id when not NULL. */
static enum err activate(struct fixture *f, const char *token, const char *uid, char id[64], char key[128])
{
    struct http_exchange x;
    char text[256];
    fake_exchange_init(&x, NULL);
    (void)snprintf(text, sizeof text, "{\"device_token\":\"%s\",\"device_uid\":\"%s\"}", token, uid);
    x.body = text;
    fake_exchange_run(&x, api_activate, &f->api);
    if (!x.err && id)
        copy_string(fake_exchange_answer(&x), "device_id", id, 64);
    if (!x.err && key)
        copy_string(fake_exchange_answer(&x), "device_key", key, 128);
    enum err err = x.err;
    fake_exchange_fini(&x);
    return err;
}

static void connect_camera(struct fixture *f, const char *device, const char *key)
{
    struct id id;
    bool replaced;
    struct secret_hash hash = secret_hash_of(span_of(key));
    assert_true(id_parse(span_of(device), &id));
    assert_int_equal(
        f->api.store->camera_connected(f->api.store, &id, &hash, clock_wall_ms(f->api.clock), &replaced),
        ERR_OK);
    progress_changed(f->api.progress, &id);
}

static enum err request(struct fixture *f, http_handler *handler, const struct id *user, const char *param,
                        const char *name, const char *value)
{
    struct http_exchange x;
    fake_exchange_init(&x, user);
    x.param = param;
    x.query[0] = name;
    x.query[1] = value;
    fake_exchange_run(&x, handler, &f->api);
    enum err err = x.err;
    fake_exchange_fini(&x);
    return err;
}

static enum err check(struct fixture *f, const char *token, const char *status, const char *stage,
                      const char *device)
{
    struct http_exchange x;
    fake_exchange_init(&x, NULL);
    x.param = token;
    fake_exchange_run(&x, api_check_status, &f->api);
    enum err err = x.err;
    if (!err) {
        const struct json *v = fake_exchange_answer(&x);
        assert_true(span_is(json_get_string(v, "status"), status));
        assert_true(span_is(json_get_string(v, "stage"), stage));
        assert_true(span_is(json_get_string(v, "device_id"), device));
        assert_true(span_is(json_get_string(v, "device_name"), "My Camera"));
        assert_non_null(json_get(v, "activated"));
        assert_non_null(json_get(v, "expires_at"));
        assert_null(json_get(v, "model_changed"));
    }
    fake_exchange_fini(&x);
    return err;
}

/* ---- onboarding ---- */

static void the_answer_holds_the_code(void **state)
{
    struct fixture *f = *state;
    struct http_exchange x;
    struct prov_credentials c;
    char text[PROV_TEXT_MAX + 1];
    fake_exchange_init(&x, &owner);
    x.body = body;
    x.base_url = "http://10.1.2.3:8000";
    fake_exchange_run(&x, api_onboard, &f->api);
    assert_int_equal(x.status, 201);
    const struct json *v = fake_exchange_answer(&x);
    copy_string(v, "qr_text", text, sizeof text);
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
    assert_true(span_is(json_get_string(data, "user_id"), owner.s));
    assert_true(span_is(json_get_string(v, "status"), "pending"));
    assert_true(span_is(json_get_string(v, "expires_at"), "2023-11-14T22:23:20.000Z"));
    assert_null(json_get(v, "qr_texts"));
    assert_non_null(strstr(buf_str(&x.reply), "\"warnings\":[]"));
    fake_exchange_fini(&x);
}

static void long_texts_are_split_and_odd_ones_warned_of(void **state)
{
    struct fixture *f = *state;
    struct http_exchange x;
    fake_exchange_init(&x, &owner);
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
    fake_exchange_init(&x, &owner);
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
    struct fixture *f = *state;
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
        fake_exchange_init(&x, &owner);
        x.body = cases[i].body;
        fake_exchange_run(&x, api_onboard, &f->api);
        assert_int_equal(x.err, ERR_INVALID);
        assert_string_equal(x.bad_field, cases[i].field);
        fake_exchange_fini(&x);
    }
}

static void pictures_are_the_owners(void **state)
{
    struct fixture *f = *state;
    struct made m;
    struct http_exchange x;
    onboard(f, body, &m);
    fake_exchange_init(&x, &owner);
    x.param = m.token;
    fake_exchange_run(&x, api_onboard_qr_png, &f->api);
    assert_string_equal(x.content_type, "image/png");
    assert_memory_equal(x.reply.data, "\x89PNG", 4);
    fake_exchange_run(&x, api_onboard_qr_svg, &f->api);
    assert_string_equal(x.content_type, "image/svg+xml");
    assert_memory_equal(x.reply.data, "<", 1);
    fake_exchange_fini(&x);
    assert_int_equal(request(f, api_onboard_qr_png, &owner, m.token, "scale", "64"), ERR_OK);
    assert_int_equal(request(f, api_onboard_qr_png, &owner, m.token, "scale", "65"), ERR_INVALID);
    assert_int_equal(request(f, api_onboard_qr_png, &owner, m.token, "scale", "0"), ERR_INVALID);
    assert_int_equal(request(f, api_onboard_qr_png, &owner, m.token, "scale", "8px"), ERR_INVALID);
    assert_int_equal(request(f, api_onboard_qr_png, &owner, m.token, "part", "2"), ERR_INVALID);
    assert_int_equal(request(f, api_onboard_qr_png, &stranger, m.token, NULL, NULL), ERR_NOT_FOUND);
    assert_int_equal(request(f, api_onboard_qr_png, &owner, "nonsense", NULL, NULL), ERR_NOT_FOUND);
    fake_clock_advance_ms(&f->clock, 600 * 1000);
    assert_int_equal(request(f, api_onboard_qr_png, &owner, m.token, NULL, NULL), ERR_QR_GONE);
}

static void a_cancelled_one_is_unknown(void **state)
{
    struct fixture *f = *state;
    struct made m;
    onboard(f, body, &m);
    assert_int_equal(request(f, api_onboard_cancel, &stranger, m.token, NULL, NULL), ERR_NOT_FOUND);
    assert_int_equal(request(f, api_onboard_cancel, &owner, m.token, NULL, NULL), ERR_OK);
    assert_int_equal(check(f, m.token, "", "", ""), ERR_NOT_FOUND);
    assert_int_equal(request(f, api_onboard_qr_png, &owner, m.token, NULL, NULL), ERR_NOT_FOUND);
    assert_int_equal(request(f, api_device_get, &owner, m.id, NULL, NULL), ERR_NOT_FOUND);
    assert_int_equal(activate(f, m.token, "uid", NULL, NULL), ERR_NOT_FOUND);
}

/* ---- activation ---- */

static void a_camera_is_activated(void **state)
{
    struct fixture *f = *state;
    struct made m;
    struct http_exchange x;
    char text[256], key[128], id[64];
    onboard(f, body, &m);
    assert_int_equal(check(f, m.token, "pending", "waiting", m.id), ERR_OK);
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
    copy_string(v, "device_key", key, sizeof key);
    assert_true(prov_device_key_parse(key, strlen(key), id));
    assert_string_equal(id, m.id);
    fake_exchange_fini(&x);
    assert_int_equal(check(f, m.token, "active", "activated", m.id), ERR_OK);
    assert_int_equal(request(f, api_onboard_qr_png, &owner, m.token, NULL, NULL), ERR_QR_GONE);
    assert_int_equal(request(f, api_onboard_cancel, &owner, m.token, NULL, NULL), ERR_ALREADY_ACTIVATED);
    assert_int_equal(activate(f, m.token, "other", NULL, NULL), ERR_TOKEN_USED);
    assert_int_equal(activate(f, m.token, "u", id, key), ERR_OK);
    assert_string_equal(id, m.id);
    connect_camera(f, m.id, key);
    assert_int_equal(check(f, m.token, "active", "connected", m.id), ERR_OK);
    assert_int_equal(activate(f, m.token, "u", NULL, NULL), ERR_ALREADY_ACTIVATED);
    fake_clock_advance_ms(&f->clock, 60 * 1000);
    assert_int_equal(check(f, m.token, "offline", "connected", m.id), ERR_OK);
}

static void either_form_of_the_secret_opens(void **state)
{
    struct fixture *f = *state;
    struct made m;
    struct prov_credentials c;
    char id[64];
    onboard(f, body, &m);
    assert_int_equal(prov_payload_decode(m.text, strlen(m.text), &c), PROV_OK);
    assert_int_equal(check(f, c.token, "pending", "waiting", m.id), ERR_OK);
    assert_int_equal(activate(f, c.token, "u", id, NULL), ERR_OK);
    assert_string_equal(id, m.id);
}

static void wrong_activations_are_refused(void **state)
{
    struct fixture *f = *state;
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
    onboard(f, body, &m);
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
    assert_int_equal(activate(f, "nonsense", "u", NULL, NULL), ERR_NOT_FOUND);
    fake_clock_advance_ms(&f->clock, 600 * 1000);
    assert_int_equal(activate(f, m.token, "u", NULL, NULL), ERR_TOKEN_EXPIRED);
    assert_int_equal(check(f, m.token, "expired", "waiting", m.id), ERR_OK);
    fake_clock_advance_ms(&f->clock, 24 * 3600 * 1000);
    assert_int_equal(check(f, m.token, "", "", ""), ERR_NOT_FOUND);
    assert_int_equal(activate(f, m.token, "u", NULL, NULL), ERR_NOT_FOUND);
}

static void a_reset_camera_keeps_its_device(void **state)
{
    struct fixture *f = *state;
    struct made first, again;
    char id[64], key[128];
    onboard(f, body, &first);
    assert_int_equal(activate(f, first.token, "u", id, key), ERR_OK);
    connect_camera(f, id, key);
    onboard(f, body, &again);
    assert_int_equal(activate(f, again.token, "u", id, key), ERR_OK);
    assert_string_equal(id, first.id);
    assert_int_equal(check(f, again.token, "active", "activated", first.id), ERR_OK);
    assert_int_equal(request(f, api_onboard_qr_png, &owner, again.token, NULL, NULL), ERR_QR_GONE);
    connect_camera(f, id, key);
    assert_int_equal(check(f, again.token, "active", "connected", first.id), ERR_OK);
    assert_int_equal(request(f, api_device_get, &owner, again.id, NULL, NULL), ERR_NOT_FOUND);
}

static void a_poll_waits_for_news(void **state)
{
    struct fixture *f = *state;
    struct made m;
    struct http_exchange x;
    onboard(f, body, &m);
    fake_exchange_init(&x, NULL);
    x.param = m.token;
    x.query[0] = "wait";
    x.query[1] = "30";
    assert_int_equal(api_check_status(&x, &f->api), HTTP_PENDING);
    assert_int_equal(activate(f, m.token, "u", NULL, NULL), ERR_OK);
    fake_exchange_await(&x);
    assert_true(span_is(json_get_string(fake_exchange_answer(&x), "stage"), "activated"));
    fake_exchange_fini(&x);
    assert_int_equal(request(f, api_check_status, NULL, m.token, "wait", "31"), ERR_INVALID);
    fake_exchange_init(&x, NULL);
    x.param = m.token;
    x.query[0] = "wait";
    x.query[1] = "30";
    assert_int_equal(api_check_status(&x, &f->api), HTTP_PENDING);
    assert_int_equal(request(f, api_device_delete, &owner, m.id, NULL, NULL), ERR_OK);
    fake_exchange_await(&x);
    assert_int_equal(x.err, ERR_NOT_FOUND);
    fake_exchange_fini(&x);
}

/* ---- devices ---- */

static void a_device_shows_what_it_is(void **state)
{
    struct fixture *f = *state;
    struct made m;
    struct http_exchange x;
    struct id id;
    onboard(f, body, &m);
    assert_int_equal(activate(f, m.token, "u", NULL, NULL), ERR_OK);
    assert_true(id_parse(span_of(m.id), &id));
    presence_online(f->api.presence, &id, 1);
    presence_telemetry(f->api.presence, &id, SPAN_LIT("{\"rssi\":-60}"));
    fake_exchange_init(&x, &owner);
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
        m.id, owner.s);
    assert_string_equal(buf_str(&x.reply), want);
    fake_exchange_fini(&x);
    assert_int_equal(request(f, api_device_get, &stranger, m.id, NULL, NULL), ERR_NOT_FOUND);
    assert_int_equal(request(f, api_device_get, &owner, "short", NULL, NULL), ERR_MALFORMED);
}

/* How many devices a list holds; its cursor goes to cursor. */
static int list(struct fixture *f, const char *name, const char *value, char cursor[64])
{
    struct http_exchange x;
    int n = 0;
    fake_exchange_init(&x, &owner);
    x.query[0] = "limit";
    x.query[1] = "2";
    x.query[2] = name;
    x.query[3] = value;
    fake_exchange_run(&x, api_devices_list, &f->api);
    assert_int_equal(x.err, ERR_OK);
    struct span next = json_get_string(fake_exchange_answer(&x), "next_cursor");
    cursor[0] = 0;
    if (next.p)
        assert_true(span_copy(next, cursor, 64));
    for (const char *at = buf_str(&x.reply); (at = strstr(at, "\"device_id\"")); at++)
        n++;
    fake_exchange_fini(&x);
    return n;
}

static void the_list_is_paged_and_filtered(void **state)
{
    struct fixture *f = *state;
    struct made m[5];
    char cursor[64];
    for (int i = 0; i < 5; i++) {
        onboard(f, body, &m[i]);
        fake_clock_advance_ms(&f->clock, 1);
    }
    assert_int_equal(activate(f, m[4].token, "u", NULL, NULL), ERR_OK);
    assert_int_equal(list(f, NULL, NULL, cursor), 2);
    assert_int_equal(list(f, "cursor", cursor, cursor), 2);
    assert_int_equal(list(f, "cursor", cursor, cursor), 1);
    assert_string_equal(cursor, "");
    assert_int_equal(list(f, "status", "active", cursor), 1); /* behind two pages of pending ones */
    assert_string_equal(cursor, "");
    assert_int_equal(list(f, "status", "offline", cursor), 0);
    assert_int_equal(list(f, "status", "pending", cursor), 2);
    assert_int_equal(request(f, api_devices_list, &owner, "", "status", "happy"), ERR_INVALID);
    assert_int_equal(request(f, api_devices_list, &owner, "", "limit", "201"), ERR_INVALID);
    assert_int_equal(request(f, api_devices_list, &owner, "", "limit", ""), ERR_INVALID);
    assert_int_equal(request(f, api_devices_list, &owner, "", "cursor", "?"), ERR_INVALID);
    fake_clock_advance_ms(&f->clock, 600 * 1000);
    assert_int_equal(list(f, NULL, NULL, cursor), 1); /* the pending ones have run out */
}

static void a_deleted_device_is_gone(void **state)
{
    struct fixture *f = *state;
    struct made m;
    onboard(f, body, &m);
    assert_int_equal(request(f, api_device_delete, &stranger, m.id, NULL, NULL), ERR_NOT_FOUND);
    assert_int_equal(f->removed, 0);
    assert_int_equal(request(f, api_device_delete, &owner, m.id, NULL, NULL), ERR_OK);
    assert_int_equal(f->removed, 1);
    assert_int_equal(request(f, api_device_delete, &owner, m.id, NULL, NULL), ERR_NOT_FOUND);
    assert_int_equal(check(f, m.token, "", "", ""), ERR_NOT_FOUND);
}

static void memory_may_run_out(void **state)
{
    struct fixture *f = *state;
    char cursor[64];
    bool failed = true;
    for (long n = 0; failed; n++) {
        struct http_exchange x;
        fake_exchange_init(&x, &owner);
        x.body = body;
        mem_fail_after(n, 0);
        fake_exchange_run(&x, api_onboard, &f->api);
        failed = mem_failed();
        mem_fail_after(-1, 0);
        assert_true(failed || x.status == 201);
        fake_exchange_fini(&x);
        /* What was refused has left nothing. */
        assert_int_equal(list(f, NULL, NULL, cursor), x.status == 201);
        if (failed && x.status == 201)
            fake_clock_advance_ms(&f->clock, 600 * 1000);
    }
}

static void a_snapshot_is_a_picture(void **state)
{
    struct fixture *f = *state;
    struct made m;
    struct http_exchange x;
    onboard(f, body, &m);
    fake_exchange_init(&x, &owner);
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
    assert_int_equal(request(f, api_snapshot, &owner, m.id, NULL, NULL), ERR_CAMERA_OFFLINE);
    assert_int_equal(request(f, api_snapshot, &stranger, m.id, NULL, NULL), ERR_NOT_FOUND);
    assert_int_equal(request(f, api_snapshot, &owner, m.id, "max_age_ms", "60001"), ERR_INVALID);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_answer_holds_the_code),       TEST(long_texts_are_split_and_odd_ones_warned_of),
        TEST(wrong_wishes_are_named),          TEST(pictures_are_the_owners),
        TEST(a_cancelled_one_is_unknown),      TEST(a_camera_is_activated),
        TEST(either_form_of_the_secret_opens), TEST(wrong_activations_are_refused),
        TEST(a_reset_camera_keeps_its_device), TEST(a_poll_waits_for_news),
        TEST(a_device_shows_what_it_is),       TEST(the_list_is_paged_and_filtered),
        TEST(a_deleted_device_is_gone),        TEST(memory_may_run_out),
        TEST(a_snapshot_is_a_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
