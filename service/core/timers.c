#include "core/timers.h"

#include <pthread.h>
#include <time.h>

#include "core/clock.h"
#include "core/map.h"
#include "core/mem.h"

/* A list sorted by due time. Most timers run equally long, so a new one is soon placed when one looks from
 * the end; most are cancelled, so they are found by number. */
struct timer {
    struct timer *prev, *next;
    int64_t due_ms;
    uint64_t id;
    void (*fn)(void *arg);
    void *arg;
};

struct timers {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct timer *first, *last;
    struct map by_id;
    uint64_t last_id;
    bool stopping, joined;
    pthread_t thread;
};

static struct span key_of(const uint64_t *id)
{
    return (struct span){(const char *)id, sizeof *id};
}

/* Caller holds the lock. */
static void take_out(struct timers *t, struct timer *n)
{
    *(n->prev ? &n->prev->next : &t->first) = n->next;
    *(n->next ? &n->next->prev : &t->last) = n->prev;
    (void)map_del(&t->by_id, key_of(&n->id));
}

static void put_in(struct timers *t, struct timer *n)
{
    struct timer *before = t->last;
    while (before && before->due_ms > n->due_ms)
        before = before->prev;
    n->prev = before;
    n->next = before ? before->next : t->first;
    *(n->prev ? &n->prev->next : &t->first) = n;
    *(n->next ? &n->next->prev : &t->last) = n;
}

static void wait_until(struct timers *t, int64_t due_ms)
{
    struct timespec at = {.tv_sec = due_ms / 1000, .tv_nsec = (due_ms % 1000) * 1000000};
    (void)pthread_cond_timedwait(&t->wake, &t->lock, &at);
}

static void *run(void *arg)
{
    struct timers *t = arg;
    (void)pthread_setname_np(pthread_self(), "timers");
    pthread_mutex_lock(&t->lock);
    while (!t->stopping) {
        struct timer *due = t->first;
        if (!due) {
            pthread_cond_wait(&t->wake, &t->lock);
        } else if (due->due_ms > clock_mono_ms(clock_system())) {
            wait_until(t, due->due_ms);
        } else {
            take_out(t, due);
            pthread_mutex_unlock(&t->lock);
            due->fn(due->arg);
            mem_free(due);
            pthread_mutex_lock(&t->lock);
        }
    }
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

enum err timers_create(struct timers **out)
{
    struct timers *t = mem_zalloc(sizeof *t);
    if (!t)
        return ERR_NO_MEMORY;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    map_init(&t->by_id);
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&t->thread, NULL, run, t)) {
        t->joined = true;
        timers_free(t);
        return ERR_NO_MEMORY;
    }
    *out = t;
    return ERR_OK;
}

enum err timers_after(struct timers *t, int64_t after_ms, void (*fn)(void *arg), void *arg, uint64_t *id)
{
    struct timer *n = mem_alloc(sizeof *n);
    if (!n)
        return ERR_NO_MEMORY;
    pthread_mutex_lock(&t->lock);
    *n = (struct timer){
        .due_ms = clock_mono_ms(clock_system()) + after_ms, .id = ++t->last_id, .fn = fn, .arg = arg};
    enum err e = map_put(&t->by_id, key_of(&n->id), n, NULL);
    if (!e) {
        put_in(t, n);
        *id = n->id;
        pthread_cond_signal(&t->wake);
    }
    pthread_mutex_unlock(&t->lock);
    if (e)
        mem_free(n);
    return e;
}

bool timers_cancel(struct timers *t, uint64_t id)
{
    pthread_mutex_lock(&t->lock);
    struct timer *found = map_get(&t->by_id, key_of(&id));
    if (found)
        take_out(t, found);
    pthread_mutex_unlock(&t->lock);
    mem_free(found);
    return found != NULL;
}

void timers_stop(struct timers *t)
{
    pthread_mutex_lock(&t->lock);
    t->stopping = true;
    bool join = !t->joined;
    t->joined = true;
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->lock);
    if (join)
        pthread_join(t->thread, NULL);
}

void timers_free(struct timers *t)
{
    if (!t)
        return;
    timers_stop(t);
    while (t->first) {
        struct timer *next = t->first->next;
        mem_free(t->first);
        t->first = next;
    }
    map_fini(&t->by_id);
    pthread_cond_destroy(&t->wake);
    pthread_mutex_destroy(&t->lock);
    mem_free(t);
}
