#include "json.h"

#include <string.h>

#include "utf8.h"

struct scan {
    const uint8_t *at, *end;
};

struct value {
    enum { VALUE_STRING, VALUE_NUMBER, VALUE_OTHER } type;
    const uint8_t *at, *end; /* as written; a string without its quotes */
};

/* \uXXXX at `at`, its six bytes present or not. */
static bool read_unit(const uint8_t *at, const uint8_t *end, uint32_t *out)
{
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') {
        return false;
    }
    uint32_t unit = 0;
    for (size_t i = 2; i < 6; i++) {
        uint8_t lower = at[i] | 0x20;
        if (at[i] >= '0' && at[i] <= '9') {
            unit = unit << 4 | (uint32_t)(at[i] - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            unit = unit << 4 | (uint32_t)(lower - 'a' + 10);
        } else {
            return false;
        }
    }
    *out = unit;
    return true;
}

static size_t read_escape(const uint8_t *at, const uint8_t *end, uint32_t *out)
{
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    uint32_t high, low;
    if (end - at < 2) {
        return 0;
    }
    if (at[1] != 'u') {
        const char *name = memchr(names, at[1], sizeof names - 1);
        if (name == NULL) {
            return 0;
        }
        *out = (uint8_t)meanings[name - names];
        return 2;
    }
    if (!read_unit(at, end, &high) || high == 0 || (high >= 0xDC00 && high <= 0xDFFF)) {
        return 0;
    }
    if (high < 0xD800 || high > 0xDFFF) {
        *out = high;
        return 6;
    }
    if (!read_unit(at + 6, end, &low) || low < 0xDC00 || low > 0xDFFF) {
        return 0;
    }
    *out = 0x10000 + ((high - 0xD800) << 10 | (low - 0xDC00));
    return 12;
}

/* One character inside a string. Returns the bytes it takes in the text, 0 when it may not stand there. */
static size_t read_char(const uint8_t *at, const uint8_t *end, uint32_t *out)
{
    if (*at < 0x20) {
        return 0;
    }
    return *at == '\\' ? read_escape(at, end, out) : prov_utf8_read(at, end, out);
}

static void skip_space(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r')) {
        s->at++;
    }
}

static bool take(struct scan *s, uint8_t c)
{
    if (s->at == s->end || *s->at != c) {
        return false;
    }
    s->at++;
    return true;
}

static bool read_string(struct scan *s, struct value *out)
{
    if (!take(s, '"')) {
        return false;
    }
    *out = (struct value){.type = VALUE_STRING, .at = s->at};
    while (s->at < s->end && *s->at != '"') {
        uint32_t c;
        size_t n = read_char(s->at, s->end, &c);
        if (n == 0) {
            return false;
        }
        s->at += n;
    }
    out->end = s->at;
    return take(s, '"');
}

static bool skip_digits(struct scan *s)
{
    const uint8_t *from = s->at;
    while (s->at < s->end && *s->at >= '0' && *s->at <= '9') {
        s->at++;
    }
    return s->at > from;
}

static bool skip_number(struct scan *s)
{
    (void)take(s, '-');
    if (!take(s, '0') && !skip_digits(s)) {
        return false;
    }
    if (take(s, '.') && !skip_digits(s)) {
        return false;
    }
    if (take(s, 'e') || take(s, 'E')) {
        if (!take(s, '+')) {
            (void)take(s, '-');
        }
        return skip_digits(s);
    }
    return true;
}

static bool skip_word(struct scan *s)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(s->end - s->at) >= n && memcmp(s->at, words[i], n) == 0) {
            s->at += n;
            return true;
        }
    }
    return false;
}

/* A member's name with its colon and the space around them. */
static bool read_name(struct scan *s, struct value *out)
{
    skip_space(s);
    if (!read_string(s, out)) {
        return false;
    }
    skip_space(s);
    return take(s, ':');
}

static bool skip_container(struct scan *s, unsigned depth);

