#include "cameras/progress.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "core/mem.h"
#include "core/rand.h"
#include "support/check.h"

static const struct id one = {"0123456789abcdef01234567"}, two = {"89abcdef0123456789abcdef"};

enum { LONG_MS = 600 * 1000, DEADLINE_S = 60, MAX_WAITERS = 64 };

/* Counts wakes; a test waits for a number of them. */
struct bell {
    pthread_mutex_t lock;
    pthread_cond_t rung;
    int count;
};

struct fixture {
    struct timers *timers;
    struct progress *progress;
    struct bell bell;
};

static int setup(void **state)
{
    struct fixture *f = mem_zalloc(sizeof *f);
    pthread_mutex_init(&f->bell.lock, NULL);
    pthread_cond_init(&f->bell.rung, NULL);
    assert_int_equal(timers_create(&f->timers), ERR_OK);
    assert_int_equal(progress_create(&f->progress, f->timers, MAX_WAITERS), ERR_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    progress_free(f->progress);
    timers_free(f->timers);
    pthread_cond_destroy(&f->bell.rung);
    pthread_mutex_destroy(&f->bell.lock);
    mem_free(f);
    return 0;
}

static void ring(void *arg)
{
    struct bell *b = arg;
    pthread_mutex_lock(&b->lock);
    b->count++;
    pthread_cond_signal(&b->rung);
    pthread_mutex_unlock(&b->lock);
}

static int rings(struct fixture *f)
{
    pthread_mutex_lock(&f->bell.lock);
    int n = f->bell.count;
    pthread_mutex_unlock(&f->bell.lock);
    return n;
}

static void await_rings(struct fixture *f, int n)
{
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += DEADLINE_S;
    pthread_mutex_lock(&f->bell.lock);
    while (f->bell.count < n)
        assert_int_equal(pthread_cond_timedwait(&f->bell.rung, &f->bell.lock, &deadline), 0);
    pthread_mutex_unlock(&f->bell.lock);
}

static enum err wait_for(struct fixture *f, const struct id *device, int64_t timeout_ms)
{
    uint64_t version = progress_version(f->progress, device);
    return progress_wait(f->progress, device, version, timeout_ms, ring, &f->bell);
}

static void a_change_wakes_those_who_wait_for_it(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(wait_for(f, &one, LONG_MS), ERR_OK);
    assert_int_equal(wait_for(f, &one, LONG_MS), ERR_OK);
    assert_int_equal(wait_for(f, &two, LONG_MS), ERR_OK);
    assert_int_equal(rings(f), 0);
    progress_changed(f->progress, &one);
    assert_int_equal(rings(f), 2);
    progress_changed(f->progress, &one);
    assert_int_equal(rings(f), 2);
    progress_changed(f->progress, &two);
    assert_int_equal(rings(f), 3);
}

static void time_that_is_up_wakes_once(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(wait_for(f, &one, 1), ERR_OK);
    await_rings(f, 1);
    progress_changed(f->progress, &one);
    assert_int_equal(rings(f), 1);
}

static void a_change_before_the_wait_is_not_missed(void **state)
{
    struct fixture *f = *state;
    uint64_t version = progress_version(f->progress, &one);
    progress_changed(f->progress, &one);
    assert_int_equal(progress_wait(f->progress, &one, version, LONG_MS, ring, &f->bell), ERR_OK);
    assert_int_equal(rings(f), 1);
}

static void stop_wakes_all_and_refuses(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(wait_for(f, &one, LONG_MS), ERR_OK);
    assert_int_equal(wait_for(f, &two, LONG_MS), ERR_OK);
    progress_stop(f->progress);
    assert_int_equal(rings(f), 2);
    assert_int_equal(wait_for(f, &one, LONG_MS), ERR_BUSY);
    progress_changed(f->progress, &one);
    progress_stop(f->progress);
    assert_int_equal(rings(f), 2);
}

static void the_timers_may_stop_first(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(wait_for(f, &one, LONG_MS), ERR_OK);
    timers_stop(f->timers);
    progress_stop(f->progress);
    assert_int_equal(rings(f), 1);
}

static void too_many_are_refused(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < MAX_WAITERS; i++)
        assert_int_equal(wait_for(f, &one, LONG_MS), ERR_OK);
    assert_int_equal(wait_for(f, &two, LONG_MS), ERR_BUSY);
    progress_changed(f->progress, &one);
    assert_int_equal(rings(f), MAX_WAITERS);
    assert_int_equal(wait_for(f, &two, LONG_MS), ERR_OK);
}

