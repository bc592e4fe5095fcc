/* The reader of frames: every fault has its code, every split gives the same. */
#include <stdio.h>
#include <string.h>

#include "relay/ws_frame.h"
#include "support/check.h"

enum { CAP = 70000 };

/* A frame as a client sends it. Returns its length. */
static size_t frame(uint8_t *out, uint8_t first, const void *payload, size_t len)
{
    static const uint8_t mask[4] = {0x12, 0x34, 0x56, 0x78};
    size_t n = 0;
    out[n++] = first;
    if (len < 126) {
        out[n++] = (uint8_t)(0x80 | len);
    } else {
        out[n++] = 0x80 | 126;
        out[n++] = (uint8_t)(len >> 8);
        out[n++] = (uint8_t)len;
    }
    memcpy(out + n, mask, sizeof mask);
    n += sizeof mask;
    for (size_t i = 0; i < len; i++)
        out[n + i] = ((const uint8_t *)payload)[i] ^ mask[i % 4];
    return n + len;
}

/* What was heard: D<bytes> (closed by '.'), p<bytes>, o (pong), c<code>, !<code>. */
static void hear(const uint8_t *bytes, size_t len, size_t piece, char *out)
{
    static uint8_t copy[CAP];
    struct ws_frame f = {0};
    char *at = out;
    for (size_t from = 0; from < len; from += piece) {
        size_t n = len - from < piece ? len - from : piece;
        uint8_t *data = copy;
        memcpy(copy, bytes + from, n);
        for (;;) {
            enum ws_frame_kind kind = ws_frame_next(&f, &data, &n);
            *at = 0;
            if (kind == WS_FRAME_MORE)
                break;
            if (kind == WS_FRAME_DATA) {
                if (f.chunk.first)
                    *at++ = f.chunk.binary ? 'B' : 'T';
                memcpy(at, f.chunk.data, f.chunk.len);
                at += f.chunk.len;
                if (f.chunk.last)
                    *at++ = '.';
            } else if (kind == WS_FRAME_PING) {
                *at++ = 'p';
                memcpy(at, f.control, f.control_len);
                at += f.control_len;
            } else if (kind == WS_FRAME_PONG) {
                *at++ = 'o';
            } else {
                (void)snprintf(at, 8, "%c%u", kind == WS_FRAME_CLOSE ? 'c' : '!', f.code);
                return;
            }
        }
    }
    *at = 0;
}

static void expect_in_every_split(const uint8_t *bytes, size_t len, const char *heard)
{
    static char out[CAP];
    for (size_t piece = 1; piece <= len; piece++) {
        hear(bytes, len, piece, out);
        if (strcmp(out, heard) != 0)
            fail_msg("in pieces of %zu: \"%s\" instead of \"%s\"", piece, out, heard);
    }
}

#define FRAME(first, text) frame(bytes + n, first, text, sizeof text - 1)

static void test_messages(void **state)
{
    uint8_t bytes[512];
    size_t n = 0;
    n += FRAME(0x81, "hello");
    n += FRAME(0x82, "");
    n += FRAME(0x01, "a");
    n += FRAME(0x89, "ping");
    n += FRAME(0x00, "");
    n += FRAME(0x8a, "");
    n += FRAME(0x80, "b\xc3\xa4");
    n += FRAME(0x02, "x");
    n += FRAME(0x80, "\xff");
    n += FRAME(0x88, "\x03\xe8 bye");
    expect_in_every_split(bytes, n,
                          "Thello.B.Tapping"
                          "ob\xc3\xa4.Bx\xff.c1000");
}

static void test_long_lengths(void **state)
{
    static uint8_t bytes[CAP], payload[65000];
    static char out[CAP];
    memset(payload, 'z', sizeof payload);
    size_t n = frame(bytes, 0x82, payload, sizeof payload);
    for (size_t piece = 1; piece < 20; piece++) {
        hear(bytes, n, piece * piece * piece * 7 + 1, out);
        assert_int_equal(strlen(out), sizeof payload + 2);
        assert_int_equal(strspn(out + 1, "z"), sizeof payload);
    }
}

