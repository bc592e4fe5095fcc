#include "core/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *skip_blank(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Four hex digits at p, or -1. */
static int hex4(const char *p, const char *end)
{
    if (end - p < 4)
        return -1;
    int v = 0;
    for (int i = 0; i < 4; i++) {
        int d = hex_digit(p[i]);
        if (d < 0)
            return -1;
        v = v * 16 + d;
    }
    return v;
}

/* The length of the UTF-8 sequence at p (RFC 3629: no overlong forms, no surrogates), 0 when it is none. */
static size_t utf8_len(const char *text, const char *end)
{
    const unsigned char *p = (const unsigned char *)text;
    size_t left = (size_t)(end - text);
    if (p[0] < 0x80)
        return 1;
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || left < n)
        return 0;
    unsigned char low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if (p[i] < 0x80 || p[i] > 0xbf)
            return 0;
    return n;
}

/* Reads the escape after a backslash at p: its code point and the end, or NULL. Lone surrogates are refused.
 */
static const char *read_escape(const char *p, const char *end, uint32_t *code)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    if (p == end)
        return NULL;
    const char *known = *p ? strchr(from, *p) : NULL;
    if (known) {
        *code = (uint32_t)to[known - from];
        return p + 1;
    }
    int high = *p == 'u' ? hex4(p + 1, end) : -1;
    if (high < 0 || (high >= 0xdc00 && high <= 0xdfff))
        return NULL;
    *code = (uint32_t)high;
    p += 5;
    if (high < 0xd800 || high > 0xdbff)
        return p;
    int low = end - p >= 6 && p[0] == '\\' && p[1] == 'u' ? hex4(p + 2, end) : -1;
    if (low < 0xdc00 || low > 0xdfff)
        return NULL;
    *code = 0x10000 + (((uint32_t)high - 0xd800) << 10) + ((uint32_t)low - 0xdc00);
    return p + 6;
}

static const char *scan_string(const char *p, const char *end)
{
    for (p++; p < end && *p != '"';) {
        uint32_t code;
        if ((unsigned char)*p < ' ')
            return NULL;
        if (*p == '\\') {
            p = read_escape(p + 1, end, &code);
            if (!p)
                return NULL;
            continue;
        }
        size_t n = utf8_len(p, end);
        if (!n)
            return NULL;
        p += n;
    }
    return p < end ? p + 1 : NULL;
}

static const char *scan_digits(const char *p, const char *end)
{
    const char *first = p;
    while (p < end && is_digit(*p))
        p++;
    return p > first ? p : NULL;
}

static const char *scan_number(const char *p, const char *end)
{
    if (*p == '-')
        p++;
    if (p < end && *p == '0')
        p++;
    else
        p = scan_digits(p, end);
    if (p && p < end && *p == '.')
        p = scan_digits(p + 1, end);
    if (p && p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        p = scan_digits(p, end);
    }
    return p;
}

static const char *scan_word(const char *p, const char *end, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(end - p) >= n && memcmp(p, word, n) == 0 ? p + n : NULL;
}

static const char *scan_value(const char *p, const char *end, unsigned depth);

static const char *scan_container(const char *p, const char *end, unsigned depth)
{
    bool object = *p == '{';
    char close = object ? '}' : ']';
    p = skip_blank(p + 1, end);
    if (p < end && *p == close)
        return p + 1;
    while (p < end) {
        if (object) {
            p = *p == '"' ? scan_string(p, end) : NULL;
            p = p ? skip_blank(p, end) : NULL;
            if (!p || p == end || *p != ':')
                return NULL;
            p = skip_blank(p + 1, end);
        }
        p = scan_value(p, end, depth + 1);
        p = p ? skip_blank(p, end) : NULL;
        if (!p || p == end)
            return NULL;
        if (*p == close)
            return p + 1;
        if (*p != ',')
            return NULL;
        p = skip_blank(p + 1, end);
    }
    return NULL;
}

/* The end of the value that begins at p, or NULL when there is none. Recursion ends at FW_TEXT_DEPTH. */
static const char *scan_value(const char *p, const char *end, unsigned depth)
{
    if (p == end || depth > FW_TEXT_DEPTH)
        return NULL;
    switch (*p) {
    case '{':
    case '[':
        return scan_container(p, end, depth);
    case '"':
        return scan_string(p, end);
    case 't':
        return scan_word(p, end, "true");
    case 'f':
        return scan_word(p, end, "false");
    case 'n':
        return scan_word(p, end, "null");
    default:
        return *p == '-' || is_digit(*p) ? scan_number(p, end) : NULL;
    }
}

