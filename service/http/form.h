/* application/x-www-form-urlencoded (WHATWG URL §5.1): queries and form bodies. Any thread. */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include "core/err.h"
#include "core/span.h"

enum { FORM_PAIRS_MAX = 64 };

struct form_pair {
    struct span name, value; /* decoded; a NUL byte follows the value */
};

struct form {
    struct form_pair *pairs;
    size_t n;
    char *text;
    size_t text_bytes;
};

/* ERR_MALFORMED: not UTF-8. ERR_INVALID: a NUL inside. ERR_TOO_LARGE: over FORM_PAIRS_MAX. Free with
 * form_fini. */
MUST_CHECK enum err form_parse(struct span text, struct form *out);
/* Wipes: a form may hold a password. */
void form_fini(struct form *f);
/* The first of that name; p NULL when absent. */
struct span form_get(const struct form *f, const char *name);
/* Decodes %xx in place (a crooked escape stays as it is), with plus also '+' to blank. Returns the new
 * length. */
size_t form_unescape(char *text, size_t len, bool plus);
bool form_is_utf8(struct span text);

#endif
