#include "provisioning/qr.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

struct sink {
    unsigned char *data;
    size_t len, cap;
};

static void write_bytes(png_structp png, png_bytep bytes, png_size_t n)
{
    struct sink *s = png_get_io_ptr(png);
    if (n > s->cap - s->len) {
        size_t cap = 2 * s->cap + n + 1024;
        unsigned char *data = realloc(s->data, cap);
        if (data == NULL) {
            png_error(png, "out of memory");
        }
        s->data = data;
        s->cap = cap;
    }
    memcpy(s->data + s->len, bytes, n);
    s->len += n;
}

static void flush(png_structp png)
{
}

/* libpng's own handlers write to stderr. */
static void fail(png_structp png, png_const_charp message)
{
    png_longjmp(png, 1);
}

static void warn(png_structp png, png_const_charp message)
{
}

/* One line of pixels, eight to a byte, 1 = white. */
static void draw_row(const struct prov_qr *q, unsigned y, unsigned scale, unsigned char *row, size_t bytes)
{
    memset(row, 0xFF, bytes);
    if (y < PROV_QR_QUIET || y >= PROV_QR_QUIET + q->width) {
        return;
    }
    const unsigned char *modules = q->modules + (size_t)(y - PROV_QR_QUIET) * q->width;
    for (unsigned pixel = 0; pixel < q->width * scale; pixel++) {
        if (modules[pixel / scale]) {
            unsigned x = pixel + PROV_QR_QUIET * scale;
            row[x / 8] &= (unsigned char)~(0x80u >> x % 8);
        }
    }
}

/* Apart from its caller, so that no local of either is changed between setjmp and longjmp. */
static enum prov_err write_picture(png_structp png, png_infop info, const struct prov_qr *q, unsigned scale,
                                   unsigned char *row)
{
    if (setjmp(png_jmpbuf(png)) != 0) {
        return PROV_NO_SPACE;
    }
    unsigned side = q->width + 2 * PROV_QR_QUIET, pixels = side * scale;
    png_set_IHDR(png, info, pixels, pixels, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    png_write_info(png, info);
    for (unsigned y = 0; y < side; y++) {
        draw_row(q, y, scale, row, (pixels + 7) / 8);
        for (unsigned i = 0; i < scale; i++) {
            png_write_row(png, row);
        }
    }
    png_write_end(png, info);
    return PROV_OK;
}

enum prov_err prov_qr_png(const struct prov_qr *q, unsigned scale, unsigned char **data, size_t *len)
{
    if (scale < 1 || scale > PROV_QR_SCALE_MAX) {
        return PROV_INVALID;
    }
    enum prov_err err = PROV_NO_SPACE;
    struct sink sink = {0};
    png_infop info = NULL;
    unsigned char *row = malloc(((size_t)(q->width + 2 * PROV_QR_QUIET) * scale + 7) / 8);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, fail, warn);
    if (png != NULL) {
        info = png_create_info_struct(png);
    }
    if (row == NULL || info == NULL) {
        goto out;
    }
    png_set_write_fn(png, &sink, write_bytes, flush);
    err = write_picture(png, info, q, scale, row);
    if (err == PROV_OK) {
        *data = sink.data;
        *len = sink.len;
        sink.data = NULL;
    }
out:
    png_destroy_write_struct(&png, &info);
    free(row);
    free(sink.data);
    return err;
}
