#include "cameras/known_keys.h"

#include <pthread.h>

#include "auth/secret.h"
#include "core/mem.h"

/* The slots form sets of WAYS; a key lives in the set that its hash names. Only keys that we made ourselves
 * come in, so nobody chooses the set. */
enum { WAYS = 8, ASK_EVERY_US = 30 * 1000000 };

struct slot {
    struct id device; /* none = free */
    struct secret_hash key;
    int64_t judged_us, ask_us;
};

struct known_keys {
    pthread_mutex_t lock;
    const struct clock *clock;
    uint64_t ends; /* how many keys have ended */
    size_t n_sets;
    struct slot slots[];
};

enum err known_keys_create(struct known_keys **out, const struct clock *clock, size_t max_keys)
{
    size_t n_sets = (max_keys + WAYS - 1) / WAYS;
    struct known_keys *k = mem_zalloc(sizeof *k + n_sets * WAYS * sizeof k->slots[0]);
    if (!k)
        return ERR_NO_MEMORY;
    pthread_mutex_init(&k->lock, NULL);
    k->clock = clock;
    k->n_sets = n_sets;
    *out = k;
    return ERR_OK;
}

void known_keys_free(struct known_keys *k)
{
    if (!k)
        return;
    pthread_mutex_destroy(&k->lock);
    mem_free(k);
}

static struct slot *set_of(struct known_keys *k, const struct secret_hash *key)
{
    uint64_t number;
    memcpy(&number, key->b, sizeof number);
    return &k->slots[number % k->n_sets * WAYS];
}

static struct slot *find(struct known_keys *k, const struct id *device, const struct secret_hash *key)
{
    struct slot *set = set_of(k, key);
    for (size_t i = 0; i < WAYS; i++)
        if (secret_hash_eq(&set[i].key, key) && id_eq(&set[i].device, device))
            return &set[i];
    return NULL;
}

enum known_key known_keys_find(struct known_keys *k, const struct id *device, const struct secret_hash *key)
{
    enum known_key found = KNOWN_KEY_NOT;
    pthread_mutex_lock(&k->lock);
    struct slot *slot = find(k, device, key);
    if (slot) {
        int64_t now_us = k->clock->mono_us(k->clock);
        found = now_us < slot->ask_us ? KNOWN_KEY_GOOD : KNOWN_KEY_ASK;
        if (found == KNOWN_KEY_ASK)
            slot->ask_us = now_us + ASK_EVERY_US;
    }
    pthread_mutex_unlock(&k->lock);
    return found;
}

uint64_t known_keys_mark(struct known_keys *k)
{
    pthread_mutex_lock(&k->lock);
    uint64_t ends = k->ends;
    pthread_mutex_unlock(&k->lock);
    return ends;
}

/* The one judged longest ago; a free one was never. */
static struct slot *oldest(struct slot *set)
{
    struct slot *found = set;
    for (size_t i = 1; i < WAYS; i++)
        if (set[i].judged_us < found->judged_us)
            found = &set[i];
    return found;
}

void known_keys_put(struct known_keys *k, const struct id *device, const struct secret_hash *key,
                    uint64_t mark)
{
    pthread_mutex_lock(&k->lock);
    if (mark == k->ends) {
        struct slot *slot = find(k, device, key);
        int64_t now_us = k->clock->mono_us(k->clock);
        if (!slot)
            slot = oldest(set_of(k, key));
        *slot = (struct slot){
            .device = *device, .key = *key, .judged_us = now_us, .ask_us = now_us + ASK_EVERY_US};
    }
    pthread_mutex_unlock(&k->lock);
}

void known_keys_drop(struct known_keys *k, const struct id *device, const struct secret_hash *key)
{
    pthread_mutex_lock(&k->lock);
    struct slot *slot = find(k, device, key);
    if (slot)
        *slot = (struct slot){0};
    pthread_mutex_unlock(&k->lock);
}

void known_keys_ended(struct known_keys *k, const struct id *device, const struct secret_hash *keep)
{
    pthread_mutex_lock(&k->lock);
    k->ends++;
    for (size_t i = 0; i < k->n_sets * WAYS; i++) {
        struct slot *slot = &k->slots[i];
        if (id_eq(&slot->device, device) && !(keep && secret_hash_eq(&slot->key, keep)))
            *slot = (struct slot){0};
    }
    pthread_mutex_unlock(&k->lock);
}
