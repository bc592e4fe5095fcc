#include "core/log_json.h"

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"
#include "provisioning/utf8.h"

struct pair {
    struct span key, value;
    bool quoted;
};

/* Takes the first pair off text. */
static bool next_pair(const char **text, struct pair *out)
{
    const char *p = *text + strspn(*text, " ");
    *out = (struct pair){.key = {p, strcspn(p, "= ")}};
    p += out->key.len;
    out->value = (struct span){p, 0};
    if (*p == '=') {
        out->quoted = *++p == '"';
        p += out->quoted;
        out->value = (struct span){p, strcspn(p, out->quoted ? "\"" : " ")};
        p += out->value.len;
        p += out->quoted && *p;
    }
    *text = p;
    return out->key.len > 0;
}

static size_t digits(const char *p)
{
    return strspn(p, "0123456789");
}

/* RFC 8259 §6, without an exponent. What ends the value is no digit. */
static bool is_number(struct span value)
{
    const char *p = value.p + (value.len && *value.p == '-');
    size_t whole = digits(p);
    bool good = whole == 1 || (whole > 1 && *p != '0');
    p += whole;
    if (good && *p == '.') {
        good = digits(++p) > 0;
        p += digits(p);
    }
    return good && p == value.p + value.len;
}

/* One conversion of a number, or no conversion. */
static bool prints_number(struct span form)
{
    if (form.len == 0 || form.p[0] != '%')
        return form.len && !memchr(form.p, '%', form.len);
    size_t flags = strspn(form.p + 1, ".0123456789hjlz");
    return flags + 2 == form.len && strchr("diuf", form.p[1 + flags]);
}

static bool says_number(const char *fmt, const struct pair *p)
{
    struct pair form;
    while (next_pair(&fmt, &form))
        if (span_eq(form.key, p->key))
            return !form.quoted && !p->quoted && prints_number(form.value) && is_number(p->value);
    return false;
}

/* Escaped; at most twice as long. */
static size_t put(struct span text, char *out)
{
    size_t n = 0;
    uint32_t c;
    for (size_t i = 0, len; i < text.len; i += len) {
        len = prov_utf8_read(text.p + i, text.len - i, &c);
        if (len == 0) { /* no UTF-8 */
            len = 1;
            out[n++] = '?';
            continue;
        }
        if (c == '"' || c == '\\')
            out[n++] = '\\';
        memcpy(out + n, c < ' ' ? " " : text.p + i, len);
        n += len;
    }
    return n;
}

size_t log_json_members(const char *fmt, const char *text, char *out, size_t cap)
{
    static const char around[] = ",\"\":\"\"";
    size_t n = 0;
    struct pair p;
    while (next_pair(&text, &p) && n + 2 * (p.key.len + p.value.len) + sizeof around <= cap) {
        bool number = says_number(fmt, &p);
        memcpy(out + n, ",\"", 2);
        n += 2;
        n += put(p.key, out + n);
        memcpy(out + n, "\":\"", 3);
        n += number ? 2 : 3;
        n += put(p.value, out + n);
        if (!number)
            out[n++] = '"';
    }
    out[n] = 0;
    return n;
}
