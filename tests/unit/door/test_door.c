#include "support/check.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "door/door.h"
#include "support/descriptors.h"
#include "support/fake_clock.h"
#include "support/http_client.h"

static const char get[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/* Answers each arrival with what it was told, so that a client knows what the door saw. */
struct host {
    struct fake_clock clock;
    struct door *door;
    int port;
    atomic_bool full;
};

static void arrived(void *arg, const struct door_arrival *a)
{
    struct host *h = arg;
    if (h->full) {
        door_refuse(h->door, a, 503);
        return;
    }
    char body[64], answer[256];
    static char unread[32768];
    ssize_t n = recv(a->fd, unread, sizeof unread, MSG_DONTWAIT); /* everything is still to be read */
    bool whole = n >= (ssize_t)a->head.len && memcmp(unread, a->head.p, a->head.len) == 0;
    int len = snprintf(body, sizeof body, "%s %s %zu %zd %d", a->kind == DOOR_WEBSOCKET ? "ws" : "http",
                       a->address_text, a->head.len, n, whole);
    int total = snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len, body);
    assert_int_equal(send(a->fd, answer, (size_t)total, MSG_NOSIGNAL), total);
    close(a->fd);
}

static void open_door(struct host *h, struct door_config config)
{
    fake_clock_init(&h->clock, 1700000000000);
    config.clock = &h->clock.clock;
    config.arrived = arrived;
    config.arg = h;
    assert_int_equal(door_create(&h->door, &config), ERR_OK);
    h->port = door_port(h->door);
    assert_in_range(h->port, 1, 65535);
    assert_int_equal(door_start(h->door), ERR_OK);
}

static void expect(struct http_client *c, int status, const char *code)
{
    struct http_response res;
    char value[64], member[64];
    assert_true(http_client_read(c, &res, false));
    assert_int_equal(res.status, status);
    assert_string_equal(http_response_header(&res, "Content-Type", value, sizeof value),
                        "application/problem+json");
    assert_string_equal(http_response_header(&res, "Connection", value, sizeof value), "close");
    assert_int_equal(strlen(http_response_header(&res, "X-Request-Id", value, sizeof value)), 24);
    assert_string_equal(http_response_header(&res, "Retry-After", value, sizeof value),
                        status == 503 ? "1" : "");
    (void)snprintf(member, sizeof member, "\"status\":%d", status);
    assert_non_null(strstr(res.body, member));
    (void)snprintf(member, sizeof member, "\"code\":\"%s\"", code);
    assert_non_null(strstr(res.body, member));
    http_response_free(&res);
    assert_true(http_client_at_end(c));
    http_client_close(c);
}

static void expect_body(struct http_client *c, const char *body)
{
    struct http_response res;
    assert_true(http_client_read(c, &res, false));
    assert_int_equal(res.status, 200);
    assert_string_equal(res.body, body);
    http_response_free(&res);
    assert_true(http_client_at_end(c));
    http_client_close(c);
}

static void test_hands_over_unread(void **state)
{
    struct host h = {0};
    struct http_client c;
    open_door(&h, (struct door_config){0});
    http_client_open(&c, h.port);
    http_client_say(&c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    expect_body(&c, "http 127.0.0.1 47 52 1");
    door_free(h.door);
}

static void test_kinds(void **state)
{
    static const struct {
        const char *text, *kind;
    } rows[] = {
        {"GET /ws?ticket=a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n", "ws"},
        {"GET /ws HTTP/1.1\r\nHost: x\r\n\r\n", "http"},
        {"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n\r\n", "http"},
        {"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket, h2c\r\n\r\n", "http"},
        {"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\n\r\n", "http"},
        {"GET /ws HTTP/1.0\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", "http"},
        {"POST /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", "http"},
        {"GET /wsx HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", "http"},
        {"GET /%77s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", "http"},
        {"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", "http"},
    };
    struct host h = {0};
    open_door(&h, (struct door_config){.host = "127.0.0.1"});
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_response res;
        http_client_once(h.port, rows[i].text, &res);
        assert_int_equal(strncmp(res.body, rows[i].kind, strlen(rows[i].kind)), 0);
        http_response_free(&res);
    }
    door_free(h.door);
}

/* The door sees the head in pieces; each piece is a segment of its own. */
static void test_pieces(void **state)
{
    struct host h = {0};
    struct http_client c;
    open_door(&h, (struct door_config){0});
    for (size_t step = 1; step <= 7; step += 3) {
        http_client_open(&c, h.port);
        const int now = 1;
        assert_int_equal(setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &now, sizeof now), 0);
        for (size_t at = 0; at < sizeof get - 1; at += step) {
            size_t left = sizeof get - 1 - at;
            http_client_send(&c, get + at, left < step ? left : step);
        }
        expect_body(&c, "http 127.0.0.1 27 27 1");
    }
    door_free(h.door);
}

static void test_refusals(void **state)
{
    struct host h = {0};
    struct http_client c;
    open_door(&h, (struct door_config){0});
    http_client_open(&c, h.port);
    http_client_say(&c, "GET / HTTP/1.1\r\n\r\n");
    expect(&c, 400, "malformed");
    http_client_open(&c, h.port);
    http_client_send(&c, "\x16\x03\x01\x02\x00", 5);
    expect(&c, 400, "malformed");
    /* far more than is peeked: the answer must survive what was never read */
    static char big[300000];
    memset(big, 'a', sizeof big);
    memcpy(big, "GET /", 5);
    http_client_open(&c, h.port);
    http_client_send(&c, big, sizeof big);
    expect(&c, 431, "too_large");
    h.full = true;
    http_client_open(&c, h.port);
    http_client_say(&c, "%s", get);
    expect(&c, 503, "overloaded");
    door_free(h.door);
}

