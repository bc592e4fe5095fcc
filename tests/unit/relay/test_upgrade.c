/* What a handshake needs is left of the head, and the first subprotocol is told. */
#include <string.h>

#include "relay/upgrade.h"
#include "support/check.h"

static void expect(const char *in, const char *out, const char *name)
{
    char head[512], first[UPGRADE_PROTOCOL_MAX];
    size_t n = strlen(in);
    memcpy(head, in, n);
    n = upgrade_trim(head, n, first);
    assert_int_equal(n, strlen(out));
    assert_memory_equal(head, out, n);
    assert_string_equal(first, name);
}

static void test_trim(void **state)
{
    (void)state;
    expect("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "");
    expect("GET / HTTP/1.1\r\nsec-WEBSOCKET-protocol: arduino\r\nHost: a\r\n\r\nrest",
           "GET / HTTP/1.1\r\nHost: a\r\n\r\nrest", "arduino");
    expect("GET / HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Protocol:\t mqtt, x\r\n"
           "Sec-WebSocket-Protocol: second\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "mqtt");
    expect("GET / HTTP/1.1\r\nSec-WebSocket-Protocol:\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "");
    expect("GET / HTTP/1.1\r\nSec-WebSocket-Protocol: \"q\"\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "");
    expect("GET / HTTP/1.1\nSec-WebSocket-Protocol: a\n\n", "GET / HTTP/1.1\n\n", "a");
    /* behind the head it is the peer's data */
    expect("GET / HTTP/1.1\r\n\r\nSec-WebSocket-Protocol: a\r\n\r\n",
           "GET / HTTP/1.1\r\n\r\nSec-WebSocket-Protocol: a\r\n\r\n", "");
    expect("no line at all", "no line at all", "");
    expect("", "", "");
    expect("GET /ws?a=%00 b HTTP/1.1\r\nProxy: 1\r\nX: 2\r\nUpgrade: websocket\r\nOrigin: x\r\n\r\n/w x",
           "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n/w x", "");
    expect("GET /ws HTTP/1.1\r\nHOST: a\r\nconnection: x\r\nUpgraded: 1\r\nSec-WebSocket-Key: k\r\n"
           "Sec-WebSocket-Version: 13\r\nHos",
           "GET / HTTP/1.1\r\nHOST: a\r\nconnection: x\r\nSec-WebSocket-Key: k\r\n"
           "Sec-WebSocket-Version: 13\r\nHos",
           "");
    expect("GET\r\nX: 1\r\n\r\n", "GET\r\n\r\n", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_trim)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
