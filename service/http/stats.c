#include "http/stats.h"

static const int statuses[STATS_STATUSES] = {200, 201, 204, 302, 304, 400, 401, 403, 404, 405, 408, 409,
                                             410, 413, 415, 422, 429, 431, 499, 500, 502, 503, 504, 0};

static size_t row_of(const struct http_route *routes, const struct http_route *route)
{
    size_t i = route ? (size_t)(route - routes) : STATS_ROUTES;
    return i < STATS_ROUTES ? i : STATS_ROUTES;
}

void stats_count(struct stats *s, const struct http_route *routes, const struct http_route *route, int status,
                 int64_t took_us)
{
    size_t row = row_of(routes, route), column = 0;
    while (column < STATS_STATUSES - 1 && statuses[column] != status)
        column++;
    atomic_fetch_add_explicit(&s->ended[row][column], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->took_us[row], (uint64_t)took_us, memory_order_relaxed);
}

void stats_each(struct stats *s, const struct http_route *routes,
                void (*fn)(void *arg, const struct http_route *route, int status, uint64_t n), void *arg)
{
    for (size_t row = 0; row <= STATS_ROUTES; row++) {
        for (size_t column = 0; column < STATS_STATUSES; column++) {
            uint64_t n = atomic_load_explicit(&s->ended[row][column], memory_order_relaxed);
            if (n)
                fn(arg, row < STATS_ROUTES ? &routes[row] : NULL, statuses[column], n);
        }
    }
}
