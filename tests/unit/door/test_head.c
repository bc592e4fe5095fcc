#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "door/head.h"

static struct head head;

static enum head_result parse(const char *text)
{
    return head_parse(span_of(text), 16384, HEAD_FIELDS_MAX, &head);
}

static const char *const good[] = {
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET / HTTP/1.0\r\nHost: x\r\n\r\n",
    "GET /a/b?c=d HTTP/1.1\r\nHost: example.com:8000\r\nAccept: */*\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nhost: [::1]:8000\r\n\r\n",
    "GET http://example.com/x?y HTTP/1.1\r\nHost: example.com\r\n\r\n",
    "POST / HTTP/1.1\r\nHost:x\r\nContent-Length: 5\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nX-Empty:\r\nX-Blank:  \t \r\nX-Latin: \xe4\r\n\r\n",
    "M-SEARCH / HTTP/1.1\r\nHost: x:\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: [::1]:65535\r\n\r\n",
};

static const char *const bad[] = {
    "GET / HTTP/1.1\r\n\r\n",                       /* no Host */
    "GET / HTTP/1.1\r\nHost:\r\n\r\n",              /* empty Host */
    "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", /* two */
    "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",          /* crooked ones */
    "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a:800000\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: []\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: \"a\"\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 5\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999999999999\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5 \r\n\r\n", /* a blank behind what ends the message */
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\t\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked \r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\t\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n",
    "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", /* obs-fold */
    "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\tc: d\r\n\r\n",
    "GET / HTTP/1.1\r\n Host: x\r\n\r\n",
    "GET / HTTP/1.1\nHost: x\n\n", /* bare LF */
    "GET / HTTP/1.1\r\nHost: x\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", /* bare CR */
    "GET / HTTP/1.1\r\nHost: x\r\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", /* field names */
    "GET / HTTP/1.1\r\nHost: x\r\n: b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nA\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nA\x01: b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nA\xe4: b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: x\r\nA: b\x7f\r\n\r\n", /* a control in a value */
    "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",            /* request lines */
    "GET / HTTP/1.1 \r\nHost: x\r\n\r\n",
    "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET\t/ HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /\r\nHost: x\r\n\r\n",
    "GET x HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET * HTTP/1.1\r\nHost: x\r\n\r\n",
    "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET / HTTP/1.2\r\nHost: x\r\n\r\n",
    "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
    "GET / http/1.1\r\nHost: x\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
    " GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "\x16\x03\x01\x02", /* TLS */
};

static void test_good(void **state)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (parse(good[i]) != HEAD_OK)
            fail_msg("refused: %s", good[i]);
        assert_int_equal(head.bytes, strstr(good[i], "\r\n\r\n") + 4 - good[i]);
    }
}

static void test_bad(void **state)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (parse(bad[i]) != HEAD_BAD)
            fail_msg("not refused: %s", bad[i]);
    static const char nul[] = "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n";
    assert_int_equal(head_parse((struct span){nul, sizeof nul - 1}, 16384, 100, &head), HEAD_BAD);
}

static void test_body_bytes(void **state)
{
    assert_int_equal(parse("POST / HTTP/1.1\r\nHost: x\r\n\r\n"), HEAD_OK);
    assert_int_equal(head.body_bytes, 0);
    assert_int_equal(parse("POST / HTTP/1.1\r\nContent-Length: \t0123\r\nHost: x\r\n\r\n9"), HEAD_OK);
    assert_int_equal(head.body_bytes, 123);
    assert_int_equal(parse("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"), HEAD_OK);
    assert_int_equal(head.body_bytes, -1);
}

/* However the bytes come: more is asked for until the head is complete, and a verdict once spoken stays. */
static void test_every_split(void **state)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        size_t bytes = (size_t)(strstr(good[i], "\r\n\r\n") + 4 - good[i]);
        for (size_t n = 0; n <= strlen(good[i]); n++) {
            char *exact = malloc(n + 1); /* so that a read past the end is seen */
            memcpy(exact, good[i], n);
            enum head_result r = head_parse((struct span){exact, n}, 16384, 100, &head);
            assert_int_equal(r, n < bytes ? HEAD_MORE : HEAD_OK);
            free(exact);
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        enum head_result verdict = HEAD_MORE;
        for (size_t n = 0; n <= strlen(bad[i]); n++) {
            enum head_result r = head_parse((struct span){bad[i], n}, 16384, 100, &head);
            if (verdict != HEAD_MORE)
                assert_int_equal(r, verdict);
            assert_true(r == HEAD_MORE || r == HEAD_BAD);
            verdict = r;
        }
        assert_int_equal(verdict, HEAD_BAD);
    }
}

