/* How an exchange's reply half is made ready (the filling of it is exchange.h). */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "http/inside.h"

void reply_init(struct http_reply *r);
/* Releases a borrowed body that nobody took. */
void reply_fini(struct http_reply *r);
/* The last touch, on the thread that filled it: headers every answer has, CORS, gzip; a reply that could not
 * be built becomes 503. */
void reply_seal(struct http_exchange *x);
/* Calls fn for each header. */
void reply_each_header(const struct http_reply *r, void (*fn)(void *arg, const char *name, const char *value),
                       void *arg);
struct span reply_body(const struct http_reply *r);

#endif
