#include "cameras/qr_vault.h"

#include <pthread.h>
#include <sys/mman.h>

#include "core/map.h"
#include "core/mem.h"

struct slot {
    struct slot *next_free;
    int64_t expires_ms;
    size_t len;
    char text[PROV_TEXT_MAX];
};

/* The slots lie in pages of their own, which core dumps leave out; untouched ones cost nothing. */
struct qr_vault {
    pthread_mutex_t lock;
    size_t max_entries, used; /* slots from used on were never taken */
    struct slot *slots, *free;
    struct map entries; /* hash of the token → its struct slot */
};

static struct span key_of(const struct secret_hash *token)
{
    return (struct span){(const char *)token->b, sizeof token->b};
}

enum err qr_vault_create(struct qr_vault **out, size_t max_entries)
{
    size_t bytes = max_entries * sizeof(struct slot);
    struct qr_vault *v = mem_zalloc(sizeof *v);
    if (!v)
        return ERR_NO_MEMORY;
    void *pages =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (pages == MAP_FAILED)
        goto failed;
    if (madvise(pages, bytes, MADV_DONTDUMP)) {
        (void)munmap(pages, bytes);
        goto failed;
    }
    v->slots = pages;
    v->max_entries = max_entries;
    map_init(&v->entries);
    pthread_mutex_init(&v->lock, NULL);
    *out = v;
    return ERR_OK;
failed:
    mem_free(v);
    return ERR_NO_MEMORY;
}

static struct slot *take_slot(struct qr_vault *v)
{
    struct slot *s = v->free;
    if (s)
        v->free = s->next_free;
    else if (v->used < v->max_entries)
        s = &v->slots[v->used++];
    return s;
}

static void give_slot(struct qr_vault *v, struct slot *s)
{
    if (!s)
        return;
    mem_wipe(s->text, s->len);
    s->next_free = v->free;
    v->free = s;
}

static enum err put(struct qr_vault *v, const struct secret_hash *token, struct span text, int64_t expires_ms)
{
    struct slot *s = map_get(&v->entries, key_of(token));
    bool is_new = !s;
    if (is_new)
        s = take_slot(v);
    if (!s)
        return ERR_BUSY;
    enum err err = is_new ? map_put(&v->entries, key_of(token), s, NULL) : ERR_OK;
    if (err) {
        s->len = 0;
        give_slot(v, s);
        return err;
    }
    if (!is_new)
        mem_wipe(s->text, s->len);
    memcpy(s->text, text.p, text.len);
    s->len = text.len;
    s->expires_ms = expires_ms;
    return ERR_OK;
}

enum err qr_vault_put(struct qr_vault *v, const struct secret_hash *token, struct span text,
                      int64_t expires_ms)
{
    if (text.len > PROV_TEXT_MAX)
        return ERR_TOO_LARGE;
    pthread_mutex_lock(&v->lock);
    enum err err = put(v, token, text, expires_ms);
    pthread_mutex_unlock(&v->lock);
    return err;
}

enum err qr_vault_get(struct qr_vault *v, const struct secret_hash *token, int64_t now_ms, struct buf *out)
{
    pthread_mutex_lock(&v->lock);
    const struct slot *s = map_get(&v->entries, key_of(token));
    enum err err = s && now_ms < s->expires_ms ? ERR_OK : ERR_QR_GONE;
    if (!err) {
        buf_put(out, s->text, s->len);
        err = buf_err(out);
    }
    pthread_mutex_unlock(&v->lock);
    return err;
}

void qr_vault_drop(struct qr_vault *v, const struct secret_hash *token)
{
    pthread_mutex_lock(&v->lock);
    give_slot(v, map_del(&v->entries, key_of(token)));
    pthread_mutex_unlock(&v->lock);
}

struct sweep {
    struct qr_vault *vault;
    int64_t now_ms;
};

static bool sweep_one(void *arg, struct span key, void *value)
{
    const struct sweep *s = arg;
    struct slot *slot = value;
    if (s->now_ms >= slot->expires_ms) {
        (void)map_del(&s->vault->entries, key);
        give_slot(s->vault, slot);
    }
    return true;
}

void qr_vault_sweep(struct qr_vault *v, int64_t now_ms)
{
    struct sweep s = {v, now_ms};
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
    (void)munmap(v->slots, v->max_entries * sizeof *v->slots);
    pthread_mutex_destroy(&v->lock);
    mem_free(v);
}
