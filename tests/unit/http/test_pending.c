/* Requests that wait: jobs, long-polls, gone peers, many at once, the end. */
#include "rig.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/jobs.h"
#include "support/descriptors.h"

/* What handlers hold on to until the test lets them go on. */
struct held {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct http_exchange *pending[64];
    size_t n_pending, n_jobs;
    bool open; /* jobs may go on */
};

static struct held held = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static enum http_next keep(struct http_exchange *x, void *app)
{
    pthread_mutex_lock(&held.lock);
    held.pending[held.n_pending++] = x;
    pthread_cond_broadcast(&held.changed);
    pthread_mutex_unlock(&held.lock);
    return HTTP_PENDING;
}

static enum http_next block(struct http_exchange *x, void *app)
{
    pthread_mutex_lock(&held.lock);
    held.n_jobs++;
    pthread_cond_broadcast(&held.changed);
    while (!held.open)
        pthread_cond_wait(&held.changed, &held.lock);
    pthread_mutex_unlock(&held.lock);
    http_status(x, 202);
    if (http_header(x, "X-Say"))
        http_add_header(x, "X-Echo", http_header(x, "X-Say"));
    return HTTP_DONE;
}

/* Finished by another thread before the handler has returned, or after: both happen. */
static void *finish_now(void *arg)
{
    http_status(arg, 202);
    http_finish(arg);
    return NULL;
}

static enum http_next race(struct http_exchange *x, void *app)
{
    pthread_t thread;
    pthread_attr_t detached;
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    int failed = pthread_create(&thread, &detached, finish_now, x);
    pthread_attr_destroy(&detached);
    return failed ? http_problem(x, ERR_BUSY, NULL) : HTTP_PENDING;
}

static enum http_next quick(struct http_exchange *x, void *app)
{
    http_status(x, 204);
    return HTTP_DONE;
}

