/* How requests ended, by route and status. Any thread. */
#ifndef HTTP_STATS_H
#define HTTP_STATS_H

#include <stdatomic.h>
#include <stdint.h>

#include "http/exchange.h"

enum { STATS_ROUTES = 128, STATS_STATUSES = 24 };

struct stats {
    /* the last row: no route of ours; the last column: any other status */
    atomic_uint_least64_t ended[STATS_ROUTES + 1][STATS_STATUSES];
    atomic_uint_least64_t took_us[STATS_ROUTES + 1];
};

/* route NULL: none. routes: the table it stands in. */
void stats_count(struct stats *s, const struct http_route *routes, const struct http_route *route, int status,
                 int64_t took_us);
/* Calls fn for each count that is not 0; route NULL: none of ours; status 0: another one. */
void stats_each(struct stats *s, const struct http_route *routes,
                void (*fn)(void *arg, const struct http_route *route, int status, uint64_t n), void *arg);

#endif
