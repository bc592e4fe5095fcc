/* JSON without memory of its own (RFC 8259): a strict reader of values inside a borrowed text, and a writer
 * into a given buffer. Portable C, no state but the caller's. Why not a package:
 * docs/decisions/0002-provisioning-json.md.
 */
#ifndef PROVISIONING_JSON_H
#define PROVISIONING_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "provisioning/err.h"

enum {
    PROV_JSON_DEPTH_MAX = 8, /* objects and arrays inside each other */
    PROV_JSON_NAME_MAX = 32, /* no name that anybody asks for is as long */
};

/* One value as it stands in the text, without blanks around it: borrowed. len 0: none. */
struct prov_json {
    const char *at;
    size_t len;
};

/* Whether text is one JSON value of at most max bytes with nothing after it. PROV_TOO_LONG: over max, unread.
 * PROV_INVALID: not JSON, not UTF-8, U+0000 (escaped too), nested deeper than PROV_JSON_DEPTH_MAX. What
 * stands below takes values that came from here, and the empty one, only; nothing in them is checked again.
 */
PROV_MUST_CHECK enum prov_err prov_json_parse(const char *text, size_t len, size_t max,
                                              struct prov_json *out);

bool prov_json_is_object(struct prov_json v);
bool prov_json_is_string(struct prov_json v);
/* Walks an object's members in their order; start with *at = 0. A name of PROV_JSON_NAME_MAX bytes or more is
 * told as
 * "". False: no object, or no other member. */
bool prov_json_next(struct prov_json object, size_t *at, char name[PROV_JSON_NAME_MAX],
                    struct prov_json *out);
/* The member of that name, the first should there be two. False: no object, or no such member. */
bool prov_json_member(struct prov_json object, const char *name, struct prov_json *out);

/* A string's text, NUL-terminated; cap >= 1. PROV_INVALID: no string. PROV_TOO_LONG: over cap - 1 bytes. On
 * failure out is "". */
enum prov_err prov_json_string(struct prov_json v, char *out, size_t cap);
/* A number times 1000, cut to whole thousandths. False: no number, one with an exponent, or beyond 10^12. */
bool prov_json_milli(struct prov_json v, int64_t *out);
/* A whole number from least to most, both within 10^12 of 0. */
bool prov_json_int(struct prov_json v, int64_t least, int64_t most, int64_t *out);
bool prov_json_bool(struct prov_json v, bool *out);

/* Writes one object, minimal and in ASCII. The first failure sticks until prov_json_end tells it. Names are
 * ASCII without quotes or backslashes. */
struct prov_json_writer {
    char *out;
    size_t cap, len;
    enum prov_err err;
};

void prov_json_begin(struct prov_json_writer *w, char *out, size_t cap);
/* Not UTF-8, or with a NUL byte: PROV_INVALID. */
void prov_json_put_string(struct prov_json_writer *w, const char *name, const char *text, size_t len);
void prov_json_put_int(struct prov_json_writer *w, const char *name, int64_t number);
/* A value as it stands. */
void prov_json_put(struct prov_json_writer *w, const char *name, struct prov_json v);
/* NUL-terminates; *len excludes it and stays as it was on failure. */
PROV_MUST_CHECK enum prov_err prov_json_end(struct prov_json_writer *w, size_t *len);

#endif
