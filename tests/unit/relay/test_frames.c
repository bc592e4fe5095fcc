/* The relay on real sockets: pictures, byte for byte, in order, the newest when one falls behind. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "live.h"
#include "provisioning/frame.h"
#include "support/check.h"

static void test_frames_travel_unchanged(void **state)
{
    struct live l;
    struct ws_client camera, viewer, raw;
    uint8_t jpeg[20000];
    uint32_t seq;
    (void)state;
    live_start(&l, NULL);
    live_device_open(&l, &camera, 1);
    live_user_open(&l, &viewer, 1);
    live_user_open(&l, &raw, 1);
    live_watch(&viewer, 1, "");
    assert_non_null(strstr((char *)viewer.message, "\"online\":true"));
    assert_non_null(strstr((char *)viewer.message, "\"id\":7"));
    assert_non_null(strstr((char *)viewer.message, "\"channel\":1"));
    assert_true(ws_client_find(&camera, "{\"type\":\"start\",\"fps\":15}", SOON));
    live_watch(&raw, 1, ",\"framing\":\"raw\"");
    assert_true(ws_client_find(&viewer, "\"count\":2", SOON));

    for (unsigned i = 1; i <= 5; i++) {
        live_jpeg(jpeg, sizeof jpeg, i);
        assert_true(ws_client_binary(&camera, jpeg, sizeof jpeg));
        assert_true(live_picture(&viewer, &seq));
        assert_int_equal(seq, i);
        assert_int_equal(viewer.len, PROV_FRAME_HEADER + sizeof jpeg);
        assert_memory_equal(viewer.message + PROV_FRAME_HEADER, jpeg, sizeof jpeg);
        assert_true(live_picture(&raw, NULL));
        assert_int_equal(raw.len, sizeof jpeg);
        assert_memory_equal(raw.message, jpeg, sizeof jpeg);
    }
    assert_true(live_told(&l, "first_frame dddddddddddddddddddddd01"));
    ws_client_fini(&camera);
    assert_true(ws_client_find(&viewer, "\"online\":false", SOON));
    assert_true(live_told(&l, "offline dddddddddddddddddddddd01 2"));
    ws_client_fini(&viewer);
    ws_client_fini(&raw);
    live_stop(&l);
}

static void test_fragments_are_joined(void **state)
{
    struct live l;
    struct ws_client camera, viewer;
    static uint8_t jpeg[40 * 1024];
    (void)state;
    live_start(&l, NULL);
    live_device_open(&l, &camera, 1);
    live_user_open(&l, &viewer, 1);
    live_watch(&viewer, 1, "");
    /* 1 KiB each as esp_websocket_client sends them, an empty last one, single bytes, more than the receive
     * buffer */
    const size_t pieces[] = {1024, 1000, sizeof jpeg, 70000, 7};
    for (unsigned i = 0; i < 5; i++) {
        uint32_t seq;
        live_jpeg(jpeg, sizeof jpeg, i);
        assert_true(ws_client_pieces(&camera, WS_BINARY, jpeg, sizeof jpeg, pieces[i]));
        assert_true(live_picture(&viewer, &seq));
        assert_int_equal(seq, i + 1);
        assert_int_equal(viewer.len, PROV_FRAME_HEADER + sizeof jpeg);
        assert_memory_equal(viewer.message + PROV_FRAME_HEADER, jpeg, sizeof jpeg);
    }
    /* text in pieces, with a ping between them */
    const char *ping = "{\"type\":\"ping\",\"id\":\"in pieces\"}";
    assert_true(ws_client_frame(&viewer, WS_TEXT, false, ping, 5));
    assert_true(ws_client_frame(&viewer, WS_PING, true, "x", 1));
    assert_true(ws_client_frame(&viewer, 0, false, ping + 5, 10));
    assert_true(ws_client_frame(&viewer, 0, true, ping + 15, strlen(ping) - 15));
    assert_true(ws_client_find(&viewer, "\"id\":\"in pieces\"", SOON));
    ws_client_fini(&camera);
    ws_client_fini(&viewer);
    live_stop(&l);
}

