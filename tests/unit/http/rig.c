#include "rig.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "auth/limiter.h"
#include "auth/secret.h"
#include "auth/token.h"
#include "core/json.h"

static const char id_text[] = "0123456789abcdef01234567";

static enum err session_get(struct store *s, const struct id *id, int64_t now_ms, struct session *out)
{
    struct fake_store *f = (struct fake_store *)s;
    if (!id_eq(id, &f->session.id) || now_ms >= f->session.expires_ms)
        return ERR_NOT_FOUND;
    *out = f->session;
    return ERR_OK;
}

static enum err session_touch(struct store *s, const struct id *id, int64_t now_ms, int64_t expires_ms)
{
    struct fake_store *f = (struct fake_store *)s;
    __atomic_store_n(&f->touched_expires_ms, expires_ms, __ATOMIC_SEQ_CST);
    __atomic_add_fetch(&f->touched, 1, __ATOMIC_SEQ_CST);
    return ERR_OK;
}

static void on_arrival(void *arg, const struct door_arrival *a)
{
    struct rig *r = arg;
    if (http_server_full(r->server))
        door_refuse(r->door, a, 503);
    else
        http_server_adopt(r->server, &(struct http_arrival){.fd = a->fd,
                                                            .address = (const struct sockaddr *)&a->address,
                                                            .address_len = a->address_len,
                                                            .head_bytes = a->head.len,
                                                            .body_bytes = a->body_bytes,
                                                            .place = a->place});
}

static void on_closed(void *arg, void *place)
{
    limits_leave(place);
}

static void on_give_back(void *arg, int fd, const struct sockaddr *address, void *place)
{
    struct rig *r = arg;
    __atomic_add_fetch(&r->given_back, 1, __ATOMIC_SEQ_CST);
    door_take_back(r->door, fd, address, place);
}

void rig_init(struct rig *r)
{
    *r = (struct rig){.max_connections = 1000};
    (void)signal(SIGPIPE, SIG_IGN);
    fake_clock_init(&r->clock, 1700000000000);
    r->conf = (struct conf){.public_url = (char *)"",
                            .cors_origins = (char *)"",
                            .trusted_proxies = (char *)"",
                            .refresh_ttl_s = 2592000};
    r->store.store =
        (struct store){.quick_reads = true, .session_get = session_get, .session_touch = session_touch};
    struct session *s = &r->store.session;
    assert_true(id_parse(span_of(id_text), &s->id));
    s->user_id = s->id;
    s->user_id.s[0] = 'f';
    s->last_used_ms = 1700000000000;
    s->expires_ms = s->last_used_ms + 3600000;
    char secret[SECRET_TEXT];
    secret_make(secret);
    secret_session_cookie(&s->id, secret, r->cookie);
    struct id session;
    assert_true(secret_session_parse(span_of(r->cookie), &session, &s->cookie));
    assert_int_equal(
        token_keys_create(&r->keys, SPAN_LIT("0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdef")), ERR_OK);
    assert_int_equal(limiter_create(&r->limiter, &r->clock.clock, 1000), ERR_OK);
    assert_int_equal(jobs_create(&r->jobs, "jobs", 2, 64), ERR_OK);
    assert_int_equal(jobs_create(&r->hash_jobs, "hash", 1, 2), ERR_OK);
}

void rig_start(struct rig *r, const struct http_route *routes, void *app)
{
    const struct http_config config = {.routes = routes,
                                       .app = app,
                                       .conf = &r->conf,
                                       .clock = &r->clock.clock,
                                       .store = &r->store.store,
                                       .keys = r->keys,
                                       .limiter = r->limiter,
                                       .device_keys = r->device_keys,
                                       .jobs = r->jobs,
                                       .hash_jobs = r->hash_jobs,
                                       .max_connections = r->max_connections,
                                       .closed = on_closed,
                                       .give_back = on_give_back,
                                       .connections_arg = r};
    assert_int_equal(http_server_create(&r->server, &config), ERR_OK);
    assert_int_equal(limits_create(&r->limits, &r->most), ERR_OK);
    const struct door_config door = {
        .host = "127.0.0.1", .limits = r->limits, .clock = &r->clock.clock, .arrived = on_arrival, .arg = r};
    assert_int_equal(door_create(&r->door, &door), ERR_OK);
    r->port = door_port(r->door);
    assert_int_equal(door_start(r->door), ERR_OK);
}

void rig_stop(struct rig *r)
{
    if (r->door)
        door_stop(r->door);
    if (r->server)
        http_server_stop(r->server, 5000);
    jobs_free(r->jobs);
    jobs_free(r->hash_jobs);
    http_server_free(r->server);
    door_free(r->door);
    if (r->limits)
        assert_int_equal(limits_count(r->limits), 0); /* every place came back */
    limits_free(r->limits);
    limiter_free(r->limiter);
    token_keys_free(r->keys);
}

void rig_token(const struct rig *r, int64_t expires_ms, struct buf *out)
{
    struct token_claims claims = {.user_id = r->store.session.user_id,
                                  .session_id = r->store.session.id,
                                  .email = "a@example.com",
                                  .issued_ms = expires_ms - 86400000,
                                  .expires_ms = expires_ms};
    buf_init(out, 4096);
    assert_int_equal(token_sign(r->keys, &claims, out), ERR_OK);
}

void rig_expect_problem(const struct http_response *res, int status, const char *code)
{
    char value[64], expected[96];
    assert_int_equal(res->status, status);
    assert_string_equal(http_response_header(res, "Content-Type", value, sizeof value),
                        "application/problem+json");
    assert_int_equal(strlen(http_response_header(res, "X-Request-Id", value, sizeof value)), 24);
    assert_string_equal(http_response_header(res, "Cache-Control", value, sizeof value), "no-store");
    struct json *body;
    assert_int_equal(json_parse((struct span){res->body, res->body_len}, &body), ERR_OK);
    assert_true(span_is(json_get_string(body, "code"), code));
    assert_true(span_is(json_get_string(body, "type"), "about:blank"));
    assert_true(json_get_string(body, "title").len > 0);
    assert_true(json_get_string(body, "detail").len > 0);
    (void)snprintf(expected, sizeof expected, "\"status\":%d", status);
    assert_non_null(strstr(res->body, expected));
    json_free(body);
}
