#include "provisioning/json.h"

#include <string.h>

#include "provisioning/utf8.h"

struct scan {
    const char *at, *end;
};

static bool take(struct scan *s, char c)
{
    if (s->at == s->end || *s->at != c) {
        return false;
    }
    s->at++;
    return true;
}

static void skip_space(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r')) {
        s->at++;
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The four digits of a \u. */
static bool read_unit(struct scan *s, uint32_t *out)
{
    uint32_t unit = 0;
    if (s->end - s->at < 4) {
        return false;
    }
    for (int i = 0; i < 4; i++) {
        char c = *s->at++, lower = (char)(c | 0x20);
        if (is_digit(c)) {
            unit = unit << 4 | (uint32_t)(c - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            unit = unit << 4 | (uint32_t)(lower - 'a' + 10);
        } else {
            return false;
        }
    }
    *out = unit;
    return true;
}

/* What follows a backslash. */
static bool read_escape(struct scan *s, uint32_t *out)
{
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    uint32_t high, low;
    if (s->at == s->end) {
        return false;
    }
    if (!take(s, 'u')) {
        const char *name = memchr(names, *s->at++, sizeof names - 1);
        if (name != NULL) {
            *out = (uint8_t)meanings[name - names];
        }
        return name != NULL;
    }
    if (!read_unit(s, &high) || high == 0 || (high >= 0xDC00 && high <= 0xDFFF)) {
        return false;
    }
    if (high < 0xD800 || high > 0xDFFF) {
        *out = high;
        return true;
    }
    if (!take(s, '\\') || !take(s, 'u') || !read_unit(s, &low) || low < 0xDC00 || low > 0xDFFF) {
        return false;
    }
    *out = 0x10000 + ((high - 0xD800) << 10 | (low - 0xDC00));
    return true;
}

static bool skip_string(struct scan *s)
{
    uint32_t ignored;
    if (!take(s, '"')) {
        return false;
    }
    while (!take(s, '"')) {
        if (s->at == s->end || (uint8_t)*s->at < 0x20) {
            return false;
        }
        if (*s->at++ == '\\' && !read_escape(s, &ignored)) {
            return false;
        }
    }
    return true;
}

static bool skip_digits(struct scan *s)
{
    const char *from = s->at;
    while (s->at < s->end && is_digit(*s->at)) {
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

static bool skip_container(struct scan *s, unsigned depth);

/* Any value with the space around it. */
static bool read_value(struct scan *s, unsigned depth, struct prov_json *out)
{
    bool good;
    skip_space(s);
    if (s->at == s->end) {
        return false;
    }
    const char *from = s->at;
    switch (*from) {
    case '{':
    case '[':
        good = skip_container(s, depth + 1);
        break;
    case '"':
        good = skip_string(s);
        break;
    default:
        good = *from == '-' || is_digit(*from) ? skip_number(s) : skip_word(s);
        break;
    }
    *out = (struct prov_json){from, (size_t)(s->at - from)};
    skip_space(s);
    return good;
}

/* A member's name with its colon and the space around them. */
static bool read_name(struct scan *s, struct prov_json *out)
{
    skip_space(s);
    const char *from = s->at;
    if (!skip_string(s)) {
        return false;
    }
    *out = (struct prov_json){from, (size_t)(s->at - from)};
    skip_space(s);
    return take(s, ':');
}

/* Recursion ends at PROV_JSON_DEPTH_MAX. */
static bool skip_container(struct scan *s, unsigned depth)
{
    if (depth > PROV_JSON_DEPTH_MAX) {
        return false;
    }
    bool object = *s->at++ == '{';
    char close = object ? '}' : ']';
    skip_space(s);
    if (take(s, close)) {
        return true;
    }
    do {
        struct prov_json ignored;
        if ((object && !read_name(s, &ignored)) || !read_value(s, depth, &ignored)) {
            return false;
        }
    } while (take(s, ','));
    return take(s, close);
}

enum prov_err prov_json_parse(const char *text, size_t len, size_t max, struct prov_json *out)
{
    struct scan s = {text, text + len};
    struct prov_json v;
    if (len > max) {
        return PROV_TOO_LONG;
    }
    /* Beyond ASCII, JSON is its strings: once all is UTF-8, they need no further look. */
    if (!prov_utf8_is_valid(text, len) || !read_value(&s, 0, &v) || s.at != s.end) {
        return PROV_INVALID;
    }
    *out = v;
    return PROV_OK;
}

bool prov_json_is_object(struct prov_json v)
{
    return v.len > 0 && v.at[0] == '{';
}

bool prov_json_is_string(struct prov_json v)
{
    return v.len > 0 && v.at[0] == '"';
}

bool prov_json_next(struct prov_json object, size_t *at, char name[PROV_JSON_NAME_MAX], struct prov_json *out)
{
    struct prov_json key, value;
    if (!prov_json_is_object(object)) {
        return false;
    }
    struct scan s = {object.at + (*at > 0 ? *at : 1), object.at + object.len};
    (void)take(&s, ',');
    if (!read_name(&s, &key) || !read_value(&s, 0, &value)) {
        return false;
    }
    prov_json_string(key, name, PROV_JSON_NAME_MAX);
    *at = (size_t)(s.at - object.at);
    *out = value;
    return true;
}

bool prov_json_member(struct prov_json object, const char *name, struct prov_json *out)
{
    char found[PROV_JSON_NAME_MAX];
    struct prov_json value;
    for (size_t at = 0; prov_json_next(object, &at, found, &value);) {
        if (strcmp(found, name) == 0) {
            *out = value;
            return true;
        }
    }
    return false;
}

enum prov_err prov_json_string(struct prov_json v, char *out, size_t cap)
{
    size_t len = 0;
    out[0] = '\0';
    if (!prov_json_is_string(v)) {
        return PROV_INVALID;
    }
    for (struct scan s = {v.at + 1, v.at + v.len - 1}; s.at < s.end;) {
        char bytes[4] = {*s.at++};
        size_t n = 1;
        uint32_t c = 0;
        if (bytes[0] == '\\') {
            (void)read_escape(&s, &c);
            n = prov_utf8_write(c, bytes);
        }
        if (n >= cap - len) {
            out[0] = '\0';
            return PROV_TOO_LONG;
        }
        memcpy(out + len, bytes, n);
        len += n;
    }
    out[len] = '\0';
    return PROV_OK;
}
