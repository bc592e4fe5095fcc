#include "provisioning/json.h"

#include <string.h>

#include "provisioning/utf8.h"

static void fail(struct prov_json_writer *w, enum prov_err err)
{
    if (w->err == PROV_OK) {
        w->err = err;
    }
}

static void put(struct prov_json_writer *w, const char *text, size_t len)
{
    if (len > w->cap - w->len) {
        fail(w, PROV_NO_SPACE);
    }
    if (w->err != PROV_OK) {
        return;
    }
    memcpy(w->out + w->len, text, len);
    w->len += len;
}

static void put_unit(struct prov_json_writer *w, uint32_t unit)
{
    static const char hex[] = "0123456789abcdef";
    const char text[6] = {'\\',          'u', hex[unit >> 12 & 15], hex[unit >> 8 & 15], hex[unit >> 4 & 15],
                          hex[unit & 15]};
    put(w, text, sizeof text);
}

static void put_char(struct prov_json_writer *w, uint32_t c)
{
    static const char special[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    if (c >= 0x10000) {
        put_unit(w, 0xD800 + ((c - 0x10000) >> 10));
        put_unit(w, 0xDC00 + ((c - 0x10000) & 0x3FF));
        return;
    }
    const char *found = c < 0x80 ? memchr(special, (int)c, sizeof special - 1) : NULL;
    if (found != NULL) {
        put(w, (const char[]){'\\', letters[found - special]}, 2);
    } else if (c < 0x20 || c >= 0x80) {
        put_unit(w, c);
    } else {
        put(w, (const char[]){(char)c}, 1);
    }
}

void prov_json_begin(struct prov_json_writer *w, char *out, size_t cap)
{
    *w = (struct prov_json_writer){.out = out, .cap = cap};
    put(w, "{", 1);
}

static void put_name(struct prov_json_writer *w, const char *name)
{
    put(w, ",", w->len > 1 ? 1 : 0);
    put(w, "\"", 1);
    put(w, name, strlen(name));
    put(w, "\":", 2);
}

void prov_json_put_string(struct prov_json_writer *w, const char *name, const char *text, size_t len)
{
    put_name(w, name);
    put(w, "\"", 1);
    while (len > 0) {
        uint32_t c;
        size_t n = prov_utf8_read(text, len, &c);
        if (n == 0 || c == 0) {
            fail(w, PROV_INVALID);
            return;
        }
        put_char(w, c);
        text += n;
        len -= n;
    }
    put(w, "\"", 1);
}

void prov_json_put_int(struct prov_json_writer *w, const char *name, int64_t number)
{
    char digits[20]; /* from the end: 19 digits and a sign */
    size_t at = sizeof digits;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0) {
        digits[--at] = '-';
    }
    prov_json_put(w, name, (struct prov_json){digits + at, sizeof digits - at});
}

void prov_json_put(struct prov_json_writer *w, const char *name, struct prov_json v)
{
    put_name(w, name);
    put(w, v.at, v.len);
}

enum prov_err prov_json_end(struct prov_json_writer *w, size_t *len)
{
    put(w, "}", 2); /* with its NUL */
    if (w->err == PROV_OK) {
        *len = w->len - 1;
    }
    return w->err;
}
