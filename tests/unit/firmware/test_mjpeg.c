#include "core/mjpeg.h"

#include <stdlib.h>
#include <string.h>

#include "support/check.h"

enum { CAP = 256 };

/* A picture with an application segment that holds a whole small JPEG, stuffed and restart-marked data, two
 * scans. */
static const uint8_t picture[] = {
    0xff, 0xd8, 0xff, 0xe1, 0x00, 0x08, 0xff, 0xd8, 0xff, 0xd9, 1,    2, /* APP1 with a thumbnail */
    0xff, 0xff, 0xff, 0xdb, 0x00, 0x04, 0xff, 0xd9, /* fill bytes, DQT with a chance FF D9 */
    0xff, 0xda, 0x00, 0x03, 0xff, 0x11, 0xff, 0x00, 0x22, 0xff, 0xd0, 0x33, /* scan: stuffing, RST0 */
    0xff, 0xff, 0xd7, 0x44, 0xff, 0xc4, 0x00, 0x03, 0x55, /* RST7 after fill, DHT between scans */
    0xff, 0xda, 0x00, 0x02, 0x66, 0xff, 0xd9,             /* second scan, EOI */
};

struct seen {
    unsigned count;
    size_t len[16];
    uint8_t data[16][CAP];
};

/* Pushes all bytes in pieces of `piece`, swapping buffers after each picture. */
static void push(struct fw_mjpeg *m, uint8_t *spare, const uint8_t *data, size_t len, size_t piece,
                 struct seen *out)
{
    for (size_t at = 0; at < len;) {
        bool whole;
        size_t n = len - at < piece ? len - at : piece;
        at += fw_mjpeg_push(m, data + at, n, &whole);
        if (!whole)
            continue;
        assert_true(out->count < 16);
        out->len[out->count] = m->len;
        uint8_t *full = fw_mjpeg_swap(m, spare);
        memcpy(out->data[out->count++], full, m->len);
        spare = full;
    }
}

static void test_whole_pictures_in_any_pieces(void **state)
{
    uint8_t stream[4 * sizeof picture + 16];
    size_t len = 0;
    for (int i = 0; i < 4; i++) {
        memcpy(stream + len, picture, sizeof picture);
        len += sizeof picture;
        memcpy(stream + len, "\r\n\xff", 3); /* noise between pictures, even an FF */
        len += 3;
    }
    for (size_t piece = 1; piece <= len; piece++) {
        uint8_t a[CAP], b[CAP];
        struct fw_mjpeg m;
        struct seen seen = {0};
        fw_mjpeg_init(&m, a, CAP);
        push(&m, b, stream, len, piece, &seen);
        assert_int_equal(seen.count, 4);
        assert_int_equal(m.dropped, 0);
        for (int i = 0; i < 4; i++) {
            assert_int_equal(seen.len[i], sizeof picture);
            assert_memory_equal(seen.data[i], picture, sizeof picture);
        }
    }
}

static void test_too_long_is_dropped_whole(void **state)
{
    uint8_t a[CAP], b[CAP], big[2 * CAP + sizeof picture];
    struct fw_mjpeg m;
    struct seen seen = {0};
    memset(big, 0x11, sizeof big);
    memcpy(big, "\xff\xd8\xff\xda\x00\x02", 6);
    memcpy(big + 2 * CAP, picture, sizeof picture);
    fw_mjpeg_init(&m, a, CAP);
    push(&m, b, big, sizeof big, 7, &seen);
    assert_int_equal(seen.count, 1);
    assert_memory_equal(seen.data[0], picture, sizeof picture);
    assert_int_equal(m.dropped, 1);
}

static void test_a_picture_cut_short_gives_way_to_the_next(void **state)
{
    uint8_t a[CAP], b[CAP], stream[2 * sizeof picture];
    for (size_t cut = 2; cut < sizeof picture; cut++) {
        struct fw_mjpeg m;
        struct seen seen = {0};
        memcpy(stream, picture, cut);
        memcpy(stream + cut, picture, sizeof picture);
        fw_mjpeg_init(&m, a, CAP);
        push(&m, b, stream, cut + sizeof picture, 5, &seen);
        for (int i = 0; i < 8; i++)
            push(&m, m.buf == a ? b : a, picture, sizeof picture, 5, &seen);
        assert_true(seen.count >= 3); /* a wrong length may swallow some, but no more than the buffer holds */
        assert_int_equal(seen.len[seen.count - 1], sizeof picture);
        assert_memory_equal(seen.data[seen.count - 1], picture, sizeof picture);
    }
}

static void test_random_bytes_stay_in_bounds(void **state)
{
    srandom(7);
    for (int round = 0; round < 200; round++) {
        uint8_t *a = malloc(CAP), *b = malloc(CAP), noise[1024];
        struct fw_mjpeg m;
        assert_non_null(a);
        assert_non_null(b);
        for (size_t i = 0; i < sizeof noise; i++)
            noise[i] =
                (uint8_t)(random() % 3 ? 0xff : (unsigned)random() % 4 + 0xd8 - 2 * (unsigned)(random() & 1));
        fw_mjpeg_init(&m, a, CAP);
        for (size_t at = 0; at < sizeof noise;) {
            bool whole;
            at += fw_mjpeg_push(&m, noise + at, sizeof noise - at, &whole);
            if (whole)
                b = fw_mjpeg_swap(&m, b);
        }
        free(m.buf);
        free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_pictures_in_any_pieces),
        cmocka_unit_test(test_too_long_is_dropped_whole),
        cmocka_unit_test(test_a_picture_cut_short_gives_way_to_the_next),
        cmocka_unit_test(test_random_bytes_stay_in_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
