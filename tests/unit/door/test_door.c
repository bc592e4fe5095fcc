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
#include "host.h"
#include "support/descriptors.h"

#define KEY "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

static void test_hands_over_unread(void **state)
{
    struct host h = {0};
    struct http_client c;
    host_open(&h, (struct door_config){0});
    http_client_open(&c, h.port);
    http_client_say(&c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    host_expect_body(&c, "http 127.0.0.1 47 52 1");
    host_close(&h);
}

static void test_kinds(void **state)
{
    static const struct {
        const char *text, *kind;
    } rows[] = {
        {"GET /ws?ticket=a HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: "
         "WebSocket\r\n" KEY "\r\n",
         "ws"},
        {"GET /streaming/ws-stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" KEY
         "\r\n",
         "ws"},
        {"GET /api/ws?src=a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" KEY "\r\n",
         "ws"},
        {"POST /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", "http"},
        {"GET /wsx HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", "http"},
        {"GET /%77s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", "http"},
        {"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", "http"},
    };
    struct host h = {0};
    host_open(&h, (struct door_config){.host = "127.0.0.1"});
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_response res;
        http_client_once(h.port, rows[i].text, &res);
        assert_int_equal(strncmp(res.body, rows[i].kind, strlen(rows[i].kind)), 0);
        http_response_free(&res);
    }
    host_close(&h);
}

/* Upgrades that libwebsockets would take, answer in its own way or hang on. */
static void test_bad_upgrades(void **state)
{
    static const struct {
        const char *fields;
        int status;
    } rows[] = {
        {"", 426},
        {"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", 426},
        {"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
         426},
        {"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n", 400},
        {"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: a\r\n",
         400},
        {"Upgrade: websocket\r\n" KEY, 400},
        {"Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n" KEY, 400},
        {"Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n" KEY, 400},
        {"Connection: Upgrade\r\nUpgrade: h2c\r\n" KEY, 400},
        {"Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 3\r\n" KEY, 400},
    };
    struct host h = {0};
    host_open(&h, (struct door_config){.host = "127.0.0.1"});
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_client c;
        http_client_open(&c, h.port);
        http_client_say(&c, "GET /ws HTTP/1.1\r\nHost: x\r\n%s\r\n", rows[i].fields);
        host_expect(&c, rows[i].status, "malformed");
    }
    host_close(&h);
}

static void ask(struct http_client *c)
{
    http_client_say(c, "%s", HOST_GET);
    host_expect_kept(c, "http 127.0.0.1 27 27 1");
}

/* Each request of a connection passes the door. */
static void test_taken_back(void **state)
{
    struct host h = {.keeps = true};
    struct http_client c, crooked, slow;
    host_open(&h, (struct door_config){0});
    http_client_open(&c, h.port);
    for (int i = 0; i < 3; i++)
        ask(&c);
    http_client_open(&crooked, h.port);
    ask(&crooked);
    http_client_say(&crooked, "GET / HTTP/1.1\r\nHost: x\n\r\n");
    host_expect(&crooked, 400, "malformed");
    http_client_open(&slow, h.port);
    ask(&slow);
    fake_clock_advance_ms(&h.clock, 74000); /* idle is no offence … */
    http_client_say(&slow, "GET");
    host_wait_delivered(&slow);
    http_client_open(&crooked, h.port);
    ask(&crooked); /* … the door has seen the three letters now */
    fake_clock_advance_ms(&h.clock, 2000);
    assert_true(http_client_at_end(&c)); /* … until it is */
    fake_clock_advance_ms(&h.clock, 9000);
    host_expect(&slow, 408, "timeout");
    http_client_close(&c);
    http_client_close(&crooked);
    host_close(&h);
}

