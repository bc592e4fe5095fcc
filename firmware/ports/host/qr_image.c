#include "ports/host/qr_image.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>
#include <zbar.h>

#include "ports/host/file.h"
#include "ports/host/log.h"

enum { FILE_MAX_BYTES = 16 * 1024 * 1024, SIDE_MAX = 8192 };

struct grey {
    unsigned width, height;
    uint8_t *pixels; /* malloc'ed */
};

static bool decode_png(const uint8_t *data, size_t len, struct grey *out)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    png_color white = {255, 255, 255};
    if (!png_image_begin_read_from_memory(&image, data, len))
        return false;
    bool ok = image.width <= SIDE_MAX && image.height <= SIDE_MAX;
    image.format = PNG_FORMAT_GRAY;
    out->pixels = ok ? malloc((size_t)image.width * image.height) : NULL;
    ok = out->pixels && png_image_finish_read(&image, &white, out->pixels, 0, NULL);
    out->width = image.width;
    out->height = image.height;
    png_image_free(&image);
    return ok;
}

struct jpeg_trap {
    struct jpeg_error_mgr errors; /* first: libjpeg hands it back */
    jmp_buf back;
};

static void on_jpeg_error(j_common_ptr info)
{
    struct jpeg_trap *trap = (struct jpeg_trap *)(void *)info->err;
    longjmp(trap->back, 1);
}

static void on_jpeg_message(j_common_ptr info)
{
}

static bool decode_jpeg(const uint8_t *data, size_t len, struct grey *out)
{
    struct jpeg_decompress_struct info;
    struct jpeg_trap trap;
    info.err = jpeg_std_error(&trap.errors);
    trap.errors.error_exit = on_jpeg_error;
    trap.errors.output_message = on_jpeg_message;
    if (setjmp(trap.back)) {
        jpeg_destroy_decompress(&info);
        return false;
    }
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, data, len);
    (void)jpeg_read_header(&info, TRUE);
    bool ok = info.image_width <= SIDE_MAX && info.image_height <= SIDE_MAX;
    out->width = info.image_width;
    out->height = info.image_height;
    out->pixels = ok ? malloc((size_t)out->width * out->height) : NULL;
    if (out->pixels) {
        info.out_color_space = JCS_GRAYSCALE;
        (void)jpeg_start_decompress(&info);
        while (info.output_scanline < info.output_height) {
            JSAMPROW row = out->pixels + (size_t)info.output_scanline * out->width;
            (void)jpeg_read_scanlines(&info, &row, 1);
        }
        (void)jpeg_finish_decompress(&info);
    }
    jpeg_destroy_decompress(&info);
    return out->pixels != NULL;
}

static int scan(const struct grey *picture, void (*found)(void *ctx, const char *text, size_t len), void *ctx)
{
    int n = 0;
    zbar_image_scanner_t *scanner = zbar_image_scanner_create();
    zbar_image_t *image = zbar_image_create();
    (void)zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
    (void)zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
    zbar_image_set_format(image, 0x30303859); /* fourcc Y800 */
    zbar_image_set_size(image, picture->width, picture->height);
    zbar_image_set_data(image, picture->pixels, (unsigned long)picture->width * picture->height, NULL);
    if (zbar_scan_image(scanner, image) > 0)
        for (const zbar_symbol_t *s = zbar_image_first_symbol(image); s; s = zbar_symbol_next(s), n++)
            found(ctx, zbar_symbol_get_data(s), zbar_symbol_get_data_length(s));
    zbar_image_destroy(image);
    zbar_image_scanner_destroy(scanner);
    return n;
}

int host_qr_image_read(const char *path, void (*found)(void *ctx, const char *text, size_t len), void *ctx)
{
    struct grey picture = {0};
    size_t len = 0;
    int n = -1;
    uint8_t *data = malloc(FILE_MAX_BYTES);
    if (!data || !host_file_read(path, data, FILE_MAX_BYTES, &len)) {
        host_log(FW_LOG_ERROR, "qr.unreadable", "file=\"%s\" reason=\"cannot be read, or over 16 MiB\"",
                 path);
        goto out;
    }
    bool png = len > 8 && memcmp(data, "\x89PNG", 4) == 0;
    if (png ? decode_png(data, len, &picture) : decode_jpeg(data, len, &picture))
        n = scan(&picture, found, ctx);
    else
        host_log(FW_LOG_ERROR, "qr.unreadable", "file=\"%s\" reason=\"neither PNG nor JPEG, or damaged\"",
                 path);
out:
    free(picture.pixels);
    free(data);
    return n;
}