/* Any value with the space around it. */
static bool read_value(struct scan *s, unsigned depth, struct value *out)
{
    bool good;
    skip_space(s);
    if (s->at == s->end) {
        return false;
    }
    if (*s->at == '"') {
        good = read_string(s, out);
    } else {
        bool number = *s->at == '-' || (*s->at >= '0' && *s->at <= '9');
        *out = (struct value){.type = number ? VALUE_NUMBER : VALUE_OTHER, .at = s->at};
        good = number                           ? skip_number(s)
               : *s->at == '{' || *s->at == '[' ? skip_container(s, depth + 1)
                                                : skip_word(s);
        out->end = s->at;
    }
    skip_space(s);
    return good;
}

static bool skip_container(struct scan *s, unsigned depth)
{
    if (depth > PROV_JSON_DEPTH_MAX) {
        return false;
    }
    bool object = *s->at++ == '{';
    uint8_t close = object ? '}' : ']';
    skip_space(s);
    if (take(s, close)) {
        return true;
    }
    do {
        struct value ignored;
        if ((object && !read_name(s, &ignored)) || !read_value(s, depth, &ignored)) {
            return false;
        }
    } while (take(s, ','));
    return take(s, close);
}

/* The text of a string that read_string found good. */
static enum prov_err decode_string(const struct value *v, char *out, size_t max, size_t *out_len)
{
    size_t len = 0;
    for (const uint8_t *at = v->at; at < v->end;) {
        uint32_t c;
        uint8_t bytes[4];
        size_t taken = read_char(at, v->end, &c);
        if (taken == 0 || c == 0) {
            return PROV_INVALID;
        }
        size_t n = prov_utf8_write(c, bytes);
        if (n > max - len) {
            return PROV_TOO_LONG;
        }
        memcpy(out + len, bytes, n);
        len += n;
        at += taken;
    }
    out[len] = '\0';
    *out_len = len;
    return PROV_OK;
}

static enum prov_err decode_number(const struct value *v, uint32_t *out)
{
    uint64_t number = 0;
    for (const uint8_t *at = v->at; at < v->end; at++) {
        if (*at < '0' || *at > '9') {
            return PROV_INVALID;
        }
        number = number * 10 + (uint64_t)(*at - '0');
        if (number > UINT32_MAX) {
            return PROV_INVALID;
        }
    }
    *out = (uint32_t)number;
    return PROV_OK;
}

static struct prov_json_field *find(const struct value *name, struct prov_json_field *fields, size_t n)
{
    char text[PROV_JSON_NAME_MAX];
    size_t len;
    if (decode_string(name, text, sizeof text - 1, &len) != PROV_OK) {
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        if (strcmp(text, fields[i].name) == 0 ||
            (fields[i].alias != NULL && strcmp(text, fields[i].alias) == 0)) {
            return &fields[i];
        }
    }
    return NULL;
}

static enum prov_err fill(struct prov_json_field *f, const struct value *v)
{
    if (f->seen || v->type != (f->out != NULL ? VALUE_STRING : VALUE_NUMBER)) {
        return PROV_INVALID;
    }
    f->seen = true;
    if (f->out == NULL) {
        return decode_number(v, f->number);
    }
    size_t len;
    enum prov_err err = decode_string(v, f->out, f->max, &len);
    if (err == PROV_OK && f->len != NULL) {
        *f->len = len;
    }
    return err;
}

enum prov_err prov_json_read(const char *text, size_t len, struct prov_json_field *fields, size_t n)
{
    struct scan s = {.at = (const uint8_t *)text, .end = (const uint8_t *)text + len};
    skip_space(&s);
    if (!take(&s, '{')) {
        return PROV_INVALID;
    }
    skip_space(&s);
    if (!take(&s, '}')) {
        do {
            struct value name, value;
            if (!read_name(&s, &name) || !read_value(&s, 1, &value)) {
                return PROV_INVALID;
            }
            struct prov_json_field *field = find(&name, fields, n);
            enum prov_err err = field == NULL ? PROV_OK : fill(field, &value);
            if (err != PROV_OK) {
                return err;
            }
        } while (take(&s, ','));
        if (!take(&s, '}')) {
            return PROV_INVALID;
        }
    }
    skip_space(&s);
    return s.at == s.end ? PROV_OK : PROV_INVALID;
}
