/* mailbox, jobs, timers: where threads meet. Meant to run under ThreadSanitizer too. */
#include "support/check.h"

#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include "core/clock.h"
#include "core/jobs.h"
#include "core/mailbox.h"
#include "core/timers.h"

/* An event that a test waits for, with a deadline far beyond what is needed. */
static void wait_for(sem_t *event)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 20;
    assert_int_equal(sem_timedwait(event, &end), 0);
}

static void ring(void *event)
{
    sem_post(event);
}

static void a_full_mailbox_is_busy(void **state)
{
    (void)state;
    struct mailbox m;
    sem_t woken;
    int one, two, three;
    sem_init(&woken, 0, 0);
    assert_int_equal(mailbox_init(&m, 2, ring, &woken), ERR_OK);
    assert_null(mailbox_take(&m));
    assert_int_equal(mailbox_post(&m, &one), ERR_OK);
    assert_int_equal(mailbox_post(&m, &two), ERR_OK);
    assert_int_equal(mailbox_post(&m, &three), ERR_BUSY);
    int rings;
    sem_getvalue(&woken, &rings);
    assert_int_equal(rings, 1); /* only the first post of an empty box wakes */
    assert_ptr_equal(mailbox_take(&m), &one);
    assert_int_equal(mailbox_post(&m, &three), ERR_OK);
    mailbox_close(&m);
    assert_int_equal(mailbox_post(&m, &one), ERR_UNAVAILABLE);
    assert_ptr_equal(mailbox_take(&m), &two);
    assert_ptr_equal(mailbox_take(&m), &three);
    assert_null(mailbox_take(&m));
    mailbox_fini(&m);
    sem_destroy(&woken);
}

struct gate {
    sem_t entered, open, done;
};

static void pass_gate(void *arg)
{
    struct gate *g = arg;
    sem_post(&g->entered);
    wait_for(&g->open);
    sem_post(&g->done);
}

static void a_full_pool_is_busy_and_loses_nothing(void **state)
{
    (void)state;
    struct gate g;
    struct jobs *j;
    sem_init(&g.entered, 0, 0);
    sem_init(&g.open, 0, 0);
    sem_init(&g.done, 0, 0);
    assert_int_equal(jobs_create(&j, "test", 1, 2), ERR_OK);
    assert_int_equal(jobs_submit(j, pass_gate, &g), ERR_OK);
    wait_for(&g.entered); /* it runs: the queue is empty again */
    assert_int_equal(jobs_submit(j, pass_gate, &g), ERR_OK);
    assert_int_equal(jobs_submit(j, pass_gate, &g), ERR_OK);
    assert_int_equal(jobs_submit(j, pass_gate, &g), ERR_BUSY);
    assert_int_equal(jobs_queued(j), 2);
    for (int i = 0; i < 3; i++)
        sem_post(&g.open);
    jobs_stop(j); /* runs those accepted */
    int done;
    sem_getvalue(&g.done, &done);
    assert_int_equal(done, 3);
    assert_int_equal(jobs_submit(j, pass_gate, &g), ERR_BUSY);
    jobs_free(j);
    sem_destroy(&g.entered);
    sem_destroy(&g.open);
    sem_destroy(&g.done);
}

static void timers_ring_once_and_can_be_cancelled(void **state)
{
    (void)state;
    struct timers *t;
    sem_t near, far;
    uint64_t near_id, far_id;
    sem_init(&near, 0, 0);
    sem_init(&far, 0, 0);
    assert_int_equal(timers_create(&t), ERR_OK);
    assert_int_equal(timers_after(t, 3600 * 1000, ring, &far, &far_id), ERR_OK);
    assert_int_equal(timers_after(t, 1, ring, &near, &near_id), ERR_OK);
    wait_for(&near);
    assert_false(timers_cancel(t, near_id));
    assert_true(timers_cancel(t, far_id));
    assert_false(timers_cancel(t, far_id));
    assert_int_equal(timers_after(t, 3600 * 1000, ring, &far, &far_id), ERR_OK);
    timers_stop(t);
    timers_free(t);
    int rings;
    sem_getvalue(&far, &rings);
    assert_int_equal(rings, 0);
    sem_destroy(&near);
    sem_destroy(&far);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_mailbox_is_busy),
        cmocka_unit_test(a_full_pool_is_busy_and_loses_nothing),
        cmocka_unit_test(timers_ring_once_and_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
