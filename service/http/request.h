/* How an exchange's request half is made and checked (the reading of it is exchange.h). Event threads. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "http/inside.h"

/* A new exchange from the raw target; NULL without memory. */
struct http_exchange *request_create(struct http_server *s, const char *target);
void request_free(struct http_exchange *x);
/* Fills what follows from the method and the copied header fields. ERR_NO_MEMORY. */
MUST_CHECK enum err request_head(struct http_exchange *x, const char *method);
/* The query and the path's parameters, decoded. ERR_MALFORMED, ERR_INVALID (a NUL in the query),
 * ERR_TOO_LARGE, ERR_NO_MEMORY. */
MUST_CHECK enum err request_decode(struct http_exchange *x);
/* Whether the body, if there is one, is of a type the route takes. */
bool request_body_fits(const struct http_exchange *x);
/* The credential behind that scheme's name (RFC 9110 §11.4: at least one blank between); NULL: it is not
 * used. */
const char *request_authorization(const struct http_exchange *x, const char *scheme);
/* Whether a Connection field holds that token. */
bool request_connection_says(const struct http_exchange *x, const char *token);
/* The bytes came from another origin than ours, by the browser's own word. */
bool request_is_cross_origin(const struct http_exchange *x);

#endif
