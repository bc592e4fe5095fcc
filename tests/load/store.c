/* The store alone, as fast as it goes: operations a second and this process's CPU time for each.
 *   load_store sqlite:FILE|mongodb://… THREADS SECONDS
 * The database must be empty; it holds one user with 50 cameras afterwards, and what was activated. */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "auth/secret.h"
#include "core/mem.h"
#include "core/rand.h"
#include "store/mongo/mongo.h"
#include "store/sqlite/sqlite.h"

enum { CAMERAS = 50, MOST_THREADS = 64, TTL_MS = 3600 * 1000 };

static const int64_t now_ms = 1700000000000;

struct load {
    struct store *s;
    struct id user;
    struct secret_hash pending;
    enum err (*once)(struct load *l);
    atomic_bool stop;
    atomic_uint_fast64_t count;
};

static double seconds_of(const struct timespec *t)
{
    return (double)t->tv_sec + (double)t->tv_nsec / 1e9;
}

static struct secret_hash random_hash(void)
{
    struct secret_hash h;
    rand_bytes(h.b, sizeof h.b);
    return h;
}

static enum err add_camera(struct store *s, const struct id *owner, struct secret_hash *token)
{
    struct camera c = {.owner_id = *owner,
                       .device_name = "Camera",
                       .camera_model = "ESP32_S3_CAM",
                       .wifi_ssid = "MyWiFi",
                       .token = random_hash(),
                       .claim = random_hash(),
                       .created_ms = now_ms,
                       .token_expires_ms = now_ms + TTL_MS};
    rand_id(c.id.s);
    *token = c.token;
    return s->camera_create(s, &c);
}

static void make_key(void *arg, const struct id *id, struct secret_hash *hash)
{
    (void)arg;
    (void)id;
    *hash = random_hash();
}

/* ---- what is measured ---- */

static enum err check_status(struct load *l)
{
    struct camera c;
    return l->s->camera_by_token(l->s, &l->pending, NULL, &c);
}

static enum err list_devices(struct load *l)
{
    const struct store_camera_filter f = {.now_ms = now_ms, .limit = CAMERAS};
    struct camera_page page;
    enum err e = l->s->camera_list(l->s, &l->user, &f, &page);
    if (!e)
        mem_free(page.data);
    return e;
}

/* An onboarding and its activation: two writes. */
static enum err onboard_and_activate(struct load *l)
{
    char uid[RAND_ID_BYTES];
    struct camera c;
    struct store_activation a = {.device_uid = uid, .now_ms = now_ms};
    rand_id(uid);
    enum err e = add_camera(l->s, &l->user, &a.token);
    return e ? e : l->s->camera_activate(l->s, &a, make_key, NULL, &c);
}

/* ---- measuring ---- */

static void *work(void *arg)
{
    struct load *l = arg;
    while (!atomic_load(&l->stop)) {
        enum err e = l->once(l);
        if (e) {
            (void)fprintf(stderr, "load_store: %s\n", err_word(e));
            exit(1);
        }
        atomic_fetch_add(&l->count, 1);
    }
    return NULL;
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return seconds_of(&t);
}

static void measure(struct load *l, const char *name, enum err (*once)(struct load *l), int threads,
                    int seconds)
{
    pthread_t thread[MOST_THREADS];
    struct timespec begin, end, duration = {.tv_sec = seconds};
    l->once = once;
    atomic_store(&l->stop, false);
    atomic_store(&l->count, 0);
    double cpu = cpu_seconds();
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (int i = 0; i < threads; i++)
        if (pthread_create(&thread[i], NULL, work, l))
            exit(1);
    nanosleep(&duration, NULL);
    atomic_store(&l->stop, true);
    for (int i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &end);
    uint64_t n = atomic_load(&l->count);
    (void)printf("%-22s %2d threads %9.0f/s %8.1f us CPU each\n", name, threads,
                 (double)n / (seconds_of(&end) - seconds_of(&begin)),
                 (cpu_seconds() - cpu) * 1e6 / (double)n);
}

static enum err open_store(const char *where, int threads, struct store **out)
{
    if (strncmp(where, "sqlite:", 7) == 0)
        return sqlite_store_open(where + 7, out);
    const struct mongo_config config = {.uri = where,
                                        .pool = threads,
                                        .timeout_ms = 20000,
                                        .wait_ms = 20000,
                                        .retry = true,
                                        .hash = secret_hash_of};
    return mongo_store_open(&config, out);
}

static enum err fill(struct load *l)
{
    struct user u = {.username = "load", .is_active = true, .created_ms = now_ms};
    rand_id(u.id.s);
    l->user = u.id;
    enum err e = l->s->user_create(l->s, &u);
    for (int i = 0; i < CAMERAS && !e; i++)
        e = add_camera(l->s, &l->user, &l->pending);
    return e;
}

int main(int argc, char **argv)
{
    static struct load l;
    int threads = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 4,
        seconds = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 5;
    if (argc < 2 || threads < 1 || threads > MOST_THREADS || seconds < 1) {
        (void)fprintf(stderr, "usage: load_store sqlite:FILE|mongodb://... [threads] [seconds]\n");
        return 2;
    }
    enum err e = open_store(argv[1], threads, &l.s);
    e = e ? e : fill(&l);
    if (e) {
        (void)fprintf(stderr, "load_store: %s\n", err_word(e));
        return 1;
    }
    measure(&l, "check-status", check_status, threads, seconds);
    measure(&l, "devices, a page of 50", list_devices, threads, seconds);
    measure(&l, "onboard and activate", onboard_and_activate, threads, seconds);
    l.s->close(l.s);
    return 0;
}
