#include "core/timers.h"

#include <pthread.h>
#include <time.h>

#include "core/clock.h"
#include "core/mem.h"

/* A list sorted by due time: a service has few of them at once, and most are cancelled. */
struct timer {
    struct timer *next;
    int64_t due_ms;
    uint64_t id;
    void (*fn)(void *arg);
    void *arg;
};

struct timers {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct timer *first;
    uint64_t last_id;
    bool stopping, joined;
    pthread_t thread;
};

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
            t->first = due->next;
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
    struct timer **at = &t->first;
    while (*at && (*at)->due_ms <= n->due_ms)
        at = &(*at)->next;
    n->next = *at;
    *at = n;
    *id = n->id;
    pthread_cond_signal(&t->wake);
    pthread_mutex_unlock(&t->lock);
    return ERR_OK;
}

bool timers_cancel(struct timers *t, uint64_t id)
{
    pthread_mutex_lock(&t->lock);
    struct timer **at = &t->first;
    while (*at && (*at)->id != id)
        at = &(*at)->next;
    struct timer *found = *at;
    if (found)
        *at = found->next;
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
    pthread_cond_destroy(&t->wake);
    pthread_mutex_destroy(&t->lock);
    mem_free(t);
}