static void test_eight_byte_length(void **state)
{
    const uint8_t head[] = {0x82, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 'a'};
    uint8_t copy[sizeof head], *data = copy;
    size_t len = sizeof copy;
    struct ws_frame f = {0};
    memcpy(copy, head, sizeof head);
    assert_int_equal(ws_frame_next(&f, &data, &len), WS_FRAME_DATA);
    assert_int_equal(f.chunk.len, 1);
    assert_int_equal(f.chunk.remaining, 65535);
    assert_false(f.chunk.last);
}

static void test_faults(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *heard;
    } rows[] = {
        {"\x81\x00", 2, "!1002"}, /* unmasked */
        {"\xc1\x80", 2, "!1002"}, /* reserved bits */
        {"\xa1\x80", 2, "!1002"},
        {"\x91\x80", 2, "!1002"},
        {"\x83\x80", 2, "!1002"}, /* reserved opcodes */
        {"\x87\x80", 2, "!1002"},
        {"\x8b\x80", 2, "!1002"},
        {"\x8f\x80", 2, "!1002"},
        {"\x80\x80", 2, "!1002"}, /* nothing to continue */
        {"\x00\x80", 2, "!1002"},
        {"\x01\x80\0\0\0\0\x81\x80", 8, "T!1002"}, /* a message inside a message */
        {"\x09\x80", 2, "!1002"},                  /* control in fragments */
        {"\x89\xfe", 2, "!1002"},                  /* control over 125 bytes */
        {"\x89\xff", 2, "!1002"},
        {"\x82\xfe\0\x7d\0\0\0\0", 8, "!1002"}, /* a longer length than needed */
        {"\x82\xff\0\0\0\0\0\0\xff\xff\0\0\0\0", 14, "!1002"},
        {"\x82\xff\x80\0\0\0\0\0\0\0\0\0\0\0", 14, "!1002"}, /* over 2^63 */
        {"\x88\x80\0\0\0\0", 6, "c0"},
        {"\x88\x81\0\0\0\0\x03", 7, "!1002"},     /* half a code */
        {"\x88\x82\0\0\0\0\x03\xed", 8, "!1002"}, /* 1005 is not to be said */
        {"\x88\x82\0\0\0\0\x0b\xb7", 8, "!1002"}, /* 2999 */
        {"\x88\x82\0\0\0\0\x0b\xb8", 8, "c3000"},
        {"\x88\x83\0\0\0\0\x03\xe8\xff", 9, "!1007"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_in_every_split((const uint8_t *)rows[i].bytes, rows[i].len, rows[i].heard);
}

static void test_text_is_utf8(void **state)
{
    static const char *const good[] = {"\xc2\x80",     "\xe0\xa0\x80",     "\xed\x9f\xbf",
                                       "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
    static const char *const bad[] = {"\x80",
                                      "\xc0\xaf",
                                      "\xc1\xbf",
                                      "\xe0\x9f\xbf",
                                      "\xed\xa0\x80",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5",
                                      "\xff",
                                      "\xc3",
                                      "\xe2\x82",
                                      "\xf0\x9f\x98",
                                      "\xc3(",
                                      "\xe2(\xa1"};
    uint8_t bytes[64];
    char heard[64], out[64];
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        size_t n = frame(bytes, 0x81, good[i], strlen(good[i]));
        (void)snprintf(heard, sizeof heard, "T%s.", good[i]);
        expect_in_every_split(bytes, n, heard);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (size_t cut = 0; cut <= strlen(bad[i]); cut++) {
            size_t n = frame(bytes, 0x01, bad[i], cut);
            n += frame(bytes + n, 0x80, bad[i] + cut, strlen(bad[i]) - cut);
            for (size_t piece = 1; piece <= n; piece++) {
                hear(bytes, n, piece, out);
                assert_non_null(strstr(out, "!1007"));
            }
        }
    size_t n = frame(bytes, 0x82, "\xff", 1); /* binary may be anything */
    expect_in_every_split(bytes, n, "B\xff.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),          cmocka_unit_test(test_long_lengths),
        cmocka_unit_test(test_eight_byte_length), cmocka_unit_test(test_faults),
        cmocka_unit_test(test_text_is_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