static void send_framed(struct ws_client *camera, uint64_t captured_us, unsigned seed)
{
    uint8_t message[PROV_FRAME_HEADER + 500];
    struct prov_frame f = {.channel = 9, .seq = 77, .captured_us = captured_us, .received_us = 5};
    prov_frame_encode(&f, message);
    live_jpeg(message + PROV_FRAME_HEADER, 500, seed);
    assert_true(ws_client_binary(camera, message, sizeof message));
}

static void test_a_camera_may_frame(void **state)
{
    struct live l;
    struct ws_client camera, viewer;
    struct prov_frame f;
    uint8_t jpeg[500];
    (void)state;
    live_start(&l, NULL);
    live_device_open(&l, &camera, 1);
    assert_true(ws_client_text(
        &camera,
        "{\"type\":\"register\",\"framing\":\"header\",\"firmware\":\"1.2\",\"local_ip\":\"10.0.0.9\"}"));
    assert_true(ws_client_find(&camera, "\"type\":\"registered\"", SOON));
    assert_true(live_told(&l, "online dddddddddddddddddddddd01 firmware=1.2 local_ip=10.0.0.9"));
    live_user_open(&l, &viewer, 1);
    live_watch(&viewer, 1, "");

    uint64_t now = (uint64_t)clock_system()->wall_us(clock_system());
    const struct {
        uint64_t captured_us;
        bool kept;
    } cases[] = {{now - 2000000, true}, {0, false}, {now - 61000000, false}, {now + 90000000, false}};
    for (unsigned i = 0; i < 4; i++) {
        send_framed(&camera, cases[i].captured_us, i);
        assert_true(live_picture(&viewer, NULL));
        assert_int_equal(prov_frame_decode(viewer.message, viewer.len, &f), PROV_OK);
        assert_int_equal(f.seq, i + 1);
        assert_int_equal(f.channel, 1);
        assert_true(f.received_us >= now && f.received_us < now + 60000000);
        assert_true(f.captured_us == (cases[i].kept ? cases[i].captured_us : f.received_us));
        live_jpeg(jpeg, sizeof jpeg, i);
        assert_memory_equal(viewer.message + PROV_FRAME_HEADER, jpeg, sizeof jpeg);
    }
    /* a bare JPEG is no frame of this framing */
    assert_true(ws_client_binary(&camera, jpeg, sizeof jpeg));
    assert_true(ws_client_find(&camera, "bad_frame", SOON));
    ws_client_fini(&camera);
    ws_client_fini(&viewer);
    live_stop(&l);
}

static void test_garbage_is_refused_and_the_socket_stays(void **state)
{
    struct live l;
    struct ws_client camera;
    uint8_t jpeg[500];
    struct relay_stats stats;
    (void)state;
    live_start(&l, NULL);
    live_device_open(&l, &camera, 1);
    live_jpeg(jpeg, sizeof jpeg, 1);
    jpeg[498] = 0;
    assert_true(ws_client_binary(&camera, jpeg, sizeof jpeg));
    assert_true(ws_client_find(&camera, "\"code\":\"bad_frame\"", SOON));
    assert_true(ws_client_binary(&camera, "", 0));
    assert_true(ws_client_find(&camera, "\"code\":\"bad_frame\"", SOON));
    jpeg[498] = 0xff;
    assert_true(ws_client_binary(&camera, jpeg, sizeof jpeg));
    assert_true(live_told(&l, "first_frame"));
    relay_stats(l.relay, &stats);
    assert_int_equal(stats.dropped_bad, 2);
    assert_int_equal(stats.frames_in, 1);
    ws_client_fini(&camera);
    live_stop(&l);
}

