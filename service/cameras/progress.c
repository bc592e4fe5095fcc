#include "cameras/progress.h"

#include <pthread.h>

#include "core/mem.h"

/* Devices share BUCKETS counters: memory is bounded, and two that share one at worst answer a poll early. */
enum { BUCKETS = 1024 };

/* Whoever unlinks a waiter under the lock is the one who wakes it: that makes it exactly once. Its own
 * reference and its timer's keep it: the timer may be about to run while someone else wakes it. */
struct waiter {
    struct waiter *next;
    struct progress *progress;
    struct id device;
    void (*wake)(void *arg);
    void *arg;
    uint64_t timer;
    unsigned refs;
    bool linked, due;
};

struct bucket {
    uint64_t version, told;
    struct waiter *first;
};

struct progress {
    pthread_mutex_t lock;
    pthread_cond_t idle;
    struct timers *timers;
    size_t waiters, max_waiters; /* waiters: not yet freed */
    bool stopped;
    struct bucket buckets[BUCKETS];
};

static struct bucket *bucket_of(struct progress *p, const struct id *device)
{
    uint32_t h = 2166136261u; /* FNV-1a; ids are random, nobody chooses them */
    for (size_t i = 0; device->s[i]; i++)
        h = (h ^ (unsigned char)device->s[i]) * 16777619u;
    return &p->buckets[h % BUCKETS];
}

enum err progress_create(struct progress **out, struct timers *timers, size_t max_waiters)
{
    struct progress *p = mem_zalloc(sizeof *p);
    if (!p)
        return ERR_NO_MEMORY;
    p->timers = timers;
    p->max_waiters = max_waiters;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->idle, NULL);
    *out = p;
    return ERR_OK;
}

void progress_free(struct progress *p)
{
    if (!p)
        return;
    progress_stop(p);
    pthread_cond_destroy(&p->idle);
    pthread_mutex_destroy(&p->lock);
    mem_free(p);
}

static void unref(struct progress *p, struct waiter *w, unsigned n)
{
    pthread_mutex_lock(&p->lock);
    w->refs -= n;
    bool last = w->refs == 0;
    if (last && --p->waiters == 0)
        pthread_cond_broadcast(&p->idle);
    pthread_mutex_unlock(&p->lock);
    if (last)
        mem_free(w);
}

/* Wakes one that is not (or no longer) linked, and lets it go. */
static void settle(struct progress *p, struct waiter *w)
{
    bool cancelled = timers_cancel(p->timers, w->timer);
    w->wake(w->arg);
    unref(p, w, cancelled ? 2 : 1);
}

static void unlink_waiter(struct bucket *b, struct waiter *w)
{
    struct waiter **at = &b->first;
    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    w->linked = false;
}

static void on_due(void *arg)
{
    struct waiter *w = arg;
    struct progress *p = w->progress;
    pthread_mutex_lock(&p->lock);
    bool mine = w->linked;
    w->due = true;
    if (mine)
        unlink_waiter(bucket_of(p, &w->device), w);
    pthread_mutex_unlock(&p->lock);
    if (mine)
        w->wake(w->arg);
    unref(p, w, mine ? 2 : 1);
}

uint64_t progress_version(struct progress *p, const struct id *device)
{
    pthread_mutex_lock(&p->lock);
    uint64_t v = bucket_of(p, device)->version;
    pthread_mutex_unlock(&p->lock);
    return v;
}

bool progress_is_told(struct progress *p, const struct id *device, uint64_t version)
{
    pthread_mutex_lock(&p->lock);
    bool told = bucket_of(p, device)->told >= version;
    pthread_mutex_unlock(&p->lock);
    return told;
}

void progress_tell(struct progress *p, const struct id *device, uint64_t version)
{
    struct bucket *b = bucket_of(p, device);
    pthread_mutex_lock(&p->lock);
    if (b->told < version)
        b->told = version;
    pthread_mutex_unlock(&p->lock);
}

static bool admit(struct progress *p)
{
    pthread_mutex_lock(&p->lock);
    bool ok = !p->stopped && p->waiters < p->max_waiters;
    p->waiters += ok;
    pthread_mutex_unlock(&p->lock);
    return ok;
}

static void withdraw(struct progress *p)
{
    pthread_mutex_lock(&p->lock);
    if (--p->waiters == 0)
        pthread_cond_broadcast(&p->idle);
    pthread_mutex_unlock(&p->lock);
}

enum err progress_wait(struct progress *p, const struct id *device, uint64_t version, int64_t timeout_ms,
                       void (*wake)(void *arg), void *arg)
{
    if (!admit(p))
        return ERR_BUSY;
    struct waiter *w = mem_alloc(sizeof *w);
    enum err err = w ? ERR_OK : ERR_NO_MEMORY;
    if (w) {
        *w = (struct waiter){.progress = p, .device = *device, .wake = wake, .arg = arg, .refs = 2};
        err = timers_after(p->timers, timeout_ms, on_due, w, &w->timer);
    }
    if (err) {
        mem_free(w);
        withdraw(p);
        return err;
    }
    struct bucket *b = bucket_of(p, device);
    pthread_mutex_lock(&p->lock);
    bool ready = w->due || p->stopped || b->version != version;
    if (!ready) {
        w->next = b->first;
        w->linked = true;
        b->first = w;
    }
    pthread_mutex_unlock(&p->lock);
    if (ready)
        settle(p, w);
    return ERR_OK;
}

/* Moves those of a bucket that wait for device (NULL: all) to a list of the caller's. */
static struct waiter *take(struct bucket *b, const struct id *device)
{
    struct waiter *taken = NULL, **at = &b->first;
    while (*at) {
        struct waiter *w = *at;
        if (device && !id_eq(&w->device, device)) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        w->linked = false;
        w->next = taken;
        taken = w;
    }
    return taken;
}

static void settle_all(struct progress *p, struct waiter *w)
{
    while (w) {
        struct waiter *next = w->next;
        settle(p, w);
        w = next;
    }
}

void progress_changed(struct progress *p, const struct id *device)
{
    struct bucket *b = bucket_of(p, device);
    pthread_mutex_lock(&p->lock);
    b->version++;
    struct waiter *taken = take(b, device);
    pthread_mutex_unlock(&p->lock);
    settle_all(p, taken);
}

void progress_stop(struct progress *p)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        pthread_mutex_lock(&p->lock);
        p->stopped = true;
        struct waiter *taken = take(&p->buckets[i], NULL);
        pthread_mutex_unlock(&p->lock);
        settle_all(p, taken);
    }
    pthread_mutex_lock(&p->lock);
    while (p->waiters)
        pthread_cond_wait(&p->idle, &p->lock);
    pthread_mutex_unlock(&p->lock);
}
