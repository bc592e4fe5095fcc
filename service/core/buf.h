/* A growing byte buffer that names its maximum at birth. The first failure sticks: later appends do nothing
 * and buf_err tells why, so a run of appends is checked once. Not thread-safe; owned by one place at a time.
 */
#ifndef CORE_BUF_H
#define CORE_BUF_H

#include "core/err.h"
#include "core/span.h"

struct buf {
    char *data; /* data[len] is always 0 once something was appended */
    size_t len, cap, max;
    enum err err;
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_fini(struct buf *b);
/* As fini, but overwrites the content first. */
void buf_wipe(struct buf *b);
void buf_reset(struct buf *b);

void buf_put(struct buf *b, const void *data, size_t len);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Makes room for len more bytes and returns where they go; the caller then adds to b->len. NULL on failure.
 */
char *buf_reserve(struct buf *b, size_t len);

static inline enum err buf_err(const struct buf *b)
{
    return b->err;
}

static inline struct span buf_span(const struct buf *b)
{
    return (struct span){b->data ? b->data : "", b->len};
}

/* The content as a C string ("" when empty). */
static inline const char *buf_str(const struct buf *b)
{
    return b->data ? b->data : "";
}

#endif
