#include "cameras/qr_vault.h"

#include <pthread.h>

#include "core/map.h"
#include "core/mem.h"

struct entry {
    int64_t expires_ms;
    size_t len;
    char text[];
};

struct qr_vault {
    pthread_mutex_t lock;
    size_t max_entries;
    struct map entries; /* device id → struct entry, owned */
};

static struct span key_of(const struct id *device)
{
    return (struct span){device->s, sizeof device->s - 1};
}

static void entry_free(struct entry *e)
{
    if (e)
        mem_wipe(e, sizeof *e + e->len);
    mem_free(e);
}

enum err qr_vault_create(struct qr_vault **out, size_t max_entries)
{
    struct qr_vault *v = mem_zalloc(sizeof *v);
    if (!v)
        return ERR_NO_MEMORY;
    v->max_entries = max_entries;
    map_init(&v->entries);
    pthread_mutex_init(&v->lock, NULL);
    *out = v;
    return ERR_OK;
}

enum err qr_vault_put(struct qr_vault *v, const struct id *device, struct span text, int64_t expires_ms)
{
    void *old = NULL;
    struct entry *e = mem_alloc(sizeof *e + text.len);
    if (!e)
        return ERR_NO_MEMORY;
    e->expires_ms = expires_ms;
    e->len = text.len;
    memcpy(e->text, text.p, text.len);
    pthread_mutex_lock(&v->lock);
    bool full = v->entries.count >= v->max_entries && !map_get(&v->entries, key_of(device));
    enum err err = full ? ERR_BUSY : map_put(&v->entries, key_of(device), e, &old);
    pthread_mutex_unlock(&v->lock);
    entry_free(err ? e : old);
    return err;
}

enum err qr_vault_get(struct qr_vault *v, const struct id *device, int64_t now_ms, struct buf *out)
{
    pthread_mutex_lock(&v->lock);
    const struct entry *e = map_get(&v->entries, key_of(device));
    enum err err = e && now_ms < e->expires_ms ? ERR_OK : ERR_QR_GONE;
    if (!err) {
        buf_put(out, e->text, e->len);
        err = buf_err(out);
    }
    pthread_mutex_unlock(&v->lock);
    return err;
}

void qr_vault_drop(struct qr_vault *v, const struct id *device)
{
    pthread_mutex_lock(&v->lock);
    struct entry *e = map_del(&v->entries, key_of(device));
    pthread_mutex_unlock(&v->lock);
    entry_free(e);
}

struct sweep {
    struct map *entries;
    int64_t now_ms;
};

static bool sweep_one(void *arg, struct span key, void *value)
{
    const struct sweep *s = arg;
    struct entry *e = value;
    if (s->now_ms >= e->expires_ms) {
        (void)map_del(s->entries, key);
        entry_free(e);
    }
    return true;
}

void qr_vault_sweep(struct qr_vault *v, int64_t now_ms)
{
    struct sweep s = {&v->entries, now_ms};
    pthread_mutex_lock(&v->lock);
    map_each(&v->entries, sweep_one, &s);
    pthread_mutex_unlock(&v->lock);
}

void qr_vault_free(struct qr_vault *v)
{
    if (!v)
        return;
    qr_vault_sweep(v, INT64_MAX);
    map_fini(&v->entries);
    pthread_mutex_destroy(&v->lock);
    mem_free(v);
}
