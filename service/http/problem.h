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
};

struct problem problem_of(enum err e);
/* The JSON body. detail NULL = the problem's own. */
void problem_body(enum err e, const char *detail, const struct json_fault *faults, size_t n_faults,
                  struct buf *out);

enum { PROBLEM_RAW_BYTES = 768 };

/* A whole answer for a socket that libmicrohttpd does not answer on any more; the connection closes after it.
 */
size_t problem_raw(enum err e, const char *request_id, char out[PROBLEM_RAW_BYTES]);

#endif
