/* Who is calling: bearer token or session cookie → principal. */
#ifndef HTTP_GATE_H
#define HTTP_GATE_H

#include "http/inside.h"

/* What memory alone can tell; fills x->credential. ERR_UNAUTHENTICATED, ERR_TOKEN_STALE, ERR_FORBIDDEN (a
 * cookie that would change something, not from our own page). */
MUST_CHECK enum err gate_read(struct http_exchange *x);
/* The session behind it, in the store; fills x->who. ERR_UNAUTHENTICATED or the store's errors. May block. */
MUST_CHECK enum err gate_check(struct http_exchange *x);

#endif
