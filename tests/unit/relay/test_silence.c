/* The relay on real sockets: who says nothing, and when it was the relay that heard nothing. */
#include <poll.h>
#include <stdatomic.h>

#include "live.h"
#include "support/check.h"

static bool says(struct ws_client *w, const char *needle)
{
    return ws_client_find(w, needle, SOON);
}

static void test_silence(void **state)
{
    struct live l;
    struct ws_client polite, silent;
    const struct relay_config config = {.ping_after_ms = 60, .dead_after_ms = 3000};
    (void)state;
    live_start(&l, &config);
    live_device_open(&l, &silent, 1);
    silent.silent = true;
    live_user_open(&l, &polite, 1);
    while (!live_count(&l, "offline dddddddddddddddddddddd01 2"))
        assert_int_equal(ws_client_next(&polite, 10), WS_TIMEOUT); /* answers pings meanwhile */
    assert_int_equal(ws_client_close_code(&silent, SOON), 4408);
    assert_true(ws_client_text(&polite, "{\"type\":\"ping\"}"));
    assert_true(says(&polite, "pong"));
    ws_client_fini(&polite);
    ws_client_fini(&silent);
    live_stop(&l);
}

/* The machine's clock and more. */
static struct clock leaping;
static _Atomic int64_t leapt_us;

static int64_t leaping_mono_us(const struct clock *c)
{
    return clock_system()->mono_us(clock_system()) + leapt_us;
}

static int64_t leaping_wall_us(const struct clock *c)
{
    return clock_system()->wall_us(clock_system()) + leapt_us;
}

/* What a peer said while the machine slept counts before the time that passed. */
static void test_standstill(void **state)
{
    struct live l;
    struct ws_client camera, viewer;
    leaping = (struct clock){.wall_us = leaping_wall_us, .mono_us = leaping_mono_us};
    const struct relay_config config = {.ping_after_ms = 60, .dead_after_ms = SOON, .clock = &leaping};
    live_start(&l, &config);
    live_user_open(&l, &viewer, 1);
    struct pollfd ping = {.fd = viewer.fd, .events = POLLIN};
    assert_int_equal(poll(&ping, 1, SOON), 1);
    live_device_open(&l, &camera, 1);
    l.standstill = true;
    assert_true(ws_client_text(&camera, "{\"type\":\"telemetry\",\"rssi\":-60}"));
    assert_true(live_told(&l, "telemetry"));
    assert_true(ws_client_frame(&viewer, WS_PONG, true, NULL, 0));
    assert_int_equal(ws_client_next(&viewer, 100), WS_TIMEOUT); /* until the relay's timer is late */
    leapt_us += 2LL * SOON * 1000;
    live_go_on(&l);
    assert_true(ws_client_text(&viewer, "{\"type\":\"ping\"}"));
    assert_true(says(&viewer, "pong"));
    ws_client_fini(&camera);
    ws_client_fini(&viewer);
    live_stop(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_silence),
        cmocka_unit_test(test_standstill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
