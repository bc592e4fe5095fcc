#include "host.h"

#include <linux/sockios.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

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
    if (h->keeps) {
        door_take_back(h->door, a->fd, (const struct sockaddr *)&a->address, a->place);
        return;
    }
    close(a->fd);
    limits_leave(a->place);
}

void host_open(struct host *h, struct door_config config)
{
    fake_clock_init(&h->clock, 1700000000000);
    assert_int_equal(limits_create(&h->limits, &h->most), ERR_OK);
    config.limits = h->limits;
    config.clock = &h->clock.clock;
    config.arrived = arrived;
    config.arg = h;
    assert_int_equal(door_create(&h->door, &config), ERR_OK);
    h->port = door_port(h->door);
    assert_in_range(h->port, 1, 65535);
    assert_int_equal(door_start(h->door), ERR_OK);
}

void host_wait_delivered(const struct http_client *c)
{
    int unacknowledged;
    do {
        assert_int_equal(ioctl(c->fd, SIOCOUTQ, &unacknowledged), 0);
        (void)sched_yield();
    } while (unacknowledged);
}

void host_expect(struct http_client *c, int status, const char *code)
{
    struct http_response res;
    char value[64], member[64];
    assert_true(http_client_read(c, &res, false));
    assert_int_equal(res.status, status);
    assert_string_equal(http_response_header(&res, "Content-Type", value, sizeof value),
                        "application/problem+json");
    assert_string_equal(http_response_header(&res, "Connection", value, sizeof value), "close");
    assert_int_equal(strlen(http_response_header(&res, "X-Request-Id", value, sizeof value)), 24);
    assert_string_equal(http_response_header(&res, "Retry-After", value, sizeof value), status == 503   ? "1"
                                                                                        : status == 429 ? "10"
                                                                                                        : "");
    (void)snprintf(member, sizeof member, "\"status\":%d", status);
    assert_non_null(strstr(res.body, member));
    (void)snprintf(member, sizeof member, "\"code\":\"%s\"", code);
    assert_non_null(strstr(res.body, member));
    http_response_free(&res);
    assert_true(http_client_at_end(c));
    http_client_close(c);
}

void host_expect_kept(struct http_client *c, const char *body)
{
    struct http_response res;
    assert_true(http_client_read(c, &res, false));
    assert_int_equal(res.status, 200);
    assert_string_equal(res.body, body);
    http_response_free(&res);
}

void host_expect_body(struct http_client *c, const char *body)
{
    host_expect_kept(c, body);
    assert_true(http_client_at_end(c));
    http_client_close(c);
}

void host_close(struct host *h)
{
    door_free(h->door);
    assert_int_equal(limits_count(h->limits), 0);
    limits_free(h->limits);
}
