/* The one place that turns an err into an HTTP answer: status, stable code, title, sentence (RFC 9457). */
#ifndef HTTP_PROBLEM_H
#define HTTP_PROBLEM_H

#include <stddef.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/json.h"

struct problem {
    int status;
    const char *code, *title, *detail;
    const char *error; /* the seed's word for it (contract §6) */
};

struct problem problem_of(enum err e);
/* What a body says besides. */
struct problem_words {
    const char *detail; /* NULL = the problem's own */
    const struct json_fault *faults;
    size_t n_faults;
    bool error_first; /* `error` first: cameras that upload print a body's first bytes */
};

/* The JSON body. */
void problem_body(enum err e, const struct problem_words *words, struct buf *out);

/* What WWW-Authenticate asks for; NULL when e is no 401. Static. */
const char *problem_challenge(enum err e);

enum { PROBLEM_RAW_BYTES = 1024 };

/* A whole answer for a socket that libmicrohttpd does not answer on any more; the connection closes after it.
 * Without memory it has no body. */
size_t problem_raw(enum err e, const struct problem_words *words, const char *request_id,
                   char out[PROBLEM_RAW_BYTES]);

#endif
