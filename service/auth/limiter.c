#include "auth/limiter.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>

#include "core/mem.h"
#include "core/rand.h"

/* A bucket is one moment: when it will be full again. Taking one moves that moment on by the interval between
 * two; it may not lie further ahead than n intervals (the generic cell rate algorithm, which counts as a
 * token bucket does). A moment that has passed is a full bucket, the same as none: its slot is free.
 *
 * The slots form sets of WAYS; a key lives in one set only. A new key in a full set takes the place of the
 * bucket nearest to full. So a flood of keys costs neither memory nor time. */
enum { WAYS = 8 };

struct slot {
    uint64_t key; /* hash of class and key */
    int64_t full_at_ns;
};

struct limiter {
    const struct clock *clock;
    pthread_mutex_t lock;
    uint64_t seed;
    size_t n_sets; /* a power of two */
    struct slot slots[];
};

enum err limiter_create(struct limiter **out, const struct clock *clock, size_t max_keys)
{
    size_t n_sets = 1;
    while (n_sets * WAYS < max_keys)
        n_sets *= 2;
    struct limiter *l = mem_zalloc(sizeof *l + n_sets * WAYS * sizeof l->slots[0]);
    if (!l)
        return ERR_NO_MEMORY;
    if (pthread_mutex_init(&l->lock, NULL)) {
        mem_free(l);
        return ERR_NO_MEMORY;
    }
    l->clock = clock;
    l->n_sets = n_sets;
    l->seed = rand_u64();
    *out = l;
    return ERR_OK;
}

void limiter_free(struct limiter *l)
{
    if (!l)
        return;
    pthread_mutex_destroy(&l->lock);
    mem_free(l);
}

/* FNV-1a from a secret start (which bucket a foreign key shares cannot be chosen), mixed as in splitmix64. */
static uint64_t hash_key(uint64_t seed, const char *class, struct span key)
{
    uint64_t h = seed;
    for (const char *c = class; *c; c++)
        h = (h ^ (unsigned char)*c) * 0x100000001b3u;
    h *= 0x100000001b3u; /* a NUL between the two */
    for (size_t i = 0; i < key.len; i++)
        h = (h ^ (unsigned char)key.p[i]) * 0x100000001b3u;
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9u;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebu;
    return h ^ (h >> 31);
}

/* The key's slot, or the one it shall have. */
static struct slot *find(struct limiter *l, uint64_t key)
{
    struct slot *set = &l->slots[(key & (l->n_sets - 1)) * WAYS];
    struct slot *fullest = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].key == key)
            return &set[i];
        if (set[i].full_at_ns < fullest->full_at_ns)
            fullest = &set[i];
    }
    *fullest = (struct slot){.key = key};
    return fullest;
}

bool limiter_take(struct limiter *l, const char *class, struct span key, struct conf_rate rate,
                  uint32_t *retry_after_s)
{
    if (!rate.n)
        return true;
    int64_t interval_ns = (int64_t)rate.period_s * 1000000000 / rate.n;
    uint64_t hash = hash_key(l->seed, class, key);

    pthread_mutex_lock(&l->lock);
    int64_t now_ns = l->clock->mono_us(l->clock) * 1000;
    struct slot *slot = find(l, hash);
    int64_t full_at_ns = (slot->full_at_ns > now_ns ? slot->full_at_ns : now_ns) + interval_ns;
    int64_t wait_ns = full_at_ns - now_ns - interval_ns * rate.n;
    if (wait_ns <= 0)
        slot->full_at_ns = full_at_ns;
    pthread_mutex_unlock(&l->lock);

    if (wait_ns > 0)
        *retry_after_s = (uint32_t)((wait_ns + 999999999) / 1000000000);
    return wait_ns <= 0;
}

struct span limiter_address_key(const char *address, char out[46])
{
    char plain[INET6_ADDRSTRLEN];
    struct in6_addr a;
    size_t len = strcspn(address, "%"); /* without the zone */
    if (!span_copy((struct span){address, len}, plain, sizeof plain))
        plain[0] = 0;
    if (inet_pton(AF_INET6, plain, &a) != 1) {
        (void)snprintf(out, 46, "%s", address);
    } else if (IN6_IS_ADDR_V4MAPPED(&a)) {
        (void)inet_ntop(AF_INET, &a.s6_addr[12], out, 46);
    } else {
        memset(&a.s6_addr[8], 0, 8);
        (void)inet_ntop(AF_INET6, &a, out, 46);
    }
    return span_of(out);
}