bool fw_text_parse(const char *text, size_t len, struct fw_value *out)
{
    const char *end = text + len, *start = skip_blank(text, end);
    const char *stop = scan_value(start, end, 0);
    if (!stop || skip_blank(stop, end) != end)
        return false;
    *out = (struct fw_value){start, (size_t)(stop - start)};
    return true;
}

bool fw_text_is_object(struct fw_value v)
{
    return v.len && v.p[0] == '{';
}

bool fw_text_next(struct fw_value object, size_t *at, char *name, size_t name_cap, struct fw_value *out)
{
    if (!fw_text_is_object(object))
        return false;
    const char *end = object.p + object.len;
    const char *p = skip_blank(object.p + (*at ? *at : 1), end);
    if (p < end && *p == ',')
        p = skip_blank(p + 1, end);
    if (p == end || *p != '"')
        return false;
    const char *name_end = scan_string(p, end);
    if (!fw_text_string((struct fw_value){p, (size_t)(name_end - p)}, name, name_cap))
        name[0] = 0;
    p = skip_blank(skip_blank(name_end, end) + 1, end);
    const char *stop = scan_value(p, end, 0);
    *out = (struct fw_value){p, (size_t)(stop - p)};
    *at = (size_t)(stop - object.p);
    return true;
}

bool fw_text_member(struct fw_value object, const char *name, struct fw_value *out)
{
    char key[32];
    struct fw_value v;
    for (size_t at = 0; fw_text_next(object, &at, key, sizeof key, &v);) {
        if (strcmp(key, name) == 0) {
            *out = v;
            return true;
        }
    }
    return false;
}

static size_t utf8_put(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(lead[n] | code);
    return n;
}

bool fw_text_string(struct fw_value v, char *out, size_t cap)
{
    if (v.len < 2 || v.p[0] != '"')
        return false;
    size_t used = 0;
    for (const char *p = v.p + 1, *end = v.p + v.len - 1; p < end;) {
        char bytes[4] = {*p};
        size_t n = 1;
        if (*p == '\\') {
            uint32_t code = 0;
            p = read_escape(p + 1, end, &code);
            if (!p || !code)
                return false;
            n = utf8_put(code, bytes);
        } else {
            p++;
        }
        if (used + n >= cap)
            return false;
        memcpy(out + used, bytes, n);
        used += n;
    }
    if (!cap)
        return false;
    out[used] = 0;
    return true;
}

bool fw_text_milli(struct fw_value v, int64_t *out)
{
    const char *p = v.p, *end = v.p + v.len;
    bool negative = v.len && *p == '-';
    p += negative ? 1 : 0;
    if (p == end || !is_digit(*p))
        return false;
    int64_t n = 0;
    for (; p < end && is_digit(*p); p++) {
        n = n * 10 + (*p - '0');
        if (n > 1000000000000)
            return false;
    }
    n *= 1000;
    if (p < end && *p == '.') {
        int64_t unit = 100;
        for (p++; p < end && is_digit(*p); p++, unit /= 10)
            n += unit * (*p - '0');
    }
    if (p != end)
        return false;
    *out = negative ? -n : n;
    return true;
}

bool fw_text_int(struct fw_value v, int64_t least, int64_t most, int64_t *out)
{
    int64_t milli;
    if (!fw_text_milli(v, &milli) || milli % 1000 || milli / 1000 < least || milli / 1000 > most)
        return false;
    *out = milli / 1000;
    return true;
}

bool fw_text_bool(struct fw_value v, bool *out)
{
    if (!v.len || (v.p[0] != 't' && v.p[0] != 'f'))
        return false;
    *out = v.p[0] == 't';
    return true;
}

void fw_out_init(struct fw_out *o, char *p, size_t cap)
{
    *o = (struct fw_out){.p = p, .cap = cap};
    p[0] = 0;
}

void fw_out_add(struct fw_out *o, const char *fmt, ...)
{
    if (o->full)
        return;
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(o->p + o->len, o->cap - o->len, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= o->cap - o->len) {
        o->full = true;
        o->p[o->len] = 0;
        return;
    }
    o->len += (size_t)n;
}

void fw_out_string(struct fw_out *o, const char *text)
{
    fw_out_add(o, "\"");
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\')
            fw_out_add(o, "\\%c", *p);
        else
            fw_out_add(o, "%c", *p < ' ' || *p > '~' ? '?' : *p);
    }
    fw_out_add(o, "\"");
}

void fw_out_value(struct fw_out *o, struct fw_value v)
{
    fw_out_add(o, "%.*s", (int)v.len, v.p);
}
