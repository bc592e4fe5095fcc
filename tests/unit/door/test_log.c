/* What the log says of requests that the door refuses: the method, how long they took, never the target. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "host.h"

static struct {
    struct host host;
    char path[64], text[4096];
} log_of;

static void begin(struct door_config config)
{
    (void)snprintf(log_of.path, sizeof log_of.path, "/tmp/visionconnect-log-XXXXXX");
    int fd = mkstemp(log_of.path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(log_open(LOG_INFO, LOG_TEXT, log_of.path), ERR_OK);
    host_open(&log_of.host, config);
}

/* The door has ended, so that its lines are written: the last holds these words, none the target. */
static void end(const char *words)
{
    host_close(&log_of.host);
    log_of.host = (struct host){0};
    log_close();
    FILE *f = fopen(log_of.path, "r");
    assert_non_null(f);
    log_of.text[fread(log_of.text, 1, sizeof log_of.text - 1, f)] = 0;
    (void)fclose(f);
    unlink(log_of.path);
    assert_null(strstr(log_of.text, "secret"));
    if (!strstr(log_of.text, words))
        fail_msg("not %s, but %s", words, log_of.text);
}

static void test_crooked_heads(void **state)
{
    static const struct {
        const char *text;
        int status;
        const char *method;
    } rows[] = {
        {"GET /secret HTTP/1.1\r\nHost: x\n\r\n", 400, "GET"},
        {"DELETE /secret HTTP/1.1\r\n\r\n", 400, "DELETE"},
        {"OPTIONS secret HTTP/1.1\r\nHost: x\r\n\r\n", 400, "OPTIONS"},
        {"POST /secret HTTP/1.1\r\nHost: x\r\nA: 1\r\nA: 2\r\n\r\n", 431, "POST"},
        {"secret /secret HTTP/1.1\r\n\r\n", 400, "-"},
        {"GETsecret\r\n\r\n", 400, "-"},
        {"\x16\x03\x01 secret", 400, "-"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_client c;
        char words[128];
        begin((struct door_config){.max_fields = 2});
        http_client_open(&c, log_of.host.port);
        http_client_say(&c, "%s", rows[i].text);
        host_expect(&c, rows[i].status, rows[i].status == 431 ? "too_large" : "malformed");
        (void)snprintf(words, sizeof words,
                       "http.request method=%s route=- status=%d seconds=0.000000 bytes=", rows[i].method,
                       rows[i].status);
        end(words);
    }
}

/* From the first byte of the request, not of the connection, to the answer. */
static void test_late_head(void **state)
{
    (void)state;
    struct http_client c, other;
    begin((struct door_config){0});
    log_of.host.keeps = true;
    http_client_open(&c, log_of.host.port);
    http_client_say(&c, "%s", HOST_GET);
    host_expect_kept(&c, "http 127.0.0.1 27 27 1");
    fake_clock_advance_ms(&log_of.host.clock, 30000);
    http_client_say(&c, "PUT /sec");
    host_wait_delivered(&c);
    http_client_open(&other, log_of.host.port);
    http_client_say(&other, "%s", HOST_GET);
    host_expect_kept(&other, "http 127.0.0.1 27 27 1"); /* the door has seen the letters now */
    fake_clock_advance_ms(&log_of.host.clock, 12500);
    host_expect(&c, 408, "timeout");
    http_client_close(&other);
    end("http.request method=PUT route=- status=408 seconds=12.500000 bytes=");
}

/* Whole, but there is no room behind the door. */
static void test_no_room(void **state)
{
    (void)state;
    struct http_client c;
    begin((struct door_config){0});
    log_of.host.full = true;
    http_client_open(&c, log_of.host.port);
    http_client_say(&c, "PATCH /secret HTTP/1.1\r\nHost: x\r\n\r\n");
    host_expect(&c, 503, "overloaded");
    end("door.refused method=PATCH status=503 seconds=0.000000 request_id=");
}

/* Refused unread. */
static void test_share_used_up(void **state)
{
    (void)state;
    struct http_client first, c;
    log_of.host.most.per_address = 1;
    begin((struct door_config){0});
    http_client_open(&first, log_of.host.port);
    http_client_open(&c, log_of.host.port);
    host_expect(&c, 429, "rate_limited");
    http_client_close(&first);
    end("door.refused method=- status=429 seconds=0.000000 request_id=");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crooked_heads),
        cmocka_unit_test(test_late_head),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_share_used_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
