/* Reading numbers from a query. */
#ifndef HTTP_API_QUERY_H
#define HTTP_API_QUERY_H

#include <stdint.h>

#include "http/exchange.h"

/* ?name= as a whole number of min..max (not negative) into *out, which keeps its value when the query has
 * none. False: the reply holds the 422. */
bool query_int(struct http_exchange *x, const char *name, int min, int max, int *out);

/* A rate, at least 0.01 and at most max, perhaps a fraction. False: text is none; *out stays. */
bool query_parse_rate(const char *text, int max, double *out);
/* ?name= as a rate, more than 0 and at most max, perhaps a fraction; else as above. */
bool query_rate(struct http_exchange *x, const char *name, int max, double *out);

#endif
