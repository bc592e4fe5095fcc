/* QR codes in a picture file (PNG or JPEG), by zbar. */
#ifndef PORTS_HOST_QR_IMAGE_H
#define PORTS_HOST_QR_IMAGE_H

#include <stdbool.h>
#include <stddef.h>

/* Calls found for each code, in the order of their place in the picture (top to bottom, left to right).
 * Returns how many, -1 (with a line in the log) when the file is no readable picture. text is borrowed for
 * the call. */
int host_qr_image_read(const char *path, void (*found)(void *ctx, const char *text, size_t len), void *ctx);

#endif
