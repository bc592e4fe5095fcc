/* JSON texts without memory of their own: a reader of values inside a borrowed text, and a writer into a
 * given buffer. Strict RFC 8259 (valid UTF-8 too), nesting to depth 8. Portable C, no state. */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FW_TEXT_DEPTH = 8 };

/* One valid JSON value inside a text, without blanks around it. len 0: there is none. */
struct fw_value {
    const char *p;
    size_t len;
};

/* Whether text is exactly one JSON value; *out is it. Everything below takes only values that came from here.
 */
bool fw_text_parse(const char *text, size_t len, struct fw_value *out);

bool fw_text_is_object(struct fw_value v);
/* The member of that name (the first, should there be two). False: no object, or no such member. */
bool fw_text_member(struct fw_value object, const char *name, struct fw_value *out);
/* Walks an object: start with *at = 0. name is cut to a length no known name has when it does not fit. */
bool fw_text_next(struct fw_value object, size_t *at, char *name, size_t name_cap, struct fw_value *out);
/* A string, unescaped and NUL-terminated. False: no string, it does not fit, or it holds a NUL. */
bool fw_text_string(struct fw_value v, char *out, size_t cap);
/* A number times 1000, cut to whole thousandths. False: no number, has an exponent, or beyond 10^12. */
bool fw_text_milli(struct fw_value v, int64_t *out);
/* A whole number from least to most. */
bool fw_text_int(struct fw_value v, int64_t least, int64_t most, int64_t *out);
bool fw_text_bool(struct fw_value v, bool *out);

/* Writes into p; once something does not fit, full is set and stays. The text is always NUL-terminated. */
struct fw_out {
    char *p;
    size_t cap, len;
    bool full;
};

void fw_out_init(struct fw_out *o, char *p, size_t cap);
void fw_out_add(struct fw_out *o, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* text as a JSON string with its quotes; control characters and what is no ASCII byte come out as '?' . */
void fw_out_string(struct fw_out *o, const char *text);
/* A value as it stands. */
void fw_out_value(struct fw_out *o, struct fw_value v);

#endif
