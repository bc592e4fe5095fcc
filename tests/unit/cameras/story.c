#include "story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/secret.h"
#include "auth/token.h"
#include "cameras/presence.h"
#include "cameras/progress.h"
#include "cameras/qr_vault.h"
#include "core/mem.h"
#include "http/api/handlers.h"
#include "store/sqlite/sqlite.h"
#include "support/check.h"

/* SQLite's own call to the C library ends here: nothing is killed, and a slow disk makes nothing late. */
int fdatasync(int fd)
{
    (void)fd;
    return 0;
}

const struct id story_owner = {"0000000000000000000000aa"}, story_stranger = {"0000000000000000000000bb"};
const char story_body[] =
    "{\"camera_model\":\"VIRTUAL_CAMERA\",\"wifi_ssid\":\"home\",\"wifi_password\":\"long enough\"}";

static void release(void *keep)
{
    ((struct story *)keep)->released++;
}

static void snapshot(void *arg, const struct id *device, int max_age_ms, int wait_ms,
                     void (*done)(void *done_arg, enum err err, const struct api_picture *picture),
                     void *done_arg)
{
    struct story *f = arg;
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
    ((struct story *)arg)->removed++;
}

static void device_key_changed(void *arg, const struct id *device, const struct secret_hash *key,
                               int64_t began_us)
{
    struct story *f = arg;
    (void)device;
    assert_true(began_us <= f->clock.mono_now_us);
    f->good_key = *key;
    f->rekeyed++;
}

static void add_user(struct story *f, const struct id *id, const char *name)
{
    struct user u = {.id = *id, .is_active = true};
    (void)snprintf(u.username, sizeof u.username, "%s", name);
    assert_int_equal(f->api.store->user_create(f->api.store, &u), ERR_OK);
}

int story_setup(void **state)
{
    struct story *f = mem_zalloc(sizeof *f);
    struct token_keys *keys;
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/handlers-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/test.db", f->folder);
    fake_clock_init(&f->clock, 1700000000000);
    f->conf.onboard_ttl_s = 600;
    f->api = (struct api){.conf = &f->conf,
                          .clock = &f->clock.clock,
                          .relay = {.arg = f,
                                    .snapshot = snapshot,
                                    .device_removed = device_removed,
                                    .device_key_changed = device_key_changed}};
    assert_int_equal(token_keys_create(&keys, SPAN_LIT("0123456789abcdef0123456789ABCDEF")), ERR_OK);
    f->api.keys = keys;
    assert_int_equal(timers_create(&f->timers), ERR_OK);
    assert_int_equal(presence_create(&f->api.presence, f->api.clock), ERR_OK);
    assert_int_equal(progress_create(&f->api.progress, f->timers, 100), ERR_OK);
    assert_int_equal(qr_vault_create(&f->api.vault, 100), ERR_OK);
    assert_int_equal(sqlite_store_open(f->path, &f->api.store), ERR_OK);
    add_user(f, &story_owner, "owner");
    add_user(f, &story_stranger, "stranger");
    *state = f;
    return 0;
}

int story_teardown(void **state)
{
    struct story *f = *state;
    progress_free(f->api.progress);
    timers_free(f->timers);
    qr_vault_free(f->api.vault);
    presence_free(f->api.presence);
    f->api.store->close(f->api.store);
    token_keys_free((struct token_keys *)(uintptr_t)f->api.keys);
    (void)unlink(f->path);
    assert_int_equal(rmdir(f->folder), 0);
    mem_free(f);
    return 0;
}

void story_copy(const struct json *v, const char *name, char *out, size_t cap)
{
    assert_true(span_copy(json_get_string(v, name), out, cap));
}

void story_onboard(struct story *f, const char *text, struct made *out)
{
    assert_int_equal(story_repeat(f, text, NULL, out), ERR_OK);
}

enum err story_repeat(struct story *f, const char *text, const char *key, struct made *out)
{
    struct http_exchange x;
    fake_exchange_init(&x, &story_owner);
    x.body = text;
    x.header[0] = key ? "Idempotency-Key" : NULL;
    x.header[1] = key;
    fake_exchange_run(&x, api_onboard, &f->api);
    if (!x.err) {
        const struct json *v = fake_exchange_answer(&x);
        assert_int_equal(x.status, 201);
        story_copy(v, "device_id", out->id, sizeof out->id);
        story_copy(v, "device_token", out->token, sizeof out->token);
        story_copy(v, "qr_text", out->text, sizeof out->text);
    }
    enum err err = x.err;
    fake_exchange_fini(&x);
    return err;
}

enum err story_activate(struct story *f, const char *token, const char *uid, char id[64], char key[128])
{
    struct http_exchange x;
    char text[256];
    fake_exchange_init(&x, NULL);
    (void)snprintf(text, sizeof text, "{\"device_token\":\"%s\",\"device_uid\":\"%s\"}", token, uid);
    x.body = text;
    fake_exchange_run(&x, api_activate, &f->api);
    if (!x.err && id)
        story_copy(fake_exchange_answer(&x), "device_id", id, 64);
    if (!x.err && key)
        story_copy(fake_exchange_answer(&x), "device_key", key, 128);
    enum err err = x.err;
    fake_exchange_fini(&x);
    return err;
}

void story_connect(struct story *f, const char *device, const char *key)
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

enum err story_request(struct story *f, http_handler *handler, const struct id *user, const char *param,
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

enum err story_check(struct story *f, const char *token, const char *status, const char *stage,
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

int story_list(struct story *f, const char *name, const char *value, char cursor[64])
{
    struct http_exchange x;
    int n = 0;
    fake_exchange_init(&x, &story_owner);
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
