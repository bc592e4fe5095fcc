#include "support/check.h"

#include <arpa/inet.h>
#include <string.h>

#include "door/proxy_protocol.h"
#include "host.h"

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"

static void test_text(void **state)
{
    static const struct {
        const char *text;
        enum proxy_result result;
        bool told;
    } rows[] = {
        {"PROXY TCP4 192.0.2.7 192.0.2.1 40000 443\r\n", PROXY_OK, true},
        {"PROXY TCP6 2001:db8::7 2001:db8::1 40000 443\r\n", PROXY_OK, true},
        {"PROXY UNKNOWN\r\n", PROXY_OK, false},
        {"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", PROXY_OK, false},
        {"P", PROXY_MORE, false},
        {"PROXY TCP4 192.0.2.7 192.0.2.1 40000 443\r", PROXY_MORE, false},
        {"PROXY TCP4 192.0.2.7 192.0.2.1 40000 443\n", PROXY_BAD, false},
        {"PROXY  TCP4 192.0.2.7 192.0.2.1 40000 443\r\n", PROXY_BAD, false},
        {"PROXY TCP4 192.0.2.7 192.0.2.1 40000 443 5\r\n", PROXY_BAD, false},
        {"PROXY TCP4 192.0.2.7 192.0.2.1 40000 65536\r\n", PROXY_BAD, false},
        {"PROXY TCP4 192.0.2.7 192.0.2.1 040 443\r\n", PROXY_BAD, false},
        {"PROXY TCP4 192.0.2.256 192.0.2.1 40000 443\r\n", PROXY_BAD, false},
        {"PROXY TCP4 2001:db8::7 2001:db8::1 40000 443\r\n", PROXY_BAD, false},
        {"PROXY UDP4 192.0.2.7 192.0.2.1 40000 443\r\n", PROXY_BAD, false},
        {"PROXY \r\n", PROXY_BAD, false},
        {"GET / HTTP/1.1\r\n", PROXY_BAD, false},
        {"PROXY TCP4 "
         "1.1.1.1111111111111111111111111111111111111111111111111111111111111111111111111111111111111"
         "1111111111",
         PROXY_BAD, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct proxy_header h;
        assert_int_equal(proxy_header_parse(span_of(rows[i].text), &h), rows[i].result);
        if (rows[i].result != PROXY_OK)
            continue;
        assert_int_equal(h.told, rows[i].told);
        assert_int_equal(h.bytes, strlen(rows[i].text));
    }
}

static void test_binary(void **state)
{
    static const char v4[] = SIGNATURE "\x21\x11\0\x0e\xc0\0\2\7\xc0\0\2\1\x9c\x40\1\xbb\4\0\0";
    struct proxy_header h;
    char address[46];
    struct span whole = {v4, 30};
    assert_int_equal(proxy_header_parse(whole, &h), PROXY_OK);
    assert_int_equal(h.bytes, 30); /* a TLV behind the addresses belongs to it */
    assert_true(h.told);
    assert_string_equal(inet_ntop(AF_INET, &h.client.v4.sin_addr, address, sizeof address), "192.0.2.7");
    assert_int_equal(ntohs(h.client.v4.sin_port), 40000);
    for (size_t n = 0; n < 30; n++)
        assert_int_equal(proxy_header_parse((struct span){v4, n}, &h), PROXY_MORE);
    static const struct {
        const char *text;
        enum proxy_result result;
        bool told;
    } rows[] = {
        {SIGNATURE "\x20\0\0\0", PROXY_OK, false},        /* LOCAL */
        {SIGNATURE "\x21\0\0\0", PROXY_OK, false},        /* an unspecified family */
        {SIGNATURE "\x21\x11\0\4", PROXY_MORE, false},    /* too short for its family, once it is whole */
        {SIGNATURE "\x31\x11\0\x0c", PROXY_BAD, false},   /* version 3 */
        {SIGNATURE "\x22\x11\0\x0c", PROXY_BAD, false},   /* an unknown command */
        {SIGNATURE "\x21\x11\xff\xff", PROXY_BAD, false}, /* a header without end */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(proxy_header_parse((struct span){rows[i].text, 16}, &h), rows[i].result);
        if (rows[i].result == PROXY_OK)
            assert_int_equal(h.told, rows[i].told);
    }
    assert_int_equal(proxy_header_parse((struct span){SIGNATURE "\x21\x11\0\4\1\2\3\4", 20}, &h), PROXY_BAD);
}

static bool is_loopback(void *arg, const char *a)
{
    return strcmp(a, "127.0.0.1") == 0;
}

static bool is_nobody(void *arg, const char *a)
{
    return false;
}

static void test_door(void **state)
{
    struct host h = {.most = {.per_address = 1}, .keeps = true};
    struct http_client a, b, c;
    host_open(&h, (struct door_config){.proxy_protocol = true, .is_proxy = is_loopback});
    http_client_open(&a, h.port);
    http_client_say(&a, "PROXY TCP4 192.0.2.7 192.0.2.1 40000 443\r\n" HOST_GET);
    host_expect_kept(&a, "http 192.0.2.7 27 27 1");
    http_client_say(&a, HOST_GET); /* once a connection */
    host_expect_kept(&a, "http 192.0.2.7 27 27 1");
    http_client_open(&b, h.port); /* in pieces, the first that the proxy's share is none */
    http_client_say(&b, "PROXY TCP4 192.0.2.7 192.");
    http_client_say(&b, "0.2.1 40001 443\r\nGET");
    host_expect(&b, 429, "rate_limited");
    http_client_open(&b, h.port);
    http_client_send(&b, SIGNATURE "\x20\0\0\0" HOST_GET, 16 + strlen(HOST_GET));
    host_expect_kept(&b, "http 127.0.0.1 27 27 1");
    http_client_open(&c, h.port); /* never left out */
    http_client_say(&c, HOST_GET);
    host_expect(&c, 400, "malformed");
    http_client_open(&c, h.port);
    http_client_say(&c, "PROXY TC");
    http_client_say(&a, HOST_GET);
    host_expect_kept(&a, "http 192.0.2.7 27 27 1");
    fake_clock_advance_ms(&h.clock, 10001);
    assert_true(http_client_at_end(&c));
    http_client_close(&a);
    http_client_close(&b);
    http_client_close(&c);
    host_close(&h);
}

/* Who is no proxy of ours tells nothing about himself. */
static void test_strangers(void **state)
{
    struct host h = {0};
    struct http_client c;
    host_open(&h, (struct door_config){.proxy_protocol = true, .is_proxy = is_nobody});
    http_client_open(&c, h.port);
    http_client_say(&c, "PROXY TCP4 192.0.2.7 192.0.2.1 40000 443\r\n" HOST_GET);
    host_expect(&c, 400, "malformed");
    http_client_open(&c, h.port);
    http_client_say(&c, HOST_GET);
    host_expect_body(&c, "http 127.0.0.1 27 27 1");
    host_close(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_binary),
        cmocka_unit_test(test_door),
        cmocka_unit_test(test_strangers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
