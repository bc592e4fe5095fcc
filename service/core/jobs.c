#include "core/jobs.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>

#include "core/mem.h"

/* A tenth of a contended core; 19 would starve a login beside a busy neighbour. */
enum { BACKGROUND_NICE = 10 };

struct job {
    void (*fn)(void *arg);
    void *arg;
};

struct jobs {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job *ring;
    size_t cap, head, count, n_threads;
    bool stopping, background;
    char name[16];
    pthread_t threads[];
};

static void *worker(void *arg)
{
    struct jobs *j = arg;
    (void)pthread_setname_np(pthread_self(), j->name);
    if (j->background)
        (void)setpriority(PRIO_PROCESS, 0, BACKGROUND_NICE); /* on Linux of this thread alone */
    pthread_mutex_lock(&j->lock);
    for (;;) {
        while (!j->count && !j->stopping)
            pthread_cond_wait(&j->wake, &j->lock);
        if (!j->count)
            break;
        struct job job = j->ring[j->head];
        j->head = (j->head + 1) % j->cap;
        j->count--;
        pthread_mutex_unlock(&j->lock);
        job.fn(job.arg);
        pthread_mutex_lock(&j->lock);
    }
    pthread_mutex_unlock(&j->lock);
    return NULL;
}

static enum err create(struct jobs **out, const char *name, size_t threads, size_t max_queued,
                       bool background)
{
    struct jobs *j = mem_zalloc(sizeof *j + threads * sizeof j->threads[0]);
    if (!j)
        return ERR_NO_MEMORY;
    j->ring = mem_alloc(max_queued * sizeof *j->ring);
    if (!j->ring) {
        mem_free(j);
        return ERR_NO_MEMORY;
    }
    j->cap = max_queued;
    j->background = background;
    (void)snprintf(j->name, sizeof j->name, "%s", name);
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->wake, NULL);
    for (; j->n_threads < threads; j->n_threads++)
        if (pthread_create(&j->threads[j->n_threads], NULL, worker, j))
            break;
    if (j->n_threads < threads) {
        jobs_free(j);
        return ERR_NO_MEMORY;
    }
    *out = j;
    return ERR_OK;
}

enum err jobs_create(struct jobs **out, const char *name, size_t threads, size_t max_queued)
{
    return create(out, name, threads, max_queued, false);
}

enum err jobs_create_background(struct jobs **out, const char *name, size_t threads, size_t max_queued)
{
    return create(out, name, threads, max_queued, true);
}

enum err jobs_submit(struct jobs *j, void (*fn)(void *arg), void *arg)
{
    enum err e = ERR_OK;
    pthread_mutex_lock(&j->lock);
    if (j->stopping || j->count == j->cap) {
        e = ERR_BUSY;
    } else {
        j->ring[(j->head + j->count) % j->cap] = (struct job){fn, arg};
        j->count++;
        pthread_cond_signal(&j->wake);
    }
    pthread_mutex_unlock(&j->lock);
    return e;
}

size_t jobs_queued(struct jobs *j)
{
    pthread_mutex_lock(&j->lock);
    size_t n = j->count;
    pthread_mutex_unlock(&j->lock);
    return n;
}

void jobs_stop(struct jobs *j)
{
    pthread_mutex_lock(&j->lock);
    j->stopping = true;
    size_t n = j->n_threads;
    j->n_threads = 0;
    pthread_cond_broadcast(&j->wake);
    pthread_mutex_unlock(&j->lock);
    for (size_t i = 0; i < n; i++)
        pthread_join(j->threads[i], NULL);
}

void jobs_free(struct jobs *j)
{
    if (!j)
        return;
    jobs_stop(j);
    pthread_cond_destroy(&j->wake);
    pthread_mutex_destroy(&j->lock);
    mem_free(j->ring);
    mem_free(j);
}
