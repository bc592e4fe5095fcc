/* Reads an object's members into where they belong. Private to the library. */
#ifndef PROVISIONING_SRC_FIELDS_H
#define PROVISIONING_SRC_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "provisioning/err.h"

/* A member the caller wants: a string when out is set, else a whole number. */
struct prov_field {
    const char *name, *alias; /* alias may be NULL */
    char *out;                /* holds max + 1 bytes; UTF-8, NUL-terminated */
    size_t max;               /* most bytes of the string */
    uint32_t *number;
    bool seen; /* set when the member was there */
};

/* Reads text, of at most text_max bytes, as one object and fills the fields; other members are skipped.
 * PROV_INVALID: not an object as provisioning/json.h reads it, a field twice (also by its alias) or of
 * another type. PROV_TOO_LONG: the text, unread, or a string over its max. On failure the fields may have
 * been partly written. */
PROV_MUST_CHECK enum prov_err prov_fields_read(const char *text, size_t len, size_t text_max,
                                               struct prov_field *fields, size_t n);

#endif