/* Full: who only keeps a connection for later makes room for who wants something now. */
static void test_idle_make_room(void **state)
{
    struct host h = {.keeps = true, .most = {.all = 2}};
    struct http_client a, b, c;
    host_open(&h, (struct door_config){0});
    http_client_open(&a, h.port);
    ask(&a);
    http_client_open(&b, h.port);
    ask(&b);
    http_client_open(&c, h.port);
    ask(&c);
    assert_true(http_client_at_end(&a));
    ask(&b);
    http_client_close(&a);
    http_client_close(&b);
    http_client_close(&c);
    host_close(&h);
}

static void test_share_of_an_address(void **state)
{
    struct host h = {.keeps = true, .most = {.per_address = 2}};
    struct http_client a, b, c;
    host_open(&h, (struct door_config){0});
    http_client_open(&a, h.port);
    http_client_open(&b, h.port);
    ask(&a);
    ask(&b);
    http_client_open(&c, h.port);
    host_expect(&c, 429, "rate_limited");
    ask(&a);
    http_client_say(&b, "nonsense\r\n"); /* its place is free as soon as it is refused */
    host_expect(&b, 400, "malformed");
    http_client_open(&c, h.port);
    ask(&c);
    http_client_close(&a);
    http_client_close(&c);
    host_close(&h);
}

/* The door sees the head in pieces; each piece is a segment of its own. */
static void test_pieces(void **state)
{
    struct host h = {0};
    struct http_client c;
    host_open(&h, (struct door_config){0});
    for (size_t step = 1; step <= 7; step += 3) {
        http_client_open(&c, h.port);
        const int now = 1;
        assert_int_equal(setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &now, sizeof now), 0);
        for (size_t at = 0; at < sizeof HOST_GET - 1; at += step) {
            size_t left = sizeof HOST_GET - 1 - at;
            http_client_send(&c, &HOST_GET[at], left < step ? left : step);
        }
        host_expect_body(&c, "http 127.0.0.1 27 27 1");
    }
    host_close(&h);
}

static void test_refusals(void **state)
{
    struct host h = {0};
    struct http_client c;
    host_open(&h, (struct door_config){0});
    http_client_open(&c, h.port);
    http_client_say(&c, "GET / HTTP/1.1\r\n\r\n");
    host_expect(&c, 400, "malformed");
    http_client_open(&c, h.port);
    http_client_send(&c, "\x16\x03\x01\x02\x00", 5);
    host_expect(&c, 400, "malformed");
    /* far more than is peeked: the answer must survive what was never read */
    static char big[300000];
    memset(big, 'a', sizeof big);
    memcpy(big, "GET /", 5);
    http_client_open(&c, h.port);
    http_client_send(&c, big, sizeof big);
    host_expect(&c, 431, "too_large");
    h.full = true;
    http_client_open(&c, h.port);
    http_client_say(&c, "%s", HOST_GET);
    host_expect(&c, 503, "overloaded");
    host_close(&h);
}

static void test_deadline(void **state)
{
    struct host h = {0};
    struct http_client slow, silent, fresh;
    host_open(&h, (struct door_config){0});
    http_client_open(&slow, h.port);
    http_client_say(&slow, "GET / HTTP/1.1\r\n");
    http_client_open(&silent, h.port);
    http_client_open(&fresh, h.port); /* accepted after the two: they are known by then */
    http_client_say(&fresh, "%s", HOST_GET);
    host_expect_body(&fresh, "http 127.0.0.1 27 27 1");
    fake_clock_advance_ms(&h.clock, 10001);
    host_expect(&slow, 408, "timeout");
    assert_true(http_client_at_end(&silent));
    http_client_close(&silent);
    host_close(&h);
}

static void test_too_many_waiting(void **state)
{
    struct host h = {.most = {.all = 3}};
    struct http_client waiting[3], c;
    host_open(&h, (struct door_config){0});
    for (size_t i = 0; i < 3; i++) {
        http_client_open(&waiting[i], h.port);
        http_client_say(&waiting[i], "GET");
    }
    http_client_open(&c, h.port);
    host_expect(&c, 503, "overloaded");
    for (size_t i = 0; i < 3; i++)
        http_client_say(&waiting[i], "%s", &HOST_GET[3]);
    for (size_t i = 0; i < 3; i++)
        host_expect_body(&waiting[i], "http 127.0.0.1 27 27 1");
    host_close(&h);
}

