#include "http/parking.h"

#include <time.h>

#include "core/log.h"
#include "http/reply.h"
#include "http/request.h"

enum { LAST_WORD_MS = 1000 }; /* for the 503 of those given up */

bool parking_is_open(struct http_server *s)
{
    pthread_mutex_lock(&s->lock);
    bool open = !s->stopping;
    pthread_mutex_unlock(&s->lock);
    return open;
}

void parking_end(struct http_exchange *x)
{
    struct http_server *s = x->server;
    pthread_mutex_lock(&s->lock);
    bool held = x->state == EXCHANGE_ABANDONED;
    if (held)
        x->state = EXCHANGE_ORPHAN;
    if (--s->active == 0)
        pthread_cond_broadcast(&s->idle);
    pthread_mutex_unlock(&s->lock);
    if (!held)
        request_free(x);
}

static void unlink_parked(struct http_exchange *x)
{
    *(x->prev ? &x->prev->next : &x->server->parked) = x->next;
    if (x->next)
        x->next->prev = x->prev;
}

bool parking_enter(struct http_exchange *x)
{
    struct http_server *s = x->server;
    http_server_suspend(x); /* first: whoever sees it parked may resume it at once */
    pthread_mutex_lock(&s->lock);
    bool finished = x->state == EXCHANGE_FINISHED, park = !finished && !s->closed;
    if (park) {
        x->state = EXCHANGE_PARKED;
        x->prev = NULL;
        x->next = s->parked;
        if (x->next)
            x->next->prev = x;
        s->parked = x;
    } else if (!finished) {
        x->state = EXCHANGE_ABANDONED;
    }
    pthread_mutex_unlock(&s->lock);
    if (!park)
        http_server_resume(x);
    return park || finished;
}

bool parking_is_abandoned(struct http_exchange *x)
{
    pthread_mutex_lock(&x->server->lock);
    bool abandoned = x->state == EXCHANGE_ABANDONED || x->state == EXCHANGE_ORPHAN;
    pthread_mutex_unlock(&x->server->lock);
    return abandoned;
}

static void let_go(struct http_exchange *x, enum exchange_state state)
{
    struct http_server *s = x->server;
    pthread_mutex_lock(&s->lock);
    bool resume = x->state == EXCHANGE_PARKED, free_it = x->state == EXCHANGE_ORPHAN;
    if (resume)
        unlink_parked(x);
    x->state = state;
    pthread_mutex_unlock(&s->lock);
    if (resume)
        http_server_resume(x); /* suspended until here, so it cannot have gone meanwhile */
    if (free_it)
        request_free(x);
}

void http_finish(struct http_exchange *x)
{
    reply_seal(x);
    let_go(x, EXCHANGE_FINISHED);
}

void parking_leave(struct http_exchange *x)
{
    let_go(x, EXCHANGE_OURS);
}

/* Takes one parked exchange from its handler; NULL when there is none. */
static struct http_exchange *abandon_one(struct http_server *s)
{
    pthread_mutex_lock(&s->lock);
    struct http_exchange *x = s->parked;
    s->closed = true;
    if (x) {
        unlink_parked(x);
        x->state = EXCHANGE_ABANDONED;
    }
    pthread_mutex_unlock(&s->lock);
    return x;
}

/* How many are under way still after that time. */
static size_t wait_idle(struct http_server *s, int wait_ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000;
    until.tv_sec += wait_ms / 1000 + until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&s->lock);
    int waited = 0;
    while (s->active && !waited)
        waited = pthread_cond_timedwait(&s->idle, &s->lock, &until);
    size_t left = s->active;
    pthread_mutex_unlock(&s->lock);
    return left;
}

void parking_close(struct http_server *s, int drain_ms)
{
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_mutex_unlock(&s->lock);
    size_t left = wait_idle(s, drain_ms);
    if (left)
        log_event(LOG_WARN, "http.stop_cut", "requests=%zu", left);
    struct http_exchange *x;
    while ((x = abandon_one(s)))
        http_server_resume(x);
    if (left)
        (void)wait_idle(s, LAST_WORD_MS);
}
