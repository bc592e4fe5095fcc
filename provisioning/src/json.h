/* The little JSON that both ends need (RFC 8259): one object of strings and whole numbers. Private to the
 * library. Why not a package: docs/decisions/0002-provisioning-json.md. */
#ifndef PROVISIONING_SRC_JSON_H
#define PROVISIONING_SRC_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "provisioning/err.h"

enum { PROV_JSON_DEPTH_MAX = 8, PROV_JSON_NAME_MAX = 16 };

/* A member the caller wants: a string when out is set, else a whole number. Names are ASCII and shorter than
 * PROV_JSON_NAME_MAX. */
struct prov_json_field {
    const char *name, *alias; /* alias may be NULL */
    char *out;                /* holds max + 1 bytes; UTF-8, NUL-terminated */
    size_t max;               /* most bytes of the string */
    size_t *len;              /* may be NULL */
    uint32_t *number;
    bool seen; /* set when the member was there */
};

/* Reads text strictly as one object, nothing after it, and fills the fields; other members are checked and
 * skipped. PROV_INVALID: not JSON, not UTF-8, U+0000, deeper than PROV_JSON_DEPTH_MAX, a field twice (also by
 * its alias) or of another type. PROV_TOO_LONG: a string over its max. On failure the fields may have been
 * partly written. */
PROV_MUST_CHECK enum prov_err prov_json_read(const char *text, size_t len, struct prov_json_field *fields,
                                             size_t n);

/* Writes one object of strings, minimal and in ASCII. The first failure sticks until prov_json_end tells it.
 */
struct prov_json_writer {
    char *out;
    size_t cap, len;
    enum prov_err err;
};

void prov_json_begin(struct prov_json_writer *w, char *out, size_t cap);
/* Not UTF-8, or with a NUL byte: PROV_INVALID. */
void prov_json_member(struct prov_json_writer *w, const char *name, const char *value, size_t len);
/* NUL-terminates; *len excludes it and stays as it was on failure. */
PROV_MUST_CHECK enum prov_err prov_json_end(struct prov_json_writer *w, size_t *len);

#endif
