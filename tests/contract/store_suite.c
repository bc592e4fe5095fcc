#include "contract/store_suite.h"

#include <stdio.h>

#include "contract/store_suite_case.h"
#include "core/mem.h"

struct store_factory *suite_factory;

int suite_setup(void **state)
{
    struct suite *t = mem_zalloc(sizeof *t);
    assert_non_null(t);
    t->factory = suite_factory;
    ASSERT_OK(t->factory->fresh(t->factory, &t->s));
    *state = t;
    return 0;
}

int suite_teardown(void **state)
{
    struct suite *t = *state;
    if (t->s)
        t->s->close(t->s);
    mem_free(t);
    return 0;
}

void suite_reopen(struct suite *t)
{
    t->s->close(t->s);
    t->s = NULL;
    ASSERT_OK(t->factory->reopen(t->factory, &t->s));
}

struct id suite_id(unsigned n)
{
    struct id id;
    snprintf(id.s, sizeof id.s, "%024x", n);
    return id;
}

struct secret_hash suite_hash(unsigned n)
{
    struct secret_hash h;
    memset(h.b, 0xa5, sizeof h.b);
    memcpy(h.b, &n, sizeof n);
    return h;
}

struct user suite_user(unsigned n)
{
    struct user u = {
        .id = suite_id(n), .password_hash = "first", .is_active = true, .created_ms = SUITE_T0 + n};
    snprintf(u.email, sizeof u.email, "u%u@example.org", n);
    snprintf(u.username, sizeof u.username, "user%u", n);
    return u;
}

struct id suite_add_user(struct store *s, unsigned n)
{
    struct user u = suite_user(n);
    ASSERT_OK(s->user_create(s, &u));
    return u.id;
}

struct secret_hash suite_token(unsigned n)
{
    return suite_hash(0x10000000 + n);
}

struct secret_hash suite_claim(unsigned n)
{
    return suite_hash(0x20000000 + n);
}

struct camera suite_camera(unsigned n, unsigned owner)
{
    struct camera c = {.id = suite_id(1000 + n),
                       .owner_id = suite_id(owner),
                       .camera_model = "ESP32_S3_CAM",
                       .asked_model = "ESP32_S3_CAM",
                       .token = suite_token(n),
                       .claim = suite_claim(n),
                       .created_ms = SUITE_T0 + n,
                       .token_expires_ms = SUITE_T0 + SUITE_TTL_MS};
    snprintf(c.device_name, sizeof c.device_name, "Camera %u", n);
    snprintf(c.wifi_ssid, sizeof c.wifi_ssid, "net %u", n);
    return c;
}

void suite_add_camera(struct store *s, unsigned n, unsigned owner)
{
    struct camera c = suite_camera(n, owner);
    ASSERT_OK(s->camera_create(s, &c));
}

static void make_key(void *arg, const struct id *id, struct secret_hash *hash)
{
    assert_int_equal(strlen(id->s), 24);
    *hash = suite_hash(*(unsigned *)arg);
}

enum err suite_activate(struct store *s, struct secret_hash token, const char *uid, unsigned key,
                        int64_t after_ms, struct camera *out)
{
    struct store_activation a = {.token = token, .device_uid = uid, .now_ms = SUITE_T0 + after_ms};
    return s->camera_activate(s, &a, make_key, &key, out);
}

enum err suite_connect(struct store *s, struct id device, unsigned key, int64_t after_ms, bool *replaced)
{
    struct secret_hash h = suite_hash(key);
    bool ignored;
    return s->camera_connected(s, &device, &h, SUITE_T0 + after_ms, replaced ? replaced : &ignored);
}

bool suite_key_good(struct store *s, struct id device, unsigned key)
{
    struct secret_hash h = suite_hash(key);
    struct camera c;
    enum err e = s->camera_by_key(s, &device, &h, &c);
    if (e)
        ASSERT_ERR(ERR_UNAUTHENTICATED, e);
    else
        assert_string_equal(c.id.s, device.s);
    return !e;
}

bool suite_sees(struct store *s, unsigned owner, struct id device)
{
    struct id user = suite_id(owner);
    struct camera c;
    enum err e = s->camera_get(s, &user, &device, SUITE_T0, &c);
    if (e)
        ASSERT_ERR(ERR_NOT_FOUND, e);
    return !e;
}

struct camera suite_see(struct store *s, unsigned owner, struct id device)
{
    struct id user = suite_id(owner);
    struct camera c;
    ASSERT_OK(s->camera_get(s, &user, &device, SUITE_T0, &c));
    return c;
}

void suite_same_user(const struct user *a, const struct user *b)
{
    ASSERT_SAME(a->id, b->id);
    assert_string_equal(a->email, b->email);
    assert_string_equal(a->username, b->username);
    assert_string_equal(a->password_hash, b->password_hash);
    assert_true(a->is_admin == b->is_admin && a->is_active == b->is_active);
    assert_true(a->created_ms == b->created_ms);
}

void suite_same_camera(const struct camera *a, const struct camera *b)
{
    ASSERT_SAME(a->id, b->id);
    ASSERT_SAME(a->owner_id, b->owner_id);
    assert_true(a->state == b->state && a->role == b->role);
    assert_string_equal(a->device_name, b->device_name);
    assert_string_equal(a->camera_model, b->camera_model);
    assert_string_equal(a->asked_model, b->asked_model);
    assert_string_equal(a->device_uid, b->device_uid);
    assert_string_equal(a->wifi_ssid, b->wifi_ssid);
    assert_string_equal(a->local_ip, b->local_ip);
    assert_string_equal(a->firmware, b->firmware);
    ASSERT_SAME(a->token, b->token);
    ASSERT_SAME(a->claim, b->claim);
    assert_true(a->token_expires_ms == b->token_expires_ms);
    assert_string_equal(a->idempotency_key, b->idempotency_key);
    ASSERT_SAME(a->idempotency_body, b->idempotency_body);
    ASSERT_SAME(a->key, b->key);
    ASSERT_SAME(a->next_key, b->next_key);
    ASSERT_SAME(a->kept_id, b->kept_id);
    assert_true(a->created_ms == b->created_ms && a->activated_ms == b->activated_ms);
    assert_true(a->connected_ms == b->connected_ms && a->first_frame_ms == b->first_frame_ms);
    assert_true(a->last_seen_ms == b->last_seen_ms);
}

int store_suite_run(struct store_factory *f)
{
    suite_factory = f;
    return suite_users() + suite_sessions() + suite_stream_passwords() + suite_onboarding() + suite_kept() +
           suite_keys() + suite_cameras() + suite_parallel() + suite_crash();
}
