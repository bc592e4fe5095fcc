/* GET /readyz: the store is asked, at most once a second. */
#include "rig.h"

#include "http/api/api.h"
#include "support/descriptors.h"

static struct rig rig;
static int pings;
static enum err answer;

static enum err ping(struct store *s)
{
    __atomic_add_fetch(&pings, 1, __ATOMIC_SEQ_CST);
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
