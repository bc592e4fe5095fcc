#include "http/reaper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/mem.h"
#include "http/problem.h"

enum {
    LINGERERS = 64,
    LINGER_MS = 5000,
    LINGER_BYTES = 8 << 20, /* then it closes hard */
    BODY_MS = 20000,
    TICK_MS = 1000, /* deadlines are looked at at least this often; the clock may be a test's */
};

struct lingerer {
    int fd;
    size_t bytes;
    int64_t deadline_us;
};

struct reaper {
    const struct clock *clock;
    pthread_mutex_t lock;
    struct reaper_entry *first, *last; /* oldest first: all wait equally long */
    struct lingerer lingerers[LINGERERS];
    size_t n_lingerers;
    bool stopping;
    bool asleep; /* without a limit: there is nothing to watch */
    int wake;
    pthread_t thread;
};

static int64_t now_us(const struct reaper *r)
{
    return r->clock->mono_us(r->clock);
}

static void rouse(const struct reaper *r)
{
    const uint64_t one = 1;
    (void)!write(r->wake, &one, sizeof one);
}

static void drop(struct reaper *r, struct reaper_entry *e)
{
    if (!e->deadline_us)
        return;
    *(e->prev ? &e->prev->next : &r->first) = e->next;
    *(e->next ? &e->next->prev : &r->last) = e->prev;
    e->deadline_us = 0;
}

void reaper_enter(struct reaper *r, struct reaper_entry *e)
{
    pthread_mutex_lock(&r->lock);
    e->deadline_us = now_us(r) + BODY_MS * 1000;
    e->prev = r->last;
    e->next = NULL;
    *(r->last ? &r->last->next : &r->first) = e;
    r->last = e;
    if (r->asleep)
        rouse(r);
    pthread_mutex_unlock(&r->lock);
}

bool reaper_leave(struct reaper *r, struct reaper_entry *e)
{
    pthread_mutex_lock(&r->lock);
    drop(r, e);
    bool alive = !e->reaped;
    pthread_mutex_unlock(&r->lock);
    return alive;
}

void reaper_linger(struct reaper *r, int fd)
{
    pthread_mutex_lock(&r->lock);
    if (r->n_lingerers < LINGERERS) {
        int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
        if (copy >= 0)
            r->lingerers[r->n_lingerers++] =
                (struct lingerer){.fd = copy, .deadline_us = now_us(r) + LINGER_MS * 1000};
        rouse(r); /* it sleeps without this one among its descriptors */
    }
    pthread_mutex_unlock(&r->lock);
}

/* Ends the connection under libmicrohttpd: it sees the end of the stream and closes. The socket cannot be
 * closed meanwhile, reaper_leave comes before that and waits for the lock. */
static void reap(struct reaper *r, struct reaper_entry *e)
{
    char text[PROBLEM_RAW_BYTES];
    size_t len =
        problem_raw(ERR_TIMEOUT, &(struct problem_words){.error_first = e->error_first}, e->request_id, text);
    drop(r, e);
    e->reaped = true;
    (void)send(e->fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(e->fd, SHUT_RDWR);
}

/* True while there may be more to come. */
static bool drain(struct lingerer *l)
{
    char scratch[16384];
    while (l->bytes < LINGER_BYTES) {
        ssize_t n = recv(l->fd, scratch, sizeof scratch, MSG_DONTWAIT);
        if (n <= 0)
            return n < 0 && (errno == EAGAIN || errno == EINTR);
        mem_wipe(scratch, (size_t)n);
        l->bytes += (size_t)n;
    }
    return false;
}

static void turn(struct reaper *r)
{
    int64_t now = now_us(r);
    while (r->first && r->first->deadline_us <= now)
        reap(r, r->first);
    for (size_t i = 0; i < r->n_lingerers;) {
        struct lingerer *l = &r->lingerers[i];
        if (drain(l) && l->deadline_us > now) {
            i++;
            continue;
        }
        close(l->fd);
        *l = r->lingerers[--r->n_lingerers];
    }
}

static void *run(void *arg)
{
    struct reaper *r = arg;
    struct pollfd fds[LINGERERS + 1];
    (void)pthread_setname_np(pthread_self(), "http-reaper");
    pthread_mutex_lock(&r->lock);
    while (!r->stopping) {
        turn(r);
        fds[0] = (struct pollfd){.fd = r->wake, .events = POLLIN};
        size_t n = 1;
        for (; n <= r->n_lingerers; n++)
            fds[n] = (struct pollfd){.fd = r->lingerers[n - 1].fd, .events = POLLIN};
        r->asleep = n == 1 && !r->first;
        int timeout = r->asleep ? -1 : TICK_MS;
        pthread_mutex_unlock(&r->lock);
        (void)poll(fds, n, timeout);
        uint64_t woken;
        if (fds[0].revents)
            (void)!read(r->wake, &woken, sizeof woken);
        pthread_mutex_lock(&r->lock);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

enum err reaper_create(struct reaper **out, const struct clock *clock)
{
    struct reaper *r = mem_zalloc(sizeof *r);
    if (!r)
        return ERR_NO_MEMORY;
    r->clock = clock;
    r->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&r->lock, NULL);
    if (r->wake < 0 || pthread_create(&r->thread, NULL, run, r)) {
        if (r->wake >= 0)
            close(r->wake);
        pthread_mutex_destroy(&r->lock);
        mem_free(r);
        return ERR_NO_MEMORY;
    }
    *out = r;
    return ERR_OK;
}

void reaper_free(struct reaper *r)
{
    if (!r)
        return;
    pthread_mutex_lock(&r->lock);
    r->stopping = true;
    rouse(r);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    for (size_t i = 0; i < r->n_lingerers; i++)
        close(r->lingerers[i].fd);
    close(r->wake);
    pthread_mutex_destroy(&r->lock);
    mem_free(r);
}
