/* A hash map from short byte strings to pointers. Keys are copied, values are the caller's.
 * The hash is seeded at random per map, so that peers cannot choose collisions. Not thread-safe. */
#ifndef CORE_MAP_H
#define CORE_MAP_H

#include <stdint.h>

#include "core/err.h"
#include "core/span.h"

struct map_node;

struct map {
    struct map_node **buckets;
    size_t n_buckets, count;
    uint64_t seed;
};

void map_init(struct map *m);
/* Frees the nodes, never the values. */
void map_fini(struct map *m);

/* Puts or replaces; *old (may be NULL) receives the value replaced, else NULL. ERR_NO_MEMORY changes nothing.
 */
MUST_CHECK enum err map_put(struct map *m, struct span key, void *value, void **old);
void *map_get(const struct map *m, struct span key);
/* Removes and returns the value, NULL when there was none. */
void *map_del(struct map *m, struct span key);

/* Calls fn for each entry until it returns false. fn may delete the entry it is called with and no other. */
void map_each(struct map *m, bool (*fn)(void *arg, struct span key, void *value), void *arg);

#endif
