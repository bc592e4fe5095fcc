/* Routes for device keys: judged between head and body, in memory or by a job; what such cameras are told. */
#include "rig.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define NEW   "new-key"
#define KNOWN "known-key"

/* Judgements that wait until the test lets them go on. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int begun, connecting;
    bool open;
    enum err answer;
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static const struct id the_device = {"dddddddddddddddddddddd01"};

static enum err on_known(void *arg, struct span key, struct principal *out)
{
    if (!span_is(key, KNOWN))
        return span_is(key, NEW) ? ERR_NOT_FOUND : ERR_UNAUTHENTICATED;
    *out = (struct principal){.device_id = the_device};
    return ERR_OK;
}

static enum err on_judge(void *arg, struct span key, bool connects, struct principal *out)
{
    pthread_mutex_lock(&gate.lock);
    gate.begun++;
    gate.connecting += connects;
    pthread_cond_broadcast(&gate.changed);
    while (!gate.open)
        pthread_cond_wait(&gate.changed, &gate.lock);
    enum err e = gate.answer;
    pthread_mutex_unlock(&gate.lock);
    if (!e)
        *out = (struct principal){.device_id = the_device};
    return e;
}

static void wait_begun(int n)
{
    pthread_mutex_lock(&gate.lock);
    while (gate.begun < n)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
}

static void expect_judged(int begun, int connecting)
{
    pthread_mutex_lock(&gate.lock);
    assert_int_equal(gate.begun, begun);
    assert_int_equal(gate.connecting, connecting);
    pthread_mutex_unlock(&gate.lock);
}

static void open_gate(enum err answer)
{
    pthread_mutex_lock(&gate.lock);
    gate.open = true;
    gate.answer = answer;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
}

static enum http_next count(struct http_exchange *x, void *app)
{
    if (!id_eq(&http_who(x)->device_id, &the_device) || http_who(x)->is_user)
        return http_problem(x, ERR_INTERNAL, NULL);
    struct json_out o = http_reply_json(x);
    json_out_int(&o, NULL, (int64_t)http_body(x).len);
    return HTTP_DONE;
}

static const struct http_route routes[] = {
    {HTTP_POST, "/frame", count, HTTP_MEMORY, HTTP_DEVICE, HTTP_LIMIT_DEFAULT, HTTP_FRAME},
    {HTTP_POST, "/report", count, HTTP_MEMORY, HTTP_DEVICE, HTTP_LIMIT_DEFAULT, HTTP_JSON},
    {0},
};

static struct rig rig;
static struct http_response res;
static struct http_client client;

static int setup(void **state)
{
    gate.begun = gate.connecting = 0;
    gate.open = false;
    rig_init(&rig);
    rig.conf.max_frame_bytes = 100000;
    rig.device_keys = (struct http_device_keys){.known = on_known, .judge = on_judge};
    rig_start(&rig, routes, NULL);
    http_client_open(&client, rig.port);
    return 0;
}

static int teardown(void **state)
{
    http_client_close(&client);
    http_response_free(&res);
    rig_stop(&rig);
    return 0;
}

static void head(const char *path, const char *key, int length, const char *more)
{
    http_client_say(&client,
                    "POST %s HTTP/1.1\r\nHost: x\r\nX-API-Key: %s\r\nContent-Type: application/json\r\n%s"
                    "Content-Length: %d\r\n\r\n",
                    path, key, more, length);
}

static void expect(int status, const char *body)
{
    http_response_free(&res);
    assert_true(http_client_read(&client, &res, false));
    assert_int_equal(res.status, status);
    if (body)
        assert_string_equal(res.body, body);
    else
        assert_int_equal(strncmp(res.body, "{\"error\":\"", 10), 0);
}

static void test_a_known_key_is_let_in_at_once(void **state)
{
    for (int i = 0; i < 3; i++) {
        head("/frame", KNOWN, 4, "");
        http_client_say(&client, "four");
        expect(200, "4");
    }
    expect_judged(0, 0);
}

static void test_an_unknown_key_is_judged_before_the_body(void **state)
{
    head("/frame", NEW, 4, "");
    wait_begun(1);
    http_client_say(&client, "fo");
    open_gate(ERR_OK);
    http_client_say(&client, "ur");
    expect(200, "4");
    head("/report", NEW, 2, "");
    http_client_say(&client, "{}");
    expect(200, "2");
    head("/frame", NEW, 0, "");
    expect(200, "0");
    expect_judged(3, 2); /* a report is no connect */
}

static void test_a_bad_key_closes(void **state)
{
    char value[80];
    open_gate(ERR_UNAUTHENTICATED);
    head("/frame", NEW, 90000, "Connection: keep-alive\r\n");
    expect(401, NULL);
    assert_string_equal(http_response_header(&res, "Connection", value, sizeof value), "close");
    assert_true(strlen(http_response_header(&res, "WWW-Authenticate", value, sizeof value)) > 0);
    assert_true(http_client_at_end(&client));
    http_client_close(&client);
    http_client_open(&client, rig.port);
    head("/frame", "nonsense", 0, "");
    expect(401, NULL);
    assert_true(http_client_at_end(&client));
    expect_judged(1, 1); /* what cannot be a key is not looked up */
}

static void test_a_store_that_is_away(void **state)
{
    open_gate(ERR_UNAVAILABLE);
    head("/frame", NEW, 4, "");
    expect(503, NULL);
    assert_true(http_client_at_end(&client));
}

