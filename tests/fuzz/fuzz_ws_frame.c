/* Any bytes as what a WebSocket client sends: read at once and read in pieces, the same must be heard. The
 * first byte is the size of the pieces. */
#include <stdlib.h>
#include <string.h>

#include "relay/ws_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A sum over what was heard, and how it ended. */
struct heard {
    uint64_t sum;
    size_t messages, controls;
    uint16_t code;
};

static void add(struct heard *h, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        h->sum = h->sum * 31 + data[i];
}

static struct heard hear(const uint8_t *data, size_t size, size_t piece)
{
    struct heard h = {0};
    struct ws_frame f = {0};
    uint8_t copy[256];
    for (size_t from = 0; from < size; from += piece) {
        size_t n = size - from < piece ? size - from : piece;
        uint8_t *at = copy;
        memcpy(copy, data + from, n);
        for (;;) {
            enum ws_frame_kind kind = ws_frame_next(&f, &at, &n);
            if (kind == WS_FRAME_MORE)
                break;
            if (kind == WS_FRAME_DATA) {
                add(&h, f.chunk.data, f.chunk.len);
                h.messages += f.chunk.last;
            } else if (kind == WS_FRAME_PING || kind == WS_FRAME_PONG) {
                if (f.control_len > WS_FRAME_CONTROL_MAX)
                    abort();
                add(&h, f.control, f.control_len);
                h.controls++;
            } else {
                h.code = f.code;
                return h;
            }
        }
    }
    return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct heard one = hear(data + 1, size - 1, 256), two = hear(data + 1, size - 1, 1 + data[0] % 64);
    /* bytes before a fault in the text may or may not have been told */
    if (one.messages != two.messages || one.controls != two.controls || one.code != two.code)
        abort();
    if (!one.code && one.sum != two.sum)
        abort();
    return 0;
}
