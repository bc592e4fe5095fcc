/* Subprotocols are taken out of the head and the first name is told. */
#include <string.h>

#include "relay/upgrade.h"
#include "support/check.h"

static void expect(const char *in, const char *out, const char *name)
{
    char head[512], first[UPGRADE_PROTOCOL_MAX];
    size_t n = strlen(in);
    memcpy(head, in, n);
    n = upgrade_strip_protocols(head, n, first);
    assert_int_equal(n, strlen(out));
    assert_memory_equal(head, out, n);
    assert_string_equal(first, name);
}

static void test_strip(void **state)
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
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_strip)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
