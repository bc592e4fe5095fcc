#include "provisioning/jpeg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "samples.h"
#include "support/check.h"

struct bytes {
    uint8_t *data;
    size_t len;
};

/* A real picture by libjpeg. */
static struct bytes picture(unsigned width, unsigned height, bool progressive)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned char *data = NULL;
    unsigned long size = 0;
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &data, &size);
    c.image_width = width;
    c.image_height = height;
    c.input_components = 3;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    if (progressive) {
        jpeg_simple_progression(&c);
    }
    jpeg_start_compress(&c, TRUE);
    JSAMPROW row = malloc((size_t)width * 3);
    while (c.next_scanline < height) {
        for (unsigned i = 0; i < width * 3; i++) {
            row[i] = (JSAMPLE)(i * 7 + c.next_scanline * 3);
        }
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    free(row);
    return (struct bytes){data, size};
}

static void expect(const uint8_t *data, size_t len, enum prov_err err)
{
    char *exact = samples_exact(data, len);
    uint16_t width = 7, height = 7;
    assert_int_equal(prov_jpeg_check((const uint8_t *)exact, len, &width, &height), err);
    if (err != PROV_OK) {
        assert_int_equal(width, 7);
        assert_int_equal(height, 7);
    }
    free(exact);
}

static void test_real(void **state)
{
    static const unsigned sizes[][2] = {{1, 1}, {640, 480}, {333, 17}};
    for (size_t i = 0; i < 6; i++) {
        struct bytes p = picture(sizes[i / 2][0], sizes[i / 2][1], i % 2);
        uint16_t width, height;
        assert_int_equal(prov_jpeg_check(p.data, p.len, &width, &height), PROV_OK);
        assert_int_equal(width, sizes[i / 2][0]);
        assert_int_equal(height, sizes[i / 2][1]);
        free(p.data);
    }
}

static void test_cut(void **state)
{
    struct bytes p = picture(64, 48, false);
    for (size_t len = 0; len < p.len; len++) {
        expect(p.data, len, PROV_INVALID);
    }
    free(p.data);
}

static void test_junk_behind(void **state)
{
    struct bytes p = picture(64, 48, false);
    uint8_t *longer = calloc(1, p.len + 100);
    memcpy(longer, p.data, p.len);
    for (size_t junk = 0; junk <= 100; junk++) { /* both bytes of EOI stand in the last 100 */
        expect(longer, p.len + junk, junk <= 98 ? PROV_OK : PROV_INVALID);
    }
    free(longer);
    free(p.data);
}

/* SOI, n comments, then from the second byte pair of the picture on. */
static struct bytes with_comments(const struct bytes *p, unsigned n)
{
    static const uint8_t comment[] = {0xFF, 0xFE, 0, 3, 'x'};
    struct bytes out = {malloc(p->len + n * sizeof comment), 2};
    memcpy(out.data, p->data, 2);
    for (unsigned i = 0; i < n; i++) {
        memcpy(out.data + out.len, comment, sizeof comment);
        out.len += sizeof comment;
    }
    memcpy(out.data + out.len, p->data + 2, p->len - 2);
    out.len += p->len - 2;
    return out;
}

static void test_many_segments(void **state)
{
    struct bytes p = picture(64, 48, false);
    static const struct {
        unsigned comments;
        enum prov_err err;
    } rows[] = {{1, PROV_OK}, {1020, PROV_OK}, {1024, PROV_INVALID}, {2000, PROV_INVALID}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) { /* JFIF, 2 DQT and SOF are four more */
        struct bytes longer = with_comments(&p, rows[i].comments);
        expect(longer.data, longer.len, rows[i].err);
        free(longer.data);
    }
    free(p.data);
}

#define SOF_OF(marker, precision, h, w, n) 0xFF, marker, 0, 8 + 3 * (n), precision, 0, h, 0, w, n
#define SOF(marker)                        SOF_OF(marker, 8, 2, 3, 1), 1, 0x11, 0
#define END                                0xFF, 0xD9

