#include "door/limits.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>

#include "core/map.h"
#include "core/mem.h"

enum { KEY_BYTES = 64 };

struct limits {
    struct limits_config config;
    pthread_mutex_t lock;
    struct map counts; /* key → how many, as a pointer's number */
    size_t all;
};

struct limits_place {
    struct limits *limits;
    size_t key_len; /* 0: counts for nobody */
    char key[KEY_BYTES];
};

enum err limits_create(struct limits **out, const struct limits_config *config)
{
    struct limits *l = mem_zalloc(sizeof *l);
    if (!l)
        return ERR_NO_MEMORY;
    l->config = *config;
    pthread_mutex_init(&l->lock, NULL);
    map_init(&l->counts);
    *out = l;
    return ERR_OK;
}

void limits_free(struct limits *l)
{
    if (!l)
        return;
    map_fini(&l->counts);
    pthread_mutex_destroy(&l->lock);
    mem_free(l);
}

/* 'a' and the address, or its /64. */
static size_t address_key(const struct sockaddr *address, char key[KEY_BYTES])
{
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
    bool is_v4 = address->sa_family == AF_INET, mapped = !is_v4 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);
    const void *from = is_v4 ? (const void *)&v4->sin_addr : &v6->sin6_addr.s6_addr[mapped ? 12 : 0];
    size_t len = is_v4 || mapped ? 4 : 8;
    key[0] = 'a';
    memcpy(key + 1, from, len);
    return len + 1;
}

/* One more for key, at most max. Caller holds the lock. */
static enum err add(struct limits *l, struct span key, size_t max)
{
    uintptr_t n = (uintptr_t)map_get(&l->counts, key);
    if (max && n >= max)
        return ERR_RATE_LIMITED;
    return map_put(&l->counts, key, (void *)(n + 1), NULL); /* NOLINT(performance-no-int-to-ptr): a number */
}

static void drop(struct limits *l, struct span key)
{
    uintptr_t n = (uintptr_t)map_get(&l->counts, key);
    if (n <= 1 || map_put(&l->counts, key, (void *)(n - 1), NULL)) /* NOLINT(performance-no-int-to-ptr) */
        (void)map_del(&l->counts, key);
}

enum err limits_enter(struct limits *l, const struct sockaddr *address, struct limits_place **out)
{
    struct limits_place *p = mem_zalloc(sizeof *p);
    if (!p)
        return ERR_NO_MEMORY;
    p->limits = l;
    if (address)
        p->key_len = address_key(address, p->key);
    pthread_mutex_lock(&l->lock);
    enum err e = l->config.all && l->all >= l->config.all ? ERR_BUSY : ERR_OK;
    if (!e && p->key_len)
        e = add(l, (struct span){p->key, p->key_len}, l->config.per_address);
    if (!e)
        l->all++;
    pthread_mutex_unlock(&l->lock);
    if (e)
        mem_free(p);
    else
        *out = p;
    return e;
}

enum err limits_sign_in(struct limits_place *p, struct span account)
{
    struct limits *l = p->limits;
    char key[KEY_BYTES] = "u";
    size_t len = account.len < KEY_BYTES - 1 ? account.len : KEY_BYTES - 1;
    memcpy(key + 1, account.p, len);
    if (p->key_len == len + 1 && memcmp(p->key, key, len + 1) == 0)
        return ERR_OK;
    pthread_mutex_lock(&l->lock);
    enum err e = add(l, (struct span){key, len + 1}, l->config.per_account);
    if (!e && p->key_len)
        drop(l, (struct span){p->key, p->key_len});
    pthread_mutex_unlock(&l->lock);
    if (e)
        return e;
    memcpy(p->key, key, len + 1);
    p->key_len = len + 1;
    return ERR_OK;
}

void limits_leave(struct limits_place *p)
{
    if (!p)
        return;
    struct limits *l = p->limits;
    pthread_mutex_lock(&l->lock);
    l->all--;
    if (p->key_len)
        drop(l, (struct span){p->key, p->key_len});
    pthread_mutex_unlock(&l->lock);
    mem_free(p);
}

size_t limits_count(struct limits *l)
{
    pthread_mutex_lock(&l->lock);
    size_t n = l->all;
    pthread_mutex_unlock(&l->lock);
    return n;
}
