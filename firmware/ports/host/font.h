/* A small bitmap font: digits, capitals and a few marks. */
#ifndef PORTS_HOST_FONT_H
#define PORTS_HOST_FONT_H

#include <stdint.h>

enum { HOST_FONT_COLUMNS = 5, HOST_FONT_ROWS = 7 };

/* Rows from the top, the leftmost dot in bit 4. Small letters give their capital. NULL: no such glyph. */
const uint8_t *host_font_glyph(char c);

#endif
