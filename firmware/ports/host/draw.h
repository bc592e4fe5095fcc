/* Rectangles and text on an RGB picture, and the picture as JPEG (libjpeg). What falls outside is cut off. */
#ifndef PORTS_HOST_DRAW_H
#define PORTS_HOST_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct host_canvas {
    int width, height;
    uint8_t *rgb; /* owned */
};

enum { HOST_GLYPH_WIDTH = 6, HOST_GLYPH_HEIGHT = 8 }; /* with the gap, at scale 1 */

bool host_canvas_init(struct host_canvas *c, int width, int height);
void host_canvas_fini(struct host_canvas *c);
void host_draw_box(struct host_canvas *c, int x, int y, int width, int height, uint32_t rgb);
/* Letters come out as capitals; what has no glyph as a blank. */
void host_draw_text(struct host_canvas *c, int x, int y, int scale, const char *text, uint32_t rgb);
/* quality 1..100. *out (*cap bytes) is grown by realloc-like replacement; returns the length. */
size_t host_draw_jpeg(const struct host_canvas *c, int quality, uint8_t **out, unsigned long *cap);

#endif
