/* Cuts a stream of JPEGs into pictures by walking their markers (ISO/IEC 10918-1 Annex B), so that an
 * embedded thumbnail or a chance FF D9 in a segment never ends one. Bytes between pictures are skipped.
 * Bounded by its buffer: a longer picture is dropped whole. */
#ifndef CORE_MJPEG_H
#define CORE_MJPEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fw_mjpeg {
    uint8_t *buf; /* the caller's; the picture so far */
    size_t cap, len;
    int state;
    size_t skip;      /* bytes of the segment still to come */
    bool scan;        /* coded data follows that segment */
    unsigned dropped; /* pictures broken or too long */
};

void fw_mjpeg_init(struct fw_mjpeg *m, uint8_t *buf, size_t cap);
/* Takes bytes up to the end of a picture at most; returns how many. *whole: buf[0..len) is one picture, valid
 * until the next call, which begins the next one. The caller may give another buffer in between
 * (fw_mjpeg_swap). */
size_t fw_mjpeg_push(struct fw_mjpeg *m, const uint8_t *data, size_t len, bool *whole);
/* After a whole picture: goes on in another buffer of the same size; returns the one that holds the picture.
 */
uint8_t *fw_mjpeg_swap(struct fw_mjpeg *m, uint8_t *buf);

#endif
