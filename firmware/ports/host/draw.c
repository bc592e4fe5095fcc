#include "ports/host/draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "ports/host/font.h"

bool host_canvas_init(struct host_canvas *c, int width, int height)
{
    *c = (struct host_canvas){.width = width, .height = height};
    c->rgb = calloc((size_t)width * (size_t)height, 3);
    return c->rgb != NULL;
}

void host_canvas_fini(struct host_canvas *c)
{
    free(c->rgb);
    c->rgb = NULL;
}

static int clamp(int v, int most)
{
    return v < 0 ? 0 : v > most ? most : v;
}

void host_draw_box(struct host_canvas *c, int x, int y, int width, int height, uint32_t rgb)
{
    int left = clamp(x, c->width), right = clamp(x + width, c->width);
    int top = clamp(y, c->height), bottom = clamp(y + height, c->height);
    for (int row = top; row < bottom; row++) {
        uint8_t *p = c->rgb + ((size_t)row * (size_t)c->width + (size_t)left) * 3;
        for (int col = left; col < right; col++) {
            *p++ = (uint8_t)(rgb >> 16);
            *p++ = (uint8_t)(rgb >> 8);
            *p++ = (uint8_t)rgb;
        }
    }
}

void host_draw_text(struct host_canvas *c, int x, int y, int scale, const char *text, uint32_t rgb)
{
    for (; *text; text++, x += HOST_GLYPH_WIDTH * scale) {
        const uint8_t *glyph = host_font_glyph(*text);
        for (int row = 0; glyph && row < HOST_FONT_ROWS; row++)
            for (int col = 0; col < HOST_FONT_COLUMNS; col++)
                if (glyph[row] & (1 << (HOST_FONT_COLUMNS - 1 - col)))
                    host_draw_box(c, x + col * scale, y + row * scale, scale, scale, rgb);
    }
}

size_t host_draw_jpeg(const struct host_canvas *c, int quality, uint8_t **out, unsigned long *cap)
{
    struct jpeg_compress_struct info;
    struct jpeg_error_mgr errors;
    uint8_t *buf = *out;
    unsigned long len = *cap;
    info.err = jpeg_std_error(&errors); /* only lack of memory can go wrong: it ends the program */
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &buf, &len);
    info.image_width = (JDIMENSION)c->width;
    info.image_height = (JDIMENSION)c->height;
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    info.dct_method = JDCT_IFAST;
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        JSAMPROW row = c->rgb + (size_t)info.next_scanline * (size_t)c->width * 3;
        (void)jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    if (buf != *out) { /* the picture outgrew the old buffer */
        free(*out);
        *out = buf;
        *cap = len;
    }
    return len;
}
