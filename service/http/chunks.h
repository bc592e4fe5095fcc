/* Where a chunked body ends (RFC 9112 §7.1), found strictly: CRLF alone ends a line, a size is 1 to 8
 * hexadecimal digits and nothing else (an extension, which nobody sends, is read in as many ways as there are
 * readers), a trailer is a field. Pure. */
#ifndef HTTP_CHUNKS_H
#define HTTP_CHUNKS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"

/* All zero at the body's beginning. */
struct chunks {
    uint8_t state;
    uint32_t size;  /* of the chunk; then what is left of it */
    uint32_t count; /* digits of the size; bytes of all trailers */
};

/* Looks at what comes next. *used: how much of it belongs to the body. False: it is no chunked body. */
bool chunks_take(struct chunks *c, struct span data, size_t *used);
/* Whether the end has come. */
bool chunks_done(const struct chunks *c);

#endif