static void test_who_lags_sees_the_newest(void **state)
{
    enum { FRAMES = 200, BYTES = 100 * 1024 };
    struct live l;
    struct ws_client camera, fast, slow;
    uint8_t *jpeg = malloc(BYTES);
    struct relay_stats stats;
    int small = 16 * 1024;
    uint32_t seq = 0, seen = 0, last = 0;
    const struct relay_config config = {.dead_after_ms = 10 * SOON}; /* who reads late pongs late */
    (void)state;
    live_start(&l, &config);
    live_device_open(&l, &camera, 1);
    live_user_open(&l, &fast, 1);
    live_user_open(&l, &slow, 1);
    assert_int_equal(setsockopt(slow.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    live_watch(&fast, 1, "");
    live_watch(&slow, 1, ",\"max_age_ms\":600000");
    for (unsigned i = 1; i <= FRAMES; i++) {
        live_jpeg(jpeg, BYTES, i);
        assert_true(ws_client_binary(&camera, jpeg, BYTES));
        assert_true(live_picture(&fast, &seq));
        assert_int_equal(seq, i);
    }
    while (last < FRAMES) {
        assert_true(live_picture(&slow, &seq));
        assert_true(seq > last);
        last = seq;
        seen++;
        live_jpeg(jpeg, BYTES, seq);
        assert_memory_equal(slow.message + PROV_FRAME_HEADER, jpeg, BYTES);
    }
    assert_true(seen < FRAMES / 2);
    relay_stats(l.relay, &stats);
    assert_true(stats.dropped_newer >= FRAMES - seen);
    ws_client_fini(&camera);
    ws_client_fini(&fast);
    ws_client_fini(&slow);
    live_stop(&l);
    free(jpeg);
}

static void test_the_kept_frame_comes_at_once(void **state)
{
    struct live l;
    struct ws_client camera, viewer;
    uint8_t jpeg[300];
    uint32_t seq;
    (void)state;
    live_start(&l, NULL);
    live_device_open(&l, &camera, 1);
    live_jpeg(jpeg, sizeof jpeg, 3);
    assert_true(ws_client_binary(&camera, jpeg, sizeof jpeg));
    assert_true(live_told(&l, "first_frame"));
    live_user_open(&l, &viewer, 1);
    live_watch(&viewer, 1, ",\"max_age_ms\":60000");
    assert_non_null(strstr((char *)viewer.message, "\"width\":64,\"height\":48"));
    assert_true(live_picture(&viewer, &seq));
    assert_int_equal(seq, 1);
    /* again for the same device: in place, the same channel; a bare second watch does not fit */
    live_watch(&viewer, 1, ",\"max_fps\":0.5");
    assert_non_null(strstr((char *)viewer.message, "\"channel\":1"));
    assert_true(ws_client_find(&camera, "{\"type\":\"start\",\"fps\":0.5}", SOON));
    assert_true(ws_client_text(&viewer, "{\"type\":\"watch\",\"device_id\":\"%s\",\"framing\":\"raw\"}",
                               live_device[2].s));
    assert_true(ws_client_find(&viewer, "\"code\":\"conflict\"", SOON));
    live_watch(&viewer, 2, "");
    assert_non_null(strstr((char *)viewer.message, "\"channel\":2"));
    assert_non_null(strstr((char *)viewer.message, "\"online\":false"));
    ws_client_fini(&camera);
    ws_client_fini(&viewer);
    live_stop(&l);
}

static void test_start_and_stop(void **state)
{
    struct live l;
    struct ws_client camera, one, two;
    const struct relay_config config = {.stop_linger_ms = 50};
    (void)state;
    live_start(&l, &config);
    live_user_open(&l, &one, 1);
    live_watch(&one, 1, ",\"max_fps\":3");
    live_device_open(&l, &camera, 1);
    assert_true(ws_client_find(&camera, "{\"type\":\"start\",\"fps\":3}", SOON));
    assert_true(ws_client_find(&one, "\"online\":true", SOON));
    live_user_open(&l, &two, 2);
    live_watch(&two, 1, "");
    assert_true(ws_client_find(&camera, "{\"type\":\"start\",\"fps\":15}", SOON));
    ws_client_fini(&two);
    assert_true(ws_client_find(&camera, "{\"type\":\"start\",\"fps\":3}", SOON));
    assert_true(
        ws_client_text(&one, "{\"type\":\"unwatch\",\"id\":1,\"device_id\":\"%s\"}", live_device[1].s));
    assert_true(ws_client_find(&one, "\"type\":\"unwatched\"", SOON));
    assert_true(ws_client_find(&camera, "{\"type\":\"stop\"}", SOON));
    assert_true(live_told(&l, "viewers dddddddddddddddddddddd01 0"));
    ws_client_fini(&camera);
    ws_client_fini(&one);
    live_stop(&l);
}

/* ---- snapshots ---- */

struct shot {
    pthread_mutex_t lock;
    pthread_cond_t done;
    int times;
    enum err err;
    struct relay_packet *packet;
};

static void on_shot(void *arg, enum err err, struct relay_packet *packet)
{
    struct shot *s = arg;
    pthread_mutex_lock(&s->lock);
    s->times++;
    s->err = err;
    s->packet = packet ? relay_packet_ref(packet) : NULL;
    pthread_cond_signal(&s->done);
    pthread_mutex_unlock(&s->lock);
}

static enum err shoot(struct live *l, struct shot *s, int device, int max_age_ms, int wait_ms)
{
    *s = (struct shot){.lock = PTHREAD_MUTEX_INITIALIZER, .done = PTHREAD_COND_INITIALIZER};
    relay_snapshot(l->relay, &live_device[device], max_age_ms, wait_ms, on_shot, s);
    return ERR_OK;
}

static enum err shot_result(struct shot *s)
{
    pthread_mutex_lock(&s->lock);
    while (!s->times)
        pthread_cond_wait(&s->done, &s->lock);
    enum err e = s->err;
    pthread_mutex_unlock(&s->lock);
    return e;
}

static void test_snapshots(void **state)
{
    struct live l;
    struct ws_client camera;
    struct shot shot;
    uint8_t jpeg[300];
    const struct relay_config config = {.stop_linger_ms = 50};
    (void)state;
    live_start(&l, &config);
    assert_int_equal(shoot(&l, &shot, 1, 2000, 5000), ERR_OK);
    assert_int_equal(shot_result(&shot), ERR_CAMERA_OFFLINE);

    live_device_open(&l, &camera, 1);
    shoot(&l, &shot, 1, 2000, 20);
    assert_true(ws_client_find(&camera, "\"type\":\"start\"", SOON));
    assert_int_equal(shot_result(&shot), ERR_CAMERA_TIMEOUT);
    assert_true(ws_client_find(&camera, "\"type\":\"stop\"", SOON));

    shoot(&l, &shot, 1, 2000, 20000);
    assert_true(ws_client_find(&camera, "\"type\":\"start\"", SOON));
    live_jpeg(jpeg, sizeof jpeg, 8);
    assert_true(ws_client_binary(&camera, jpeg, sizeof jpeg));
    assert_int_equal(shot_result(&shot), ERR_OK);
    struct span s = relay_packet_jpeg(shot.packet);
    assert_int_equal(s.len, sizeof jpeg);
    assert_memory_equal(s.p, jpeg, sizeof jpeg);
    assert_int_equal(relay_packet_seq(shot.packet), 1);
    relay_packet_unref(shot.packet);

    shoot(&l, &shot, 1, 60000, 20000); /* the kept one, without the camera */
    assert_int_equal(shot_result(&shot), ERR_OK);
    struct relay_packet *kept = shot.packet;
    assert_true(ws_client_find(&camera, "\"type\":\"stop\"", SOON));
    shoot(&l, &shot, 1, -1, 20000);
    assert_true(ws_client_find(&camera, "\"type\":\"start\"", SOON));
    ws_client_fini(&camera);
    assert_int_equal(shot_result(&shot), ERR_CAMERA_OFFLINE);
    live_stop(&l);
    assert_int_equal(relay_packet_jpeg(kept).len, sizeof jpeg); /* counted: it outlives the relay */
    relay_packet_unref(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_travel_unchanged),
        cmocka_unit_test(test_fragments_are_joined),
        cmocka_unit_test(test_a_camera_may_frame),
        cmocka_unit_test(test_garbage_is_refused_and_the_socket_stays),
        cmocka_unit_test(test_who_lags_sees_the_newest),
        cmocka_unit_test(test_the_kept_frame_comes_at_once),
        cmocka_unit_test(test_start_and_stop),
        cmocka_unit_test(test_snapshots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
