#include "core/json.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "core/clock.h"
#include "provisioning/utf8.h"

enum { MAX_DEPTH = 32, DUMP_FLAGS = JSON_COMPACT | JSON_ENCODE_ANY };

static json_t *value(const struct json *v)
{
    return (json_t *)(uintptr_t)v;
}

/* Nesting is bounded before the parser recurses: brackets outside strings are counted. */
static bool too_deep(struct span text)
{
    int depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.p[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > MAX_DEPTH)
                return true;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return false;
}

enum err json_parse(struct span text, struct json **out)
{
    if (too_deep(text))
        return ERR_MALFORMED;
    json_error_t error;
    json_t *v = json_loadb(text.p ? text.p : "", text.len, JSON_ALLOW_NUL | JSON_DECODE_ANY, &error);
    if (!v)
        return json_error_code(&error) == json_error_out_of_memory ? ERR_NO_MEMORY : ERR_MALFORMED;
    *out = (struct json *)v;
    return ERR_OK;
}

void json_free(struct json *doc)
{
    json_decref(value(doc));
}

bool json_is_obj(const struct json *v)
{
    return v && json_typeof(value(v)) == JSON_OBJECT;
}

const struct json *json_get(const struct json *obj, const char *name)
{
    return (const struct json *)json_object_get(value(obj), name);
}

struct span json_get_string(const struct json *obj, const char *name)
{
    json_t *v = json_object_get(value(obj), name);
    if (!json_is_string(v))
        return (struct span){NULL, 0};
    return (struct span){json_string_value(v), json_string_length(v)};
}

static const char *read_string(const struct json_field *f, json_t *v, char *message, size_t cap)
{
    if (!json_is_string(v))
        return "must be a string";
    struct span s = {json_string_value(v), json_string_length(v)};
    if (memchr(s.p, 0, s.len))
        return "must not contain a NUL character";
    if (s.len == 0 && !f->allow_empty)
        return "must not be empty";
    bool bounded = f->min || f->max;
    bool empty_ok = s.len == 0 && f->allow_empty;
    if (bounded && !empty_ok && ((int64_t)s.len < f->min || (int64_t)s.len > f->max)) {
        (void)snprintf(message, cap, "must be %" PRId64 " to %" PRId64 " bytes long", f->min, f->max);
        return message;
    }
    *(struct span *)f->out = s;
    return NULL;
}

static const char *read_number(const struct json_field *f, json_t *v, char *message, size_t cap)
{
    bool whole = f->kind == JSON_KIND_INT;
    if (whole ? !json_is_integer(v) : !json_is_number(v))
        return whole ? "must be a whole number" : "must be a number";
    double d = json_number_value(v);
    if ((f->min || f->max) && (d < (double)f->min || d > (double)f->max)) {
        (void)snprintf(message, cap, "must be %" PRId64 " to %" PRId64, f->min, f->max);
        return message;
    }
    if (whole)
        *(int64_t *)f->out = json_integer_value(v);
    else
        *(double *)f->out = d;
    return NULL;
}

static const char *read_field(const struct json_field *f, json_t *v, char *message, size_t cap)
{
    switch (f->kind) {
    case JSON_KIND_STRING:
        return read_string(f, v, message, cap);
    case JSON_KIND_INT:
    case JSON_KIND_NUMBER:
        return read_number(f, v, message, cap);
    case JSON_KIND_BOOL:
        if (!json_is_boolean(v))
            return "must be true or false";
        *(bool *)f->out = json_is_true(v);
        return NULL;
    case JSON_KIND_OBJECT:
        if (json_typeof(v) != JSON_OBJECT)
            return "must be an object";
        *(const struct json **)f->out = (const struct json *)v;
        return NULL;
    }
    return "unknown kind";
}

size_t json_read(const struct json *obj, const struct json_field *fields, size_t n_fields,
                 struct json_fault *faults, size_t max_faults)
{
    size_t n = 0;
    for (size_t i = 0; i < n_fields; i++) {
        const struct json_field *f = &fields[i];
        json_t *v = json_object_get(value(obj), f->name);
        char message[sizeof faults->message];
        const char *fault = NULL;
        bool absent = !v || (f->optional && json_is_null(v));
        if (f->present)
            *f->present = !absent;
        if (absent) {
            if (!f->optional)
                fault = "is required";
        } else {
            fault = read_field(f, v, message, sizeof message);
        }
        if (fault && n < max_faults) {
            faults[n].field = f->name;
            (void)snprintf(faults[n].message, sizeof faults[n].message, "%s", fault);
        }
        n += fault != NULL;
    }
    return n;
}