static void memory_may_run_out(void **state)
{
    struct fixture *f = *state;
    struct progress *p;
    mem_fail_after(0, 0);
    assert_int_equal(progress_create(&p, f->timers, 1), ERR_NO_MEMORY);
    long n = 0;
    for (enum err err = ERR_NO_MEMORY; err; n++) {
        mem_fail_after(n, 0);
        err = wait_for(f, &one, LONG_MS);
        assert_true(err == ERR_OK || err == ERR_NO_MEMORY);
    }
    mem_fail_after(-1, 0);
    assert_true(n >= 3); /* the waiter, its timer and what that needs, then it went well */
    progress_changed(f->progress, &one);
    assert_int_equal(rings(f), 1);
}

/* ---- races: changes, times that are up and new waiters, all at once ---- */

enum { WAITS = 1500, WAITING_THREADS = 3 };

struct race {
    struct fixture *f;
    atomic_int taken;
    atomic_bool over;
    atomic_int woken[WAITING_THREADS][WAITS];
};

struct racer {
    struct race *race;
    int number;
    pthread_t thread;
};

static void mark(void *arg)
{
    atomic_fetch_add((atomic_int *)arg, 1);
}

static void *wait_often(void *arg)
{
    struct racer *me = arg;
    struct race *r = me->race;
    for (int i = 0; i < WAITS; i++) {
        const struct id *device = rand_u64() % 2 ? &one : &two;
        uint64_t version = progress_version(r->f->progress, device);
        int64_t timeout_ms = (int64_t)(rand_u64() % 3);
        enum err err =
            progress_wait(r->f->progress, device, version, timeout_ms, mark, &r->woken[me->number][i]);
        if (err)
            mark(&r->woken[me->number][i]); /* refused: not to be called */
        else
            atomic_fetch_add(&r->taken, 1);
    }
    return NULL;
}

static void *change_often(void *arg)
{
    struct race *r = arg;
    while (!atomic_load(&r->over)) {
        progress_changed(r->f->progress, &one);
        progress_changed(r->f->progress, &two);
        sched_yield();
    }
    return NULL;
}

static void each_is_woken_exactly_once(void **state)
{
    static struct race race;
    struct racer racers[WAITING_THREADS];
    pthread_t changer;
    race.f = *state;
    assert_int_equal(pthread_create(&changer, NULL, change_often, &race), 0);
    for (int i = 0; i < WAITING_THREADS; i++) {
        racers[i] = (struct racer){.race = &race, .number = i};
        assert_int_equal(pthread_create(&racers[i].thread, NULL, wait_often, &racers[i]), 0);
    }
    for (int i = 0; i < WAITING_THREADS; i++)
        pthread_join(racers[i].thread, NULL);
    progress_stop(race.f->progress); /* while changes still come */
    atomic_store(&race.over, true);
    pthread_join(changer, NULL);
    assert_true(atomic_load(&race.taken) > 0);
    for (int i = 0; i < WAITING_THREADS; i++)
        for (int j = 0; j < WAITS; j++)
            assert_int_equal(atomic_load(&race.woken[i][j]), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_change_wakes_those_who_wait_for_it),
        TEST(time_that_is_up_wakes_once),
        TEST(a_change_before_the_wait_is_not_missed),
        TEST(stop_wakes_all_and_refuses),
        TEST(the_timers_may_stop_first),
        TEST(too_many_are_refused),
        TEST(memory_may_run_out),
        TEST(each_is_woken_exactly_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
