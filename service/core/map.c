#include "core/map.h"

#include "core/mem.h"
#include "core/rand.h"

struct map_node {
    struct map_node *next;
    void *value;
    uint64_t hash;
    size_t key_len;
    char key[];
};

/* FNV-1a over the seeded state with a final mix (splitmix64). */
static uint64_t hash_key(uint64_t seed, struct span key)
{
    uint64_t h = seed ^ 0xcbf29ce484222325u;
    for (size_t i = 0; i < key.len; i++)
        h = (h ^ (unsigned char)key.p[i]) * 0x100000001b3u;
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
    return h ^ (h >> 31);
}

void map_init(struct map *m)
{
    *m = (struct map){.seed = rand_u64()};
}

void map_fini(struct map *m)
{
    for (size_t i = 0; i < m->n_buckets; i++) {
        struct map_node *n = m->buckets[i];
        while (n) {
            struct map_node *next = n->next;
            mem_free(n);
            n = next;
        }
    }
    mem_free(m->buckets);
    *m = (struct map){.seed = m->seed};
}

static struct map_node **find(const struct map *m, struct span key, uint64_t hash)
{
    if (!m->n_buckets)
        return NULL;
    struct map_node **at = &m->buckets[hash & (m->n_buckets - 1)];
    for (; *at; at = &(*at)->next)
        if ((*at)->hash == hash && span_eq((struct span){(*at)->key, (*at)->key_len}, key))
            return at;
    return NULL;
}

static void grow(struct map *m)
{
    size_t n = m->n_buckets ? m->n_buckets * 2 : 16;
    struct map_node **buckets = mem_zalloc(n * sizeof *buckets);
    if (!buckets)
        return; /* longer chains, still correct */
    for (size_t i = 0; i < m->n_buckets; i++) {
        struct map_node *node = m->buckets[i];
        while (node) {
            struct map_node *next = node->next;
            struct map_node **at = &buckets[node->hash & (n - 1)];
            node->next = *at;
            *at = node;
            node = next;
        }
    }
    mem_free(m->buckets);
    m->buckets = buckets;
    m->n_buckets = n;
}

enum err map_put(struct map *m, struct span key, void *value, void **old)
{
    uint64_t hash = hash_key(m->seed, key);
    struct map_node **at = find(m, key, hash);
    if (at) {
        if (old)
            *old = (*at)->value;
        (*at)->value = value;
        return ERR_OK;
    }
    struct map_node *node = mem_alloc(sizeof *node + key.len);
    if (!node)
        return ERR_NO_MEMORY;
    if (m->count >= m->n_buckets)
        grow(m);
    if (!m->n_buckets) {
        mem_free(node);
        return ERR_NO_MEMORY;
    }
    node->hash = hash;
    node->value = value;
    node->key_len = key.len;
    if (key.len)
        memcpy(node->key, key.p, key.len);
    struct map_node **head = &m->buckets[hash & (m->n_buckets - 1)];
    node->next = *head;
    *head = node;
    m->count++;
    if (old)
        *old = NULL;
    return ERR_OK;
}

void *map_get(const struct map *m, struct span key)
{
    struct map_node **at = find(m, key, hash_key(m->seed, key));
    return at ? (*at)->value : NULL;
}

void *map_del(struct map *m, struct span key)
{
    struct map_node **at = find(m, key, hash_key(m->seed, key));
    if (!at)
        return NULL;
    struct map_node *node = *at;
    void *value = node->value;
    *at = node->next;
    mem_free(node);
    m->count--;
    return value;
}

void map_each(struct map *m, bool (*fn)(void *arg, struct span key, void *value), void *arg)
{
    for (size_t i = 0; i < m->n_buckets; i++) {
        struct map_node *node = m->buckets[i];
        while (node) {
            struct map_node *next = node->next;
            if (!fn(arg, (struct span){node->key, node->key_len}, node->value))
                return;
            node = next;
        }
    }
}