enum err json_set_string(struct json *obj, const char *name, struct span text)
{
    json_t *v = json_stringn(text.p, text.len);
    if (!v)
        return ERR_NO_MEMORY;
    return json_object_set_new(value(obj), name, v) ? ERR_NO_MEMORY : ERR_OK;
}

void json_del(struct json *obj, const char *name)
{
    (void)json_object_del(value(obj), name);
}

static int dump_chunk(const char *data, size_t len, void *arg)
{
    struct buf *b = arg;
    buf_put(b, data, len);
    return buf_err(b) ? -1 : 0;
}

void json_dump(const struct json *v, struct buf *out)
{
    if (json_dump_callback(value(v), dump_chunk, out, DUMP_FLAGS) && !out->err)
        out->err = ERR_NO_MEMORY;
}

/* ---- writing ---- */

static void lead(struct json_out *o, const char *name)
{
    if (o->comma)
        buf_putc(o->buf, ',');
    o->comma = true;
    if (name) {
        buf_putc(o->buf, '"');
        buf_puts(o->buf, name);
        buf_put(o->buf, "\":", 2);
    }
}

static void opening(struct json_out *o, const char *name, char c)
{
    lead(o, name);
    buf_putc(o->buf, c);
    o->comma = false;
}

static void closing(struct json_out *o, char c)
{
    buf_putc(o->buf, c);
    o->comma = true;
}

void json_out_object(struct json_out *o, const char *name)
{
    opening(o, name, '{');
}

void json_out_end_object(struct json_out *o)
{
    closing(o, '}');
}

void json_out_array(struct json_out *o, const char *name)
{
    opening(o, name, '[');
}

void json_out_end_array(struct json_out *o)
{
    closing(o, ']');
}

static void escaped(struct buf *b, unsigned char c)
{
    switch (c) {
    case '"':
        buf_put(b, "\\\"", 2);
        break;
    case '\\':
        buf_put(b, "\\\\", 2);
        break;
    case '\n':
        buf_put(b, "\\n", 2);
        break;
    case '\r':
        buf_put(b, "\\r", 2);
        break;
    case '\t':
        buf_put(b, "\\t", 2);
        break;
    default:
        buf_printf(b, "\\u%04x", (unsigned)c);
    }
}

void json_out_span(struct json_out *o, const char *name, struct span text)
{
    lead(o, name);
    buf_putc(o->buf, '"');
    size_t from = 0, i = 0;
    while (i < text.len) {
        const unsigned char *p = (const unsigned char *)text.p + i;
        uint32_t c;
        size_t n = prov_utf8_read(p, text.len - i, &c);
        bool plain = n > 1 || (n == 1 && *p >= ' ' && *p != '"' && *p != '\\' && *p != 127);
        if (plain) {
            i += n;
            continue;
        }
        buf_put(o->buf, text.p + from, i - from);
        if (n == 0)
            buf_puts(o->buf, "\xef\xbf\xbd");
        else
            escaped(o->buf, *p);
        from = ++i;
    }
    buf_put(o->buf, text.p + from, text.len - from);
    buf_putc(o->buf, '"');
}

void json_out_string(struct json_out *o, const char *name, const char *text)
{
    json_out_span(o, name, span_of(text));
}

void json_out_string_or_null(struct json_out *o, const char *name, const char *text)
{
    if (text && *text)
        json_out_string(o, name, text);
    else
        json_out_null(o, name);
}

void json_out_int(struct json_out *o, const char *name, int64_t v)
{
    lead(o, name);
    buf_printf(o->buf, "%" PRId64, v);
}

void json_out_double(struct json_out *o, const char *name, double v)
{
    lead(o, name);
    if (isfinite(v))
        buf_printf(o->buf, "%.6g", v);
    else
        buf_puts(o->buf, "null");
}

void json_out_bool(struct json_out *o, const char *name, bool v)
{
    lead(o, name);
    buf_puts(o->buf, v ? "true" : "false");
}

void json_out_null(struct json_out *o, const char *name)
{
    lead(o, name);
    buf_puts(o->buf, "null");
}

void json_out_time(struct json_out *o, const char *name, int64_t wall_ms)
{
    char when[CLOCK_RFC3339_BYTES];
    if (wall_ms == 0) {
        json_out_null(o, name);
        return;
    }
    clock_rfc3339(wall_ms, when);
    json_out_string(o, name, when);
}

void json_out_raw(struct json_out *o, const char *name, struct span text)
{
    lead(o, name);
    buf_put(o->buf, text.p, text.len);
}
