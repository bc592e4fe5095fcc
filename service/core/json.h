/* JSON: the one door to jansson for reading, and a writer that appends to a struct buf.
 * Any thread; a value belongs to one thread at a time. */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/span.h"

/* ---- reading ---- */

struct json; /* a value inside a parsed document; opaque */

/* Parses one document (any value at the top). ERR_MALFORMED: not JSON, not UTF-8, nested over 32 deep, bytes
 * after it, or a number, wherever it stands, beyond int64_t or double (a limit that RFC 8259 §9 allows).
 * *out is freed with json_free. */
MUST_CHECK enum err json_parse(struct span text, struct json **out);
void json_free(struct json *doc);

bool json_is_obj(const struct json *v);
/* The member, NULL when absent or obj is no object. Borrowed from obj. */
const struct json *json_get(const struct json *obj, const char *name);
/* The member when it is a string, else an empty span with p == NULL. Borrowed; may hold NUL bytes. */
struct span json_get_string(const struct json *obj, const char *name);

enum json_kind { JSON_KIND_STRING, JSON_KIND_INT, JSON_KIND_NUMBER, JSON_KIND_BOOL, JSON_KIND_OBJECT };

/* One member that a request may carry. */
struct json_field {
    const char *name;
    int64_t min, max; /* STRING: bytes; INT and NUMBER: value; both 0 = no bound (a STRING must still not be
                         empty unless allow_empty) */
    void *out;        /* struct span * | int64_t * | double * | bool * | const struct json ** */
    bool *present;    /* may be NULL: set to whether it was there */
    enum json_kind kind;
    bool optional;    /* absent or null is fine; out then keeps its value */
    bool allow_empty; /* STRING of 0 bytes is fine */
};

struct json_fault {
    const char *field;
    char message[96];
};

/* Reads obj by the table. Returns the number of faults found, at most max_faults of them told. A string with
 * a NUL byte is a fault. Unknown members are ignored. */
size_t json_read(const struct json *obj, const struct json_field *fields, size_t n_fields,
                 struct json_fault *faults, size_t max_faults);

/* ---- changing a parsed object and writing it back (signalling passes members it does not know) ---- */
MUST_CHECK enum err json_set_string(struct json *obj, const char *name, struct span value);
void json_del(struct json *obj, const char *name);
/* Appends the compact text of v. */
void json_dump(const struct json *v, struct buf *out);

/* ---- writing ---- */

/* A cursor that knows whether a comma is due; failures stick in the buf. Names are written as they are. */
struct json_out {
    struct buf *buf;
    bool comma;
};

static inline struct json_out json_out_to(struct buf *b)
{
    return (struct json_out){.buf = b};
}

/* name NULL = an array element or the top value. */
void json_out_object(struct json_out *o, const char *name);
void json_out_end_object(struct json_out *o);
void json_out_array(struct json_out *o, const char *name);
void json_out_end_array(struct json_out *o);
/* Text is expected to be UTF-8 (all that came in through json_parse is); bytes that are not become U+FFFD. */
void json_out_span(struct json_out *o, const char *name, struct span text);
void json_out_string(struct json_out *o, const char *name, const char *text);
/* null when text is NULL or empty, else the string. */
void json_out_string_or_null(struct json_out *o, const char *name, const char *text);
void json_out_int(struct json_out *o, const char *name, int64_t v);
void json_out_double(struct json_out *o, const char *name, double v);
void json_out_bool(struct json_out *o, const char *name, bool v);
void json_out_null(struct json_out *o, const char *name);
/* RFC 3339, or null when wall_ms is 0. */
void json_out_time(struct json_out *o, const char *name, int64_t wall_ms);
/* text is JSON already. */
void json_out_raw(struct json_out *o, const char *name, struct span text);

#endif
