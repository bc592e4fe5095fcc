#include "core/buf.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/mem.h"

void buf_init(struct buf *b, size_t max_bytes)
{
    *b = (struct buf){.max = max_bytes};
}

void buf_fini(struct buf *b)
{
    mem_free(b->data);
    *b = (struct buf){.max = b->max};
}

void buf_wipe(struct buf *b)
{
    if (b->data)
        mem_wipe(b->data, b->cap);
    buf_fini(b);
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->err = ERR_OK;
    if (b->data)
        b->data[0] = 0;
}

char *buf_reserve(struct buf *b, size_t len)
{
    if (b->err)
        return NULL;
    if (len > b->max || b->len > b->max - len) {
        b->err = ERR_TOO_LARGE;
        return NULL;
    }
    size_t need = b->len + len + 1;
    if (need > b->cap) {
        size_t cap = b->cap ? b->cap * 2 : 256;
        if (cap < need)
            cap = need;
        if (cap > b->max + 1)
            cap = b->max + 1;
        char *data = mem_alloc(cap);
        if (!data) {
            b->err = ERR_NO_MEMORY;
            return NULL;
        }
        /* Not realloc: it would leave a copy behind, perhaps of a secret. */
        if (b->len)
            memcpy(data, b->data, b->len);
        if (b->data)
            mem_wipe(b->data, b->cap);
        mem_free(b->data);
        b->data = data;
        b->cap = cap;
    }
    b->data[b->len] = 0;
    return b->data + b->len;
}

void buf_put(struct buf *b, const void *data, size_t len)
{
    char *at = buf_reserve(b, len);
    if (!at)
        return;
    if (len)
        memcpy(at, data, len);
    b->len += len;
    b->data[b->len] = 0;
}

void buf_puts(struct buf *b, const char *s)
{
    buf_put(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
    buf_put(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (len < 0) {
        b->err = ERR_INTERNAL;
        return;
    }
    char *at = buf_reserve(b, (size_t)len);
    if (!at)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(at, (size_t)len + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)len;
}
