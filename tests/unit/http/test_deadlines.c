/* Bodies and later heads that do not come, connections that nobody uses. */
#include "site.h"

#include <sched.h>

#include "support/descriptors.h"

static void get(struct http_client *c, const char *path)
{
    http_client_say(c, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
}

static void expect(struct http_client *c, int status)
{
    site_read(c);
    assert_int_equal(site.res.status, status);
}

/* A body that does not come: told after 20 s, whether nothing comes or a byte now and then. */
static void test_slow_body(void **state)
{
    struct http_client still, dripping, later;
    site_start();
    http_client_open(&still, site.rig.port);
    http_client_say(&still, "POST /json HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                            "Content-Type: application/json\r\nContent-Length: 9\r\n\r\n");
    expect(&still, 100); /* now its deadline runs */
    http_client_open(&dripping, site.rig.port);
    http_client_say(&dripping, "POST /json HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                               "Content-Type: application/json\r\nContent-Length: 9\r\n\r\n");
    expect(&dripping, 100);
    for (int i = 0; i < 4; i++) {
        fake_clock_advance_ms(&site.rig.clock, 4900);
        http_client_say(&dripping, "1");
    }
    http_client_open(&later, site.rig.port); /* not before: the door's clock runs too */
    http_client_say(&later, "POST /json HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
                            "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n");
    expect(&later, 100);
    fake_clock_advance_ms(&site.rig.clock, 500);
    expect(&still, 408);
    rig_expect_problem(&site.res, 408, "timeout");
    assert_true(http_client_at_end(&still));
    expect(&dripping, 408);
    assert_true(http_client_at_end(&dripping));
    http_client_say(&later, "{\"name\":\"n\"}");
    expect(&later, 201);
    http_client_close(&still);
    http_client_close(&dripping);
    http_client_close(&later);
}

/* Until the door has taken back what was answered and seen what was sent since; a client cannot tell. */
static void wait_at_door(size_t idle, size_t waiting)
{
    struct door_stats s;
    do {
        (void)sched_yield();
        door_stats(site.rig.door, &s);
    } while (s.idle != idle || s.waiting != waiting);
}

/* Idle connections, and later heads that do not come. */
static void test_idle(void **state)
{
    struct http_client idle, half;
    site_start();
    http_client_open(&idle, site.rig.port);
    get(&idle, "/empty");
    expect(&idle, 204);
    http_client_open(&half, site.rig.port);
    get(&half, "/empty");
    expect(&half, 204);
    http_client_say(&half, "GET /empty HTT");
    wait_at_door(1, 1);
    fake_clock_advance_ms(&site.rig.clock, 75001);
    assert_true(http_client_at_end(&idle));
    expect(&half, 408);
    assert_true(http_client_at_end(&half));
    http_client_close(&idle);
    http_client_close(&half);
}

int main(void)
{
    descriptors_remember();
    const struct CMUnitTest tests[] = {
        SITE_CASE(test_slow_body),
        SITE_CASE(test_idle),
        cmocka_unit_test(descriptors_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