static void test_deadline(void **state)
{
    struct host h = {0};
    struct http_client slow, silent, fresh;
    open_door(&h, (struct door_config){0});
    http_client_open(&slow, h.port);
    http_client_say(&slow, "GET / HTTP/1.1\r\n");
    http_client_open(&silent, h.port);
    http_client_open(&fresh, h.port); /* accepted after the two: they are known by then */
    http_client_say(&fresh, "%s", get);
    expect_body(&fresh, "http 127.0.0.1 27 27 1");
    fake_clock_advance_ms(&h.clock, 10001);
    expect(&slow, 408, "timeout");
    assert_true(http_client_at_end(&silent));
    http_client_close(&silent);
    door_free(h.door);
}

static void test_too_many_waiting(void **state)
{
    struct host h = {0};
    struct http_client waiting[3], c;
    open_door(&h, (struct door_config){.max_waiting = 3});
    for (size_t i = 0; i < 3; i++) {
        http_client_open(&waiting[i], h.port);
        http_client_say(&waiting[i], "GET");
    }
    http_client_open(&c, h.port);
    expect(&c, 503, "overloaded");
    for (size_t i = 0; i < 3; i++)
        http_client_say(&waiting[i], "%s", get + 3);
    for (size_t i = 0; i < 3; i++)
        expect_body(&waiting[i], "http 127.0.0.1 27 27 1");
    door_free(h.door);
}

static void test_gone(void **state)
{
    struct host h = {0};
    struct http_client c;
    open_door(&h, (struct door_config){.max_waiting = 1});
    for (int i = 0; i < 20; i++) { /* each frees the one place by leaving */
        http_client_open(&c, h.port);
        http_client_say(&c, "GET / HT");
        assert_int_equal(shutdown(c.fd, SHUT_WR), 0);
        assert_true(http_client_at_end(&c));
        http_client_close(&c);
    }
    http_client_open(&c, h.port);
    http_client_say(&c, "%s", get);
    expect_body(&c, "http 127.0.0.1 27 27 1");
    /* half-closed behind a whole head: served */
    http_client_open(&c, h.port);
    http_client_say(&c, "%s", get);
    assert_int_equal(shutdown(c.fd, SHUT_WR), 0);
    expect_body(&c, "http 127.0.0.1 27 27 1");
    door_free(h.door);
}

static void test_stop_closes_those_waiting(void **state)
{
    struct host h = {0};
    struct http_client half, c;
    open_door(&h, (struct door_config){0});
    http_client_open(&half, h.port);
    http_client_say(&half, "GET");
    http_client_open(&c, h.port);
    http_client_say(&c, "%s", get);
    expect_body(&c, "http 127.0.0.1 27 27 1");
    door_stop(h.door);
    assert_true(http_client_at_end(&half));
    http_client_close(&half);
    door_free(h.door);
}

static void test_ipv6(void **state)
{
    struct host h = {0};
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    open_door(&h, (struct door_config){0});
    a.sin6_port = htons((uint16_t)h.port);
    struct http_client c = {.fd = socket(AF_INET6, SOCK_STREAM, 0)};
    if (c.fd < 0 || connect(c.fd, (struct sockaddr *)&a, sizeof a)) {
        http_client_close(&c);
        door_free(h.door);
        skip(); /* a machine without IPv6 */
    }
    http_client_say(&c, "%s", get);
    expect_body(&c, "http ::1 27 27 1");
    door_free(h.door);
}

static void test_port_taken(void **state)
{
    struct host h = {0};
    struct door *second;
    open_door(&h, (struct door_config){.host = "127.0.0.1"});
    const struct door_config config = {
        .host = "127.0.0.1", .port = h.port, .clock = &h.clock.clock, .arrived = arrived, .arg = &h};
    assert_int_equal(door_create(&second, &config), ERR_IO);
    const struct door_config foreign = {
        .host = "192.0.2.1", .clock = &h.clock.clock, .arrived = arrived, .arg = &h};
    assert_int_equal(door_create(&second, &foreign), ERR_IO);
    door_free(h.door);
}

/* Out of descriptors: the door pauses and comes back; nobody is lost who can wait. */
static void test_out_of_descriptors(void **state)
{
    struct host h = {0};
    struct http_client c, late;
    open_door(&h, (struct door_config){0});
    http_client_open(&c, h.port);
    http_client_say(&c, "%s", get);
    expect_body(&c, "http 127.0.0.1 27 27 1");
    late = (struct http_client){.fd = socket(AF_INET, SOCK_STREAM, 0)};
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    int next = dup(0);
    close(next);
    const struct rlimit tight = {.rlim_cur = (rlim_t)next, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)h.port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(late.fd, (struct sockaddr *)&a, sizeof a), 0);
    http_client_say(&late, "%s", get);
    struct pollfd p = {.fd = late.fd, .events = POLLIN};
    assert_int_equal(poll(&p, 1, 50), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    fake_clock_advance_ms(&h.clock, 200);
    expect_body(&late, "http 127.0.0.1 27 27 1");
    door_free(h.door);
}

int main(void)
{
    descriptors_remember();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hands_over_unread),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_too_many_waiting),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_stop_closes_those_waiting),
        cmocka_unit_test(test_ipv6),
        cmocka_unit_test(test_port_taken),
        cmocka_unit_test(test_out_of_descriptors),
        cmocka_unit_test(descriptors_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
