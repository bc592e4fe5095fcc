/* Cutting a stream into JPEGs: never beyond the buffer, and what comes out begins and ends as one. The first
 * byte says how long the pieces are. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/mjpeg.h"

enum { CAP = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t first[CAP], second[CAP], *spare = second;
    struct fw_mjpeg m;
    if (size == 0)
        return 0;
    size_t piece = data[0] + 1u;
    fw_mjpeg_init(&m, first, CAP);
    for (size_t at = 1; at < size;) {
        bool whole;
        size_t n = size - at < piece ? size - at : piece;
        size_t used = fw_mjpeg_push(&m, data + at, n, &whole);
        if (used == 0 || used > n || m.len > CAP)
            abort();
        at += used;
        if (!whole)
            continue;
        if (m.len < 4 || m.buf[0] != 0xff || m.buf[1] != 0xd8 || m.buf[m.len - 2] != 0xff ||
            m.buf[m.len - 1] != 0xd9)
            abort();
        spare = fw_mjpeg_swap(&m, spare);
    }
    return 0;
}