static void test_by_hand(void **state)
{
    static const struct {
        uint8_t bytes[40];
        size_t len;
        enum prov_err err;
    } rows[] = {
        {{0xFF, 0xD8, SOF(0xC0), END}, 17, PROV_OK},
        {{0xFF, 0xD8, SOF(0xC1), END}, 17, PROV_OK},
        {{0xFF, 0xD8, SOF(0xC2), END}, 17, PROV_OK},
        {{0xFF, 0xD8, 0xFF, 0xFF, SOF(0xC0), END}, 19, PROV_OK},            /* fill bytes */
        {{0xFF, 0xD8, 0xFF, 0x01, SOF(0xC0), END}, 19, PROV_OK},            /* TEM */
        {{0xFF, 0xD8, 0xFF, 0xFE, 0, 2, SOF(0xC0), END}, 21, PROV_OK},      /* an empty comment */
        {{0xFF, 0xD8, SOF(0xC3), END}, 17, PROV_INVALID},                   /* lossless */
        {{0xFF, 0xD8, SOF(0xC9), END}, 17, PROV_INVALID},                   /* arithmetic */
        {{0xFF, 0xD8, SOF(0xC4), END}, 17, PROV_INVALID},                   /* DHT is no SOF */
        {{0xFF, 0xD8, SOF(0xC0)}, 15, PROV_INVALID},                        /* no EOI */
        {{0xFF, 0xD8, END, SOF(0xC0), END}, 19, PROV_INVALID},              /* ends before it begins */
        {{0xFF, 0xD8, 0xFF, 0xD8, SOF(0xC0), END}, 19, PROV_INVALID},       /* begins twice */
        {{0xFF, 0xD8, 0xFF, 0xDA, 0, 2, SOF(0xC0), END}, 21, PROV_INVALID}, /* a scan before the frame */
        {{0xFF, 0xD8, 0xFF, 0xD0, SOF(0xC0), END}, 19, PROV_INVALID},       /* restart before the frame */
        {{0xFF, 0xD8, 0xFF, 0x02, 0, 2, SOF(0xC0), END}, 21, PROV_INVALID}, /* reserved */
        {{0xFF, 0xD8, 0xFF, 0xFE, 0, 1, SOF(0xC0), END},
         21,
         PROV_INVALID}, /* shorter than its length field */
        {{0xFF, 0xD8, 0xFF, 0xFE, 0xFF, 0xFF, SOF(0xC0), END}, 21, PROV_INVALID}, /* longer than the data */
        {{0xFF, 0xD8, 0x00, SOF(0xC0), END}, 18, PROV_INVALID},                   /* garbage between */
        {{0xFF, 0xD8, SOF_OF(0xC0, 8, 0, 3, 1), 1, 0x11, 0, END}, 17, PROV_INVALID},  /* no lines */
        {{0xFF, 0xD8, SOF_OF(0xC0, 8, 2, 0, 1), 1, 0x11, 0, END}, 17, PROV_INVALID},  /* no columns */
        {{0xFF, 0xD8, SOF_OF(0xC0, 8, 2, 3, 0), END}, 14, PROV_INVALID},              /* no components */
        {{0xFF, 0xD8, SOF_OF(0xC0, 12, 2, 3, 1), 1, 0x11, 0, END}, 17, PROV_INVALID}, /* baseline is 8 bits */
        {{0xFF, 0xD8, SOF_OF(0xC1, 12, 2, 3, 1), 1, 0x11, 0, END}, 17, PROV_OK},
        {{0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 2, 0, 3, 2, 1, 0x11, 0, END},
         17,
         PROV_INVALID},                                                         /* 2 in space of 1 */
        {{0xFF, 0xD8, 0xFF, 0xC0, 0, 7, 8, 0, 2, 0, 3, END}, 13, PROV_INVALID}, /* no room for the count */
        {{0x89, 'P', 'N', 'G', END}, 6, PROV_INVALID},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        expect(rows[i].bytes, rows[i].len, rows[i].err);
        for (size_t cut = 0; cut < rows[i].len; cut++) {
            expect(rows[i].bytes, cut, PROV_INVALID);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_real),        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_junk_behind), cmocka_unit_test(test_many_segments),
        cmocka_unit_test(test_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