static void fields(char *out, size_t cap, size_t n)
{
    size_t at = (size_t)snprintf(out, cap, "GET / HTTP/1.1\r\nHost: x\r\n");
    for (size_t i = 1; i < n; i++)
        at += (size_t)snprintf(out + at, cap - at, "F%zu: v\r\n", i);
    (void)snprintf(out + at, cap - at, "\r\n");
}

static void test_limits(void **state)
{
    char text[4096];
    fields(text, sizeof text, 100);
    assert_int_equal(parse(text), HEAD_OK);
    assert_int_equal(head.n_fields, 100);
    fields(text, sizeof text, 101);
    assert_int_equal(parse(text), HEAD_TOO_LARGE);

    static const char start[] = "GET / HTTP/1.1\r\nHost: x\r\nA: ";
    static char big[16384 + 64];
    memset(big, 'a', sizeof big);
    memcpy(big, start, sizeof start - 1);
    memcpy(big + 16380, "\r\n\r\n", 4);
    assert_int_equal(head_parse((struct span){big, 16384}, 16384, 100, &head), HEAD_OK);
    assert_int_equal(head_parse((struct span){big, sizeof big}, 16384, 100, &head), HEAD_OK);
    assert_int_equal(head_parse((struct span){big, 16383}, 16384, 100, &head), HEAD_MORE);
    memset(big + 16380, 'a', 4);
    memcpy(big + 16381, "\r\n\r\n", 4);
    assert_int_equal(head_parse((struct span){big, 16384}, 16384, 100, &head), HEAD_TOO_LARGE);
    assert_int_equal(head_parse((struct span){big, 16385}, 16384, 100, &head), HEAD_TOO_LARGE);
}

/* Too many query members or cookies, wherever a reader may see them. */
static void test_parts(void **state)
{
    static const char *const forms[][2] = {
        {"GET /?", " HTTP/1.1\r\nHost: x\r\n\r\n"},
        {"GET http://x?", " HTTP/1.1\r\nHost: x\r\n\r\n"},
        {"GET / HTTP/1.1\r\nHost: x\r\nCookie:", "\r\n\r\n"},
        {"GET / HTTP/1.1\r\nHost: x\r\nCookie:", "\r\n\r\n"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        for (size_t n = HEAD_PARTS_MAX; n <= HEAD_PARTS_MAX + 1; n++) {
            char text[1024], parts[HEAD_PARTS_MAX + 1] = "";
            memset(parts, i < 2 ? '&' : i == 2 ? ';' : ',', n - 1);
            (void)snprintf(text, sizeof text, "%s%s%s", forms[i][0], parts, forms[i][1]);
            assert_int_equal(parse(text), n > HEAD_PARTS_MAX ? HEAD_TOO_LARGE : HEAD_OK);
        }
    }
}

static void test_members(void **state)
{
    assert_int_equal(
        parse("GET /ws?a=1&ticket=t%20k&b HTTP/1.1\r\nHOST: x\r\nConnection: keep-alive, Upgrade\r\n"
              "Cookie: a=b; session=s.1\r\ncookie: other=o; empty=\r\n\r\n"),
        HEAD_OK);
    assert_true(span_is(head.method, "GET"));
    assert_true(span_is(head.target, "/ws?a=1&ticket=t%20k&b"));
    assert_true(span_is(head.path, "/ws"));
    assert_true(span_is(head.query, "a=1&ticket=t%20k&b"));
    assert_int_equal(head.minor, 1);
    assert_true(span_is(head_field(&head, "host"), "x"));
    assert_null(head_field(&head, "hos").p);
    assert_true(head_has_token(head_field(&head, "connection"), "upgrade"));
    assert_false(head_has_token(head_field(&head, "connection"), "up"));
    assert_false(head_has_token(head_field(&head, "absent"), "up"));
    assert_true(span_is(head_cookie(&head, "session"), "s.1"));
    assert_true(span_is(head_cookie(&head, "other"), "o"));
    assert_true(head_cookie(&head, "empty").p && head_cookie(&head, "empty").len == 0);
    assert_null(head_cookie(&head, "sess").p);
    assert_int_equal(parse("GET http://x HTTP/1.0\r\nHost: x\r\n\r\n"), HEAD_OK);
    assert_true(span_is(head.path, "/"));
    assert_int_equal(head.minor, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),        cmocka_unit_test(test_bad),    cmocka_unit_test(test_body_bytes),
        cmocka_unit_test(test_every_split), cmocka_unit_test(test_limits), cmocka_unit_test(test_parts),
        cmocka_unit_test(test_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
