/* The relay on real sockets: what travels, in which order, and how each socket ends. */
#include "live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "provisioning/frame.h"
#include "support/check.h"

enum { SOON = 10000 };

static void watch(struct ws_client *w, int device, const char *more)
{
    assert_true(ws_client_text(w, "{\"type\":\"watch\",\"id\":7,\"device_id\":\"%s\"%s}",
                               live_device[device].s, more));
    assert_true(ws_client_find(w, "\"type\":\"watching\"", SOON));
}

static void test_frames_travel_unchanged(void **state)
{
    struct live l;
    struct ws_client camera, viewer, raw;
    uint8_t jpeg[20000];
    (void)state;
    live_start(&l, NULL);
    live_device_open(&l, &camera, 1);
    live_user_open(&l, &viewer, 1);
    live_user_open(&l, &raw, 1);
    watch(&viewer, 1, "");
    assert_non_null(strstr((char *)viewer.message, "\"online\":true"));
    assert_non_null(strstr((char *)viewer.message, "\"id\":7"));
    assert_true(ws_client_find(&camera, "\"type\":\"start\"", SOON));
    watch(&raw, 1, ",\"framing\":\"raw\"");

    for (unsigned i = 1; i <= 5; i++) {
        live_jpeg(jpeg, sizeof jpeg, i);
        assert_true(ws_client_binary(&camera, jpeg, sizeof jpeg));
        int got;
        while ((got = ws_client_next(&viewer, SOON)) == WS_TEXT)
            ;
        assert_int_equal(got, WS_BINARY);
        struct prov_frame f;
        assert_int_equal(prov_frame_decode(viewer.message, viewer.len, &f), PROV_OK);
        assert_int_equal(f.seq, i);
        assert_int_equal(f.channel, 1);
        assert_true(f.captured_us == f.received_us);
        assert_int_equal(viewer.len, PROV_FRAME_HEADER + sizeof jpeg);
        assert_memory_equal(viewer.message + PROV_FRAME_HEADER, jpeg, sizeof jpeg);
        while ((got = ws_client_next(&raw, SOON)) == WS_TEXT)
            ;
        assert_int_equal(got, WS_BINARY);
        assert_int_equal(raw.len, sizeof jpeg);
        assert_memory_equal(raw.message, jpeg, sizeof jpeg);
    }
    assert_true(live_told(&l, "first_frame dddddddddddddddddddddd01"));
    ws_client_fini(&camera);
    assert_true(ws_client_find(&viewer, "\"online\":false", SOON));
    ws_client_fini(&viewer);
    ws_client_fini(&raw);
    live_stop(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_travel_unchanged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
