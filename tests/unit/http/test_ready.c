/* GET /readyz: the store is asked, at most once a second. */
#include "rig.h"

#include <semaphore.h>

#include "http/api/api.h"
#include "support/descriptors.h"

static struct rig rig;
static int pings;
static enum err answer;
static bool slow;
static sem_t asked, go_on;

static enum err ping(struct store *s)
{
    __atomic_add_fetch(&pings, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&slow, __ATOMIC_SEQ_CST)) {
        sem_post(&asked);
        sem_wait(&go_on);
    }
    return __atomic_load_n(&answer, __ATOMIC_SEQ_CST);
}

static void expect(int status, int pinged)
{
    struct http_response res;
    http_client_once(rig.port, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n", &res);
    if (status == 200)
        assert_int_equal(res.status, 200);
    else
        rig_expect_problem(&res, status, "store_unavailable");
    http_response_free(&res);
    assert_int_equal(__atomic_load_n(&pings, __ATOMIC_SEQ_CST), pinged);
}

static void test_ready(void **state)
{
    static struct api api;
    rig_init(&rig);
    rig.store.store.ping = ping;
    api = (struct api){.store = &rig.store.store, .clock = &rig.clock.clock, .conf = &rig.conf};
    rig_start(&rig, api_routes, &api);
    expect(200, 1);
    __atomic_store_n(&answer, ERR_UNAVAILABLE, __ATOMIC_SEQ_CST);
    fake_clock_advance_ms(&rig.clock, 999);
    expect(200, 1);
    fake_clock_advance_ms(&rig.clock, 1);
    expect(503, 2);
    expect(503, 2);
    __atomic_store_n(&answer, ERR_OK, __ATOMIC_SEQ_CST);
    fake_clock_advance_ms(&rig.clock, 1000);
    expect(200, 3);
    /* while it hangs it is not asked by everybody */
    struct http_client c;
    struct http_response res;
    sem_init(&asked, 0, 0);
    sem_init(&go_on, 0, 0);
    __atomic_store_n(&slow, true, __ATOMIC_SEQ_CST);
    fake_clock_advance_ms(&rig.clock, 1000);
    http_client_open(&c, rig.port);
    http_client_say(&c, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n");
    sem_wait(&asked);
    expect(200, 4);
    sem_post(&go_on);
    assert_true(http_client_read(&c, &res, false));
    assert_int_equal(res.status, 200);
    http_response_free(&res);
    http_client_close(&c);
    rig_stop(&rig);
}

int main(void)
{
    descriptors_remember();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ready),
        cmocka_unit_test(descriptors_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
