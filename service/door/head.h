/* A request head as bytes: parsed strictly (RFC 9112), nothing copied, nothing decoded. */
#ifndef DOOR_HEAD_H
#define DOOR_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

enum {
    HEAD_FIELDS_MAX = 100,
    HEAD_PARTS_MAX = 128, /* query members and cookies: small as they are, who reads the head keeps each */
};

enum head_result {
    HEAD_MORE, /* not complete yet */
    HEAD_OK,
    HEAD_BAD, /* 400: bare CR or LF, obs-fold, bad names, no or two Host, CL and TE together, differing CLs, …
               */
    HEAD_TOO_LARGE, /* 431: over the limit of bytes, fields or parts */
};

struct head_field {
    struct span name, value; /* value trimmed */
};

struct head {
    struct span method, target, path, query; /* target = path [? query]; query without '?' */
    size_t n_fields, bytes;                  /* bytes: with the empty line */
    int64_t body_bytes;                      /* that follow the head; -1: chunked */
    int minor;                               /* HTTP/1.minor: 0 or 1 */
    struct head_field fields[HEAD_FIELDS_MAX];
};

/* Reads the head at the start of data. max_bytes and max_fields bound it. */
enum head_result head_parse(struct span data, size_t max_bytes, size_t max_fields, struct head *out);
/* The first field of that name (without case); p NULL when absent. */
struct span head_field(const struct head *h, const char *name);
size_t head_count(const struct head *h, const char *name);
/* Whether a comma-separated list field holds token (without case). */
bool head_has_token(struct span list, const char *token);
/* The value of a cookie; p NULL when absent. */
struct span head_cookie(const struct head *h, const char *name);

#endif
