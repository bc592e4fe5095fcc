/* What is peeked at stays in the kernel: a door that asked for levels would be told of it for ever. And a
 * peer that sends a byte now and then is one that does not send. */
#include <netinet/tcp.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "host.h"
#include "support/descriptors.h"

enum { TURNS = 1000, DEADLINE_S = 60 };

/* The door's thread between here and its kernel. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int busy, sleeps; /* turns with something to do, and without */
} turns = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

int __real_epoll_wait(int epoll, struct epoll_event *events, int max, int timeout);
int __wrap_epoll_wait(int epoll, struct epoll_event *events, int max, int timeout);

int __wrap_epoll_wait(int epoll, struct epoll_event *events, int max, int timeout)
{
    int n = __real_epoll_wait(epoll, events, max, timeout);
    pthread_mutex_lock(&turns.lock);
    turns.busy += n != 0;
    turns.sleeps += n == 0;
    pthread_cond_broadcast(&turns.changed);
    pthread_mutex_unlock(&turns.lock);
    return n;
}

/* It looks at deadlines once a second: two such turns without an event between them were one sleep. */
static void expect_sleep(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += DEADLINE_S;
    pthread_mutex_lock(&turns.lock);
    turns.busy = turns.sleeps = 0;
    while (turns.sleeps < 2 && turns.busy < TURNS)
        if (pthread_cond_timedwait(&turns.changed, &turns.lock, &until))
            break;
    int sleeps = turns.sleeps;
    pthread_mutex_unlock(&turns.lock);
    assert_int_equal(sleeps, 2);
}

static void ask(struct http_client *c)
{
    http_client_say(c, "%s", HOST_GET);
    host_expect_kept(c, "http 127.0.0.1 27 27 1");
}

/* Connections at every stage, and none of them is at work. */
static void test_who_waits_costs_nothing(void **state)
{
    struct host h = {.keeps = true};
    struct http_client silent, half, later, refused, asking;
    host_open(&h, (struct door_config){0});
    http_client_open(&silent, h.port);
    http_client_open(&half, h.port);
    http_client_say(&half, "GET / HTTP/1.1\r\nHost:");
    http_client_open(&later, h.port);
    ask(&later);
    http_client_say(&later, "GET / HT");
    http_client_open(&refused, h.port);
    http_client_say(&refused, "nonsense\r\nand more");
    http_client_open(&asking, h.port);
    ask(&asking);
    expect_sleep();
    host_expect(&refused, 400, "malformed");
    http_client_say(&half, " x\r\n\r\n");
    host_expect_kept(&half, "http 127.0.0.1 27 27 1");
    http_client_close(&silent);
    http_client_close(&half);
    http_client_close(&later);
    http_client_close(&asking);
    host_close(&h);
}

/* Out of descriptors, with somebody at the door. */
static void test_a_pause_is_a_pause(void **state)
{
    struct host h = {0};
    struct http_client c;
    struct rlimit before;
    host_open(&h, (struct door_config){0});
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit tight = {.rlim_cur = (rlim_t)descriptors_next() + 1, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    http_client_open(&c, h.port); /* has the last one */
    http_client_say(&c, "%s", HOST_GET);
    expect_sleep();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    fake_clock_advance_ms(&h.clock, 200);
    host_expect_body(&c, "http 127.0.0.1 27 27 1");
    host_close(&h);
}

/* A byte now and then does not put the deadline off, in the first head or in a later one. */
static void test_a_dripping_head_is_late(void **state)
{
    struct host h = {.keeps = true};
    struct http_client first, later, other;
    host_open(&h, (struct door_config){0});
    http_client_open(&first, h.port);
    http_client_say(&first, "GET / HTTP/1.1\r\n");
    http_client_open(&later, h.port);
    ask(&later);
    http_client_say(&later, "GET / HTTP/1.1\r\n");
    host_wait_delivered(&later);
    http_client_open(&other, h.port);
    for (int i = 0; i < 4; i++) {
        ask(&other); /* the door has seen what came before it */
        fake_clock_advance_ms(&h.clock, 2400);
        http_client_say(&first, "A: b\r\n");
        http_client_say(&later, "A: b\r\n");
        host_wait_delivered(&first);
        host_wait_delivered(&later);
    }
    ask(&other);
    fake_clock_advance_ms(&h.clock, 500);
    host_expect(&first, 408, "timeout");
    host_expect(&later, 408, "timeout");
    http_client_close(&other);
    host_close(&h);
}

int main(void)
{
    descriptors_remember();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_waits_costs_nothing),
        cmocka_unit_test(test_a_pause_is_a_pause),
        cmocka_unit_test(test_a_dripping_head_is_late),
        cmocka_unit_test(descriptors_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
