/* Which row of the route table a request is for. Pure. */
#ifndef HTTP_ROUTER_H
#define HTTP_ROUTER_H

#include "http/exchange.h"

enum router_result {
    ROUTER_FOUND,
    ROUTER_NOT_FOUND,
    ROUTER_METHOD, /* the path is known, the method is not: allowed tells those that are */
};

struct router_match {
    const struct http_route *route;
    struct span params[HTTP_PARAMS_MAX]; /* as they stand in the path, not decoded */
    unsigned n_params;
    const struct http_route *row; /* the first of this path, whatever its method */
    unsigned allowed;             /* 1 << enum http_method, of every row with this path */
};

/* The first row that fits wins: a table names "/a/b" before "/a/{id}". A last row with path "*" takes GET of
 * any other path outside /api when wants_page. method may be HTTP_METHODS (none of ours). */
enum router_result router_match(const struct http_route *routes, struct span path, enum http_method method,
                                bool wants_page, struct router_match *out);
/* "GET, HEAD, POST, OPTIONS" */
void router_allow(unsigned allowed, char out[64]);

#endif
