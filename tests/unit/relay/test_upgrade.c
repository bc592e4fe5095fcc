/* What a handshake needs is taken from a head: its key, and the first subprotocol. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "relay/upgrade.h"
#include "support/check.h"

#define KEY "dGhlIHNhbXBsZSBub25jZQ=="

static void expect(const char *in, const char *key, const char *name)
{
    char out[UPGRADE_OUT_MAX], wanted[UPGRADE_OUT_MAX], first[UPGRADE_PROTOCOL_MAX];
    size_t n = strlen(in);
    char *exact = malloc(n + 1); /* so that a read past the end is seen */
    memcpy(exact, in, n);
    size_t len = upgrade_head(exact, n, out, first);
    free(exact);
    (void)snprintf(wanted, sizeof wanted,
                   "GET / HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n",
                   key);
    assert_int_equal(len, strlen(wanted));
    assert_string_equal(out, wanted);
    assert_string_equal(first, name);
}

static void test_head(void **state)
{
    expect("GET /ws?a=%00 HTTP/1.1\r\nHost: a\r\nProxy: 1\r\nX: 2\r\nSec-WebSocket-Key: " KEY "\r\n\r\n", KEY,
           "");
    expect("GET /ws HTTP/1.1\r\nsec-websocket-KEY:\t " KEY " \t\r\nUpgrade: websocket \r\n\r\n", KEY, "");
    expect("GET /ws HTTP/1.1\r\nSec-WebSocket-Key:" KEY "\r\nsec-WEBSOCKET-protocol:arduino\r\n\r\n", KEY,
           "arduino");
    expect("GET / HTTP/1.1\r\nSec-WebSocket-Protocol:\t mqtt, x\r\nSec-WebSocket-Protocol: second\r\n\r\n",
           "", "mqtt");
    expect("GET / HTTP/1.1\r\nSec-WebSocket-Protocol:\r\n\r\n", "", "");
    expect("GET / HTTP/1.1\r\nSec-WebSocket-Protocol: \"q\"\r\n\r\n", "", "");
    expect("GET / HTTP/1.1\r\nSec-WebSocket-Key: " KEY KEY "\r\n\r\n", "", ""); /* too long for one */
    expect("GET / HTTP/1.1\r\nSec-WebSocket-Key: " KEY, "", "");
    expect("", "", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_head)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