static void test_gone(void **state)
{
    struct host h = {.most = {.all = 1}};
    struct http_client c;
    host_open(&h, (struct door_config){0});
    for (int i = 0; i < 20; i++) { /* each frees the one place by leaving */
        http_client_open(&c, h.port);
        http_client_say(&c, "GET / HT");
        assert_int_equal(shutdown(c.fd, SHUT_WR), 0);
        assert_true(http_client_at_end(&c));
        http_client_close(&c);
    }
    http_client_open(&c, h.port);
    http_client_say(&c, "%s", HOST_GET);
    host_expect_body(&c, "http 127.0.0.1 27 27 1");
    /* half-closed behind a whole head: served */
    http_client_open(&c, h.port);
    http_client_say(&c, "%s", HOST_GET);
    assert_int_equal(shutdown(c.fd, SHUT_WR), 0);
    host_expect_body(&c, "http 127.0.0.1 27 27 1");
    host_close(&h);
}

static void test_stop_closes_those_waiting(void **state)
{
    struct host h = {0};
    struct http_client half, c;
    host_open(&h, (struct door_config){0});
    http_client_open(&half, h.port);
    http_client_say(&half, "GET");
    http_client_open(&c, h.port);
    http_client_say(&c, "%s", HOST_GET);
    host_expect_body(&c, "http 127.0.0.1 27 27 1");
    door_stop(h.door);
    assert_true(http_client_at_end(&half));
    http_client_close(&half);
    host_close(&h);
}

static void test_ipv6(void **state)
{
    struct host h = {0};
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    host_open(&h, (struct door_config){0});
    a.sin6_port = htons((uint16_t)h.port);
    struct http_client c = {.fd = socket(AF_INET6, SOCK_STREAM, 0)};
    if (c.fd < 0 || connect(c.fd, (struct sockaddr *)&a, sizeof a)) {
        http_client_close(&c);
        host_close(&h);
        skip(); /* a machine without IPv6 */
    }
    http_client_say(&c, "%s", HOST_GET);
    host_expect_body(&c, "http ::1 27 27 1");
    host_close(&h);
}

static void test_port_taken(void **state)
{
    struct host h = {0};
    struct door *second;
    host_open(&h, (struct door_config){.host = "127.0.0.1"});
    const struct door_config config = {
        .host = "127.0.0.1", .port = h.port, .clock = &h.clock.clock, .arg = &h};
    assert_int_equal(door_create(&second, &config), ERR_IO);
    const struct door_config foreign = {.host = "192.0.2.1", .clock = &h.clock.clock, .arg = &h};
    assert_int_equal(door_create(&second, &foreign), ERR_IO);
    host_close(&h);
}

/* Out of descriptors: the door pauses and comes back; nobody is lost who can wait. */
static void test_out_of_descriptors(void **state)
{
    struct host h = {0};
    struct http_client c, late;
    host_open(&h, (struct door_config){0});
    http_client_open(&c, h.port);
    http_client_say(&c, "%s", HOST_GET);
    host_expect_body(&c, "http 127.0.0.1 27 27 1");
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
    http_client_say(&late, "%s", HOST_GET);
    struct pollfd p = {.fd = late.fd, .events = POLLIN};
    assert_int_equal(poll(&p, 1, 50), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    fake_clock_advance_ms(&h.clock, 200);
    host_expect_body(&late, "http 127.0.0.1 27 27 1");
    host_close(&h);
}

int main(void)
{
    descriptors_remember();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hands_over_unread),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_bad_upgrades),
        cmocka_unit_test(test_taken_back),
        cmocka_unit_test(test_idle_make_room),
        cmocka_unit_test(test_share_of_an_address),
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
