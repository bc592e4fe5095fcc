/* multipart/form-data (RFC 7578; RFC 2046 §5.1): finds one part in a body that is here whole and limited
 * already. Reads only: nothing is copied or allocated, the time is linear. Any thread. */
#ifndef HTTP_MULTIPART_H
#define HTTP_MULTIPART_H

#include "core/err.h"
#include "core/span.h"

enum {
    MULTIPART_BOUNDARY_MAX = 70, /* RFC 2046 §5.1.1 */
    MULTIPART_NAME_MAX = 64,
};

/* The content of the first part of that field name; *out points into body. What stands before the first
 * delimiter and after the part's own end is not judged. ERR_MALFORMED: content_type names no boundary, or
 * none that may be. ERR_NOT_FOUND: no such part, or its end is missing. */
MUST_CHECK enum err multipart_find(struct span content_type, struct span body, const char *name,
                                   struct span *out);

#endif
