/* Credentials that open the pictures of one device and nothing else: tickets in the URL and stream passwords
 * by HTTP Basic (RFC 7617). */
#ifndef HTTP_VIEW_H
#define HTTP_VIEW_H

#include "http/inside.h"

/* Whether the request brings one, on a route that takes them. */
bool view_offered(const struct http_exchange *x);
/* Whether a refusal asks for Basic: it came with nothing, and many players send a password only when asked.
 * Not a browser, which would open a window over its page. */
bool view_wanted(const struct http_exchange *x);
/* What memory can tell; fills x->credential. ERR_UNAUTHENTICATED. */
MUST_CHECK enum err view_read(struct http_exchange *x);
/* The account behind it; fills x->who. ERR_UNAUTHENTICATED or the store's errors. May block. */
MUST_CHECK enum err view_check(struct http_exchange *x);

#endif