static const struct http_route routes[] = {
    {HTTP_GET, "/keep", keep, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {HTTP_POST, "/keep-job", keep, HTTP_JOB, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_JSON},
    {HTTP_GET, "/block", block, HTTP_JOB, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {HTTP_GET, "/hash", block, HTTP_HASH, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {HTTP_GET, "/race", race, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {HTTP_GET, "/race-job", race, HTTP_JOB, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {HTTP_GET, "/quick", quick, HTTP_MEMORY, HTTP_PUBLIC, HTTP_LIMIT_NONE, HTTP_NO_BODY},
    {0},
};

static struct rig rig;
static struct http_response res;

static int setup(void **state)
{
    held.n_pending = held.n_jobs = 0;
    held.open = false;
    rig_init(&rig);
    return 0;
}

static int teardown(void **state)
{
    http_response_free(&res);
    rig_stop(&rig);
    return 0;
}

/* Waits until so many exchanges are pending and so many jobs run. */
static void wait_held(size_t pending, size_t jobs)
{
    pthread_mutex_lock(&held.lock);
    while (held.n_pending < pending || held.n_jobs < jobs)
        pthread_cond_wait(&held.changed, &held.lock);
    pthread_mutex_unlock(&held.lock);
}

static void open_jobs(void)
{
    pthread_mutex_lock(&held.lock);
    held.open = true;
    pthread_cond_broadcast(&held.changed);
    pthread_mutex_unlock(&held.lock);
}

static void finish_all(void)
{
    for (size_t i = 0; i < held.n_pending; i++) {
        struct json_out o = http_reply_json(held.pending[i]);
        json_out_int(&o, NULL, (int64_t)i);
        http_finish(held.pending[i]);
    }
    held.n_pending = 0;
}

static void get(struct http_client *c, const char *path)
{
    http_client_say(c, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
}

static void expect(struct http_client *c, int status)
{
    http_response_free(&res);
    assert_true(http_client_read(c, &res, false));
    assert_int_equal(res.status, status);
}

static void test_pending(void **state)
{
    struct http_client a, b;
    rig_start(&rig, routes, NULL);
    http_client_open(&a, rig.port);
    get(&a, "/keep");
    get(&a, "/quick"); /* pipelined behind it */
    wait_held(1, 0);
    http_client_open(&b, rig.port);
    http_client_say(&b, "POST /keep-job HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
    wait_held(2, 0);
    finish_all();
    expect(&a, 200);
    assert_string_equal(res.body, "0");
    expect(&a, 204);
    expect(&b, 200);
    assert_string_equal(res.body, "1");
    http_client_close(&a);
    http_client_close(&b);
}

static void test_races(void **state)
{
    struct http_client c;
    rig_start(&rig, routes, NULL);
    http_client_open(&c, rig.port);
    for (int i = 0; i < 200; i++) {
        get(&c, i % 2 ? "/race" : "/race-job");
        expect(&c, 202);
    }
    http_client_close(&c);
}

/* The client goes while its request is pending; the handler notices nothing. */
static void test_gone_while_pending(void **state)
{
    struct http_client c[32];
    rig_start(&rig, routes, NULL);
    for (size_t i = 0; i < 32; i++) {
        http_client_open(&c[i], rig.port);
        get(&c[i], "/keep");
    }
    wait_held(32, 0);
    for (size_t i = 0; i < 32; i++) {
        const struct linger reset = {.l_onoff = i % 2, .l_linger = 0};
        assert_int_equal(setsockopt(c[i].fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
        http_client_close(&c[i]);
    }
    finish_all();
    http_client_once(rig.port, "GET /quick HTTP/1.1\r\nHost: x\r\n\r\n", &res);
    assert_int_equal(res.status, 204);
}

static void test_jobs_do_not_stall(void **state)
{
    struct http_client c[4], quickly;
    rig_start(&rig, routes, NULL);
    for (size_t i = 0; i < 4; i++) {
        http_client_open(&c[i], rig.port);
        http_client_say(&c[i], "GET /block HTTP/1.1\r\nHost: x\r\nX-Say: %zu\r\n\r\n", i);
    }
    wait_held(0, 2);
    http_client_open(&quickly, rig.port);
    get(&quickly, "/quick");
    expect(&quickly, 204);
    http_client_close(&quickly);
    open_jobs();
    for (size_t i = 0; i < 4; i++) {
        char said[8], echo[8];
        (void)snprintf(said, sizeof said, "%zu", i);
        expect(&c[i], 202);
        assert_string_equal(http_response_header(&res, "X-Echo", echo, sizeof echo), said);
        http_client_close(&c[i]);
    }
}

/* Whoever waited behind jobs that hang is told to come back, and runs no more. */
static void test_stale_jobs(void **state)
{
    struct http_client blocked[2], late;
    rig_start(&rig, routes, NULL);
    for (size_t i = 0; i < 2; i++) {
        http_client_open(&blocked[i], rig.port);
        get(&blocked[i], "/block");
    }
    wait_held(0, 2);
    http_client_open(&late, rig.port);
    get(&late, "/block");
    while (!jobs_queued(rig.jobs))
        sched_yield();
    fake_clock_advance_ms(&rig.clock, 5001);
    open_jobs();
    for (size_t i = 0; i < 2; i++) {
        expect(&blocked[i], 202);
        http_client_close(&blocked[i]);
    }
    expect(&late, 503);
    rig_expect_problem(&res, 503, "overloaded");
    http_client_close(&late);
}

/* One runs, two wait, the rest is told to come back: whichever they are. */
static void test_pool_full(void **state)
{
    enum { ALL = 7, WAITING = 2 };
    struct http_client first, c[ALL];
    struct pollfd p[ALL];
    char value[8];
    rig_start(&rig, routes, NULL);
    http_client_open(&first, rig.port);
    get(&first, "/hash");
    wait_held(0, 1);
    for (size_t i = 0; i < ALL; i++) {
        http_client_open(&c[i], rig.port);
        get(&c[i], "/hash");
        p[i] = (struct pollfd){.fd = c[i].fd, .events = POLLIN};
    }
    for (int refused = 0; refused < ALL - WAITING;) {
        assert_true(poll(p, ALL, 20000) > 0);
        for (size_t i = 0; i < ALL; i++) {
            if (p[i].fd < 0 || !p[i].revents)
                continue;
            expect(&c[i], 503);
            rig_expect_problem(&res, 503, "overloaded");
            assert_string_equal(http_response_header(&res, "Retry-After", value, sizeof value), "1");
            p[i].fd = -1;
            refused++;
        }
    }
    open_jobs();
    expect(&first, 202);
    http_client_close(&first);
    for (size_t i = 0; i < ALL; i++) {
        if (p[i].fd >= 0)
            expect(&c[i], 202);
        http_client_close(&c[i]);
    }
}

/* Over our own limit each is told so, and the server lives (libmicrohttpd 0.9.75 would
 * hang at its). */
static void test_many_connections(void **state)
{
    enum { MANY = 600, LIMIT = 20 };
    static struct http_client c[MANY];
    rig.max_connections = LIMIT;
    rig_start(&rig, routes, NULL);
    for (size_t i = 0; i < MANY; i++) {
        http_client_open(&c[i], rig.port);
        get(&c[i], "/keep");
        if (i == LIMIT - 1)
            wait_held(LIMIT, 0);
    }
    for (size_t i = LIMIT; i < MANY; i++) {
        expect(&c[i], 503);
        rig_expect_problem(&res, 503, "overloaded");
    }
    finish_all();
    for (size_t i = 0; i < LIMIT; i++)
        expect(&c[i], 200);
    for (size_t i = 0; i < MANY; i++)
        http_client_close(&c[i]);
    for (int i = 0; i < 10 * LIMIT;) { /* as soon as it has seen them go */
        http_response_free(&res);
        http_client_once(rig.port, "GET /quick HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", &res);
        assert_true(res.status == 204 || res.status == 503);
        i += res.status == 204;
    }
}

/* Stop lets what is under way finish … */
static void *stop_server(void *arg)
{
    http_server_stop(rig.server, *(int *)arg);
    return NULL;
}

static void test_stop_waits(void **state)
{
    struct http_client c, late;
    pthread_t stopper;
    int drain_ms = 20000;
    rig_start(&rig, routes, NULL);
    http_client_open(&late, rig.port);
    get(&late, "/quick");
    expect(&late, 204);
    http_client_open(&c, rig.port);
    get(&c, "/keep");
    wait_held(1, 0);
    assert_int_equal(pthread_create(&stopper, NULL, stop_server, &drain_ms), 0);
    int status = 204;
    while (status == 204) { /* until stop has begun: then it is refused */
        get(&late, "/quick");
        http_response_free(&res);
        assert_true(http_client_read(&late, &res, false));
        status = res.status;
    }
    rig_expect_problem(&res, 503, "overloaded");
    finish_all();
    expect(&c, 200);
    pthread_join(stopper, NULL);
    http_client_close(&c);
    http_client_close(&late);
}

/* … and gives up what does not; the handler may finish later. */
static void test_stop_gives_up(void **state)
{
    struct http_client pending, job, gone;
    rig_start(&rig, routes, NULL);
    http_client_open(&pending, rig.port);
    get(&pending, "/keep");
    http_client_open(&gone, rig.port);
    get(&gone, "/keep");
    http_client_open(&job, rig.port);
    get(&job, "/block");
    wait_held(2, 1);
    http_client_close(&gone);
    http_server_stop(rig.server, 10);
    expect(&pending, 503);
    rig_expect_problem(&res, 503, "overloaded");
    expect(&job, 503);
    open_jobs();
    finish_all();
    http_client_close(&pending);
    http_client_close(&job);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    descriptors_remember();
    const struct CMUnitTest tests[] = {
        CASE(test_pending),
        CASE(test_races),
        CASE(test_gone_while_pending),
        CASE(test_jobs_do_not_stall),
        CASE(test_stale_jobs),
        CASE(test_pool_full),
        CASE(test_many_connections),
        CASE(test_stop_waits),
        CASE(test_stop_gives_up),
        cmocka_unit_test(descriptors_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