static void test_the_wait_is_not_the_bodys(void **state)
{
    head("/frame", NEW, 4, "");
    wait_begun(1);
    fake_clock_advance_ms(&rig.clock, 60000);
    open_gate(ERR_OK);
    http_client_say(&client, "four");
    expect(200, "4");
}

static void test_a_slow_body_is_ended(void **state)
{
    head("/frame", KNOWN, 4, "Expect: 100-continue\r\n");
    http_response_free(&res);
    assert_true(http_client_read(&client, &res, true)); /* its body is waited for now */
    assert_int_equal(res.status, 100);
    http_client_say(&client, "fo");
    fake_clock_advance_ms(&rig.clock, 20001);
    expect(408, NULL);
    assert_true(http_client_at_end(&client));
}

static void test_limits(void **state)
{
    static char frame[100000 + HTTP_FRAME_SLACK];
    head("/frame", KNOWN, (int)sizeof frame, "");
    http_client_send(&client, frame, sizeof frame);
    expect(200, "165536");
    head("/report", KNOWN, HTTP_JSON_MAX + 1, "");
    expect(413, NULL);
    assert_true(http_client_at_end(&client));
    http_client_close(&client);
    http_client_open(&client, rig.port);
    head("/frame", KNOWN, (int)sizeof frame + 1, "");
    expect(413, NULL);
    assert_true(http_client_at_end(&client));
    http_client_close(&client);
    http_client_open(&client, rig.port);
    http_client_say(&client, "POST /frame HTTP/1.1\r\nHost: x\r\nX-API-Key: " KNOWN
                             "\r\nTransfer-Encoding: chunked\r\n\r\n28bb9\r\n");
    http_client_send(&client, frame, sizeof frame);
    http_client_send(&client, frame, 0x28bb9 - sizeof frame);
    expect(413, NULL);
    assert_true(http_client_at_end(&client));
}

static void test_other_methods_whatever_the_key(void **state)
{
    char value[80];
    http_client_say(&client, "GET /frame HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(405, NULL);
    assert_string_equal(http_response_header(&res, "Allow", value, sizeof value), "POST, OPTIONS");
    http_client_say(&client, "GET /elsewhere HTTP/1.1\r\nHost: x\r\n\r\n");
    http_response_free(&res);
    assert_true(http_client_read(&client, &res, false));
    assert_int_equal(res.status, 404);
    assert_int_equal(strncmp(res.body, "{\"type\":\"", 9), 0);
}

static void test_staying_is_said_by_a_200_only(void **state)
{
    char value[80];
    head("/frame", KNOWN, 0, "");
    expect(200, "0");
    assert_string_equal(http_response_header(&res, "Connection", value, sizeof value), "");
    head("/frame", KNOWN, 0, "Connection: keep-alive\r\n");
    expect(200, "0");
    assert_string_equal(http_response_header(&res, "Connection", value, sizeof value), "Keep-Alive");
    http_client_say(&client, "GET /frame HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");
    expect(405, NULL);
    assert_string_equal(http_response_header(&res, "Connection", value, sizeof value), "close");
    assert_true(http_client_at_end(&client));
}

/* The largest picture, promised and not sent. */
static void promise(struct http_client *c, long bytes)
{
    char said[64] = "";
    http_client_open(c, rig.port);
    http_client_say(c,
                    "POST /frame HTTP/1.1\r\nHost: x\r\nX-API-Key: " KNOWN "\r\nExpect: 100-continue\r\n"
                    "Content-Length: %ld\r\n\r\n",
                    bytes);
    assert_true(recv(c->fd, said, 25, MSG_WAITALL) > 12);
    assert_int_equal(strncmp(said, "HTTP/1.1 100", 12), 0);
}

/* What one device may have under way is bounded, and free again when it is through. */
static void test_pictures_under_way(void **state)
{
    enum { MOST = 6 };
    struct http_client c[MOST];
    long bytes = rig.conf.max_frame_bytes + HTTP_FRAME_SLACK;
    for (size_t i = 0; i < MOST; i++)
        promise(&c[i], bytes);
    head("/frame", KNOWN, (int)bytes, "");
    expect(429, NULL);
    for (size_t i = 0; i < MOST; i++)
        http_client_close(&c[i]);
    do { /* the server sees them go a moment later */
        http_client_close(&client);
        http_client_open(&client, rig.port);
        head("/frame", KNOWN, 4, "Connection: close\r\n");
        http_client_say(&client, "abcd");
        http_response_free(&res);
        assert_true(http_client_read(&client, &res, false));
    } while (res.status == 429);
    assert_int_equal(res.status, 200);
}

static void test_a_stop_while_judging(void **state)
{
    head("/frame", NEW, 4, "");
    wait_begun(1);
    http_server_stop(rig.server, 0);
    expect(503, NULL);
    open_gate(ERR_OK);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_a_known_key_is_let_in_at_once),
        CASE(test_an_unknown_key_is_judged_before_the_body),
        CASE(test_a_bad_key_closes),
        CASE(test_a_store_that_is_away),
        CASE(test_the_wait_is_not_the_bodys),
        CASE(test_a_slow_body_is_ended),
        CASE(test_limits),
        CASE(test_other_methods_whatever_the_key),
        CASE(test_staying_is_said_by_a_200_only),
        CASE(test_pictures_under_way),
        CASE(test_a_stop_while_judging),
    };
#undef CASE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
