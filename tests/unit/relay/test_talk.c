/* The relay on real sockets: who is who, and what is said. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "live.h"
#include "support/check.h"

static bool says(struct ws_client *w, const char *needle)
{
    return ws_client_find(w, needle, SOON);
}

static void test_handshakes(void **state)
{
    struct live l;
    struct ws_client w;
    static char long_head[13000];
    (void)state;
    live_start(&l, NULL);
    live_open_with(&l, &w, live_user_grant(1), "Sec-WebSocket-Protocol: arduino, chat\r\n");
    assert_int_equal(ws_client_welcome(&w), 101);
    assert_non_null(strcasestr(w.head, "\r\nsec-websocket-protocol: arduino\r\n"));
    assert_non_null(strstr(w.head, "\r\nConnection: Upgrade\r\n"));
    assert_non_null(strstr(w.head, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    assert_true(says(&w, "registered"));
    ws_client_fini(&w);

    live_open_with(&l, &w, live_user_grant(1), "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    assert_int_equal(ws_client_welcome(&w), 101);
    assert_null(strcasestr(w.head, "sec-websocket-protocol"));
    assert_null(strcasestr(w.head, "sec-websocket-extensions"));
    ws_client_fini(&w);

    memset(long_head, 'x', sizeof long_head - 1);
    memcpy(long_head, "X-Long: ", 8);
    memcpy(long_head + sizeof long_head - 3, "\r\n", 2);
    live_open_with(&l, &w, live_device_grant(1), long_head);
    assert_int_equal(ws_client_welcome(&w), 101);
    assert_true(says(&w, "registered"));
    ws_client_fini(&w);

    /* what is no upgrade to WebSocket is dropped */
    static const char h2c[] = "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                              "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n";
    static const char *const others[] = {"GET /ws HTTP/1.1\r\nHost: h\r\n\r\n", h2c, "nonsense\r\n\r\n",
                                         "nonsense"};
    for (int i = 0; i < 4; i++) {
        int client, server;
        live_pair(&client, &server);
        w = (struct ws_client){.fd = client};
        assert_true(ws_client_raw(&w, others[i], strlen(others[i])));
        struct relay_socket s = {.fd = server, .grant = live_user_grant(1)};
        assert_int_equal(relay_adopt(l.relay, &s), ERR_OK);
        assert_true(ws_client_welcome(&w) != 101);
        ws_client_fini(&w);
    }
    live_stop(&l);
}

static void test_register_by_message(void **state)
{
    struct live l;
    struct ws_client w;
    const struct relay_grant nobody = {.role = RELAY_NOBODY};
    (void)state;
    live_start(&l, NULL);

    live_open(&l, &w, nobody);
    assert_true(
        ws_client_text(&w, "{\"type\":\"register\",\"id\":\"a\",\"role\":\"user\",\"token\":\"user-1\"}"));
    assert_true(says(&w, "{\"type\":\"registered\",\"id\":\"a\",\"role\":\"user\","
                         "\"user_id\":\"aaaaaaaaaaaaaaaaaaaaaa01\",\"session\":\""));
    assert_non_null(strstr((char *)w.message, "\"heartbeat_s\":5,\"server_time\":\""));
    ws_client_fini(&w);

    live_open(&l, &w, nobody);
    assert_true(ws_client_text(&w, "{\"type\":\"register\",\"role\":\"device\",\"device_key\":\"key-2\","
                                   "\"uid\":\"esp-1\",\"firmware\":\"2\"}"));
    assert_true(says(&w, "\"device_id\":\"dddddddddddddddddddddd02\",\"uid\":\"esp-1\""));
    assert_true(live_told(&l, "online dddddddddddddddddddddd02 firmware=2"));
    assert_true(ws_client_text(&w, "{\"type\":\"goodbye\"}"));
    assert_int_equal(ws_client_close_code(&w, SOON), 1000);
    assert_true(live_told(&l, "offline dddddddddddddddddddddd02 1"));
    ws_client_fini(&w);

    /* wrong members leave the socket, a wrong or missing credential does not */
    live_open(&l, &w, nobody);
    assert_true(ws_client_text(&w, "{\"type\":\"register\",\"role\":\"user\",\"token\":5}"));
    assert_true(says(&w, "\"code\":\"invalid\""));
    assert_true(ws_client_text(&w, "{\"type\":\"register\",\"role\":\"user\",\"token\":\"wrong\"}"));
    assert_int_equal(ws_client_close_code(&w, SOON), 4401);
    ws_client_fini(&w);
    const char *const refused[] = {"{\"type\":\"register\",\"role\":\"device\",\"uid\":\"x\"}",
                                   "{\"type\":\"register\",\"role\":\"device\",\"token\":\"user-1\"}",
                                   "{\"type\":\"ping\"}"};
    for (int i = 0; i < 3; i++) {
        live_open(&l, &w, nobody);
        assert_true(ws_client_text(&w, "%s", refused[i]));
        assert_true(says(&w, "\"code\":\"unauthenticated\""));
        assert_int_equal(ws_client_close_code(&w, SOON), 4401);
        ws_client_fini(&w);
    }
    live_stop(&l);
}

static void test_register_in_time(void **state)
{
    struct live l;
    struct ws_client w;
    const struct relay_config config = {.register_timeout_ms = 50};
    (void)state;
    live_start(&l, &config);
    live_open(&l, &w, (struct relay_grant){.role = RELAY_NOBODY});
    assert_int_equal(ws_client_close_code(&w, SOON), 4401);
    ws_client_fini(&w);
    live_stop(&l);
}

/* All that was sent before the answers came is heard after them, in order. */
static void test_messages_wait_for_the_answer(void **state)
{
    struct live l;
    struct ws_client w;
    (void)state;
    live_start(&l, NULL);
    live_open(&l, &w, (struct relay_grant){.role = RELAY_NOBODY});
    assert_true(ws_client_text(&w, "{\"type\":\"register\",\"token\":\"user-1\"}"));
    for (int i = 0; i < 20; i++)
        assert_true(ws_client_text(&w, "{\"type\":\"watch\",\"id\":%d,\"device_id\":\"%s\"}", i,
                                   live_device[1 + i % 3].s));
    assert_true(ws_client_text(&w, "{\"type\":\"ping\",\"id\":99}"));
    assert_true(says(&w, "\"registered\""));
    for (int i = 0; i < 20; i++) {
        char needle[64];
        (void)snprintf(needle, sizeof needle, "{\"type\":\"watching\",\"id\":%d,", i);
        assert_true(says(&w, needle));
    }
    assert_true(says(&w, "{\"type\":\"pong\",\"id\":99,\"received_us\":"));
    ws_client_fini(&w);
    live_stop(&l);
}

static void test_a_cookie_may_become_a_camera(void **state)
{
    struct live l;
    struct ws_client w;
    struct relay_grant grant = live_user_grant(1);
    (void)state;
    live_start(&l, NULL);
    grant.by_cookie = true;
    live_open(&l, &w, grant);
    assert_true(says(&w, "\"role\":\"user\""));
    assert_true(ws_client_text(&w, "{\"type\":\"register\",\"role\":\"device\",\"device_key\":\"key-1\"}"));
    assert_true(says(&w, "\"role\":\"device\""));
    struct relay_stats stats;
    relay_stats(l.relay, &stats);
    assert_int_equal(stats.users, 0);
    assert_int_equal(stats.devices, 1);
    ws_client_fini(&w);

    live_open(&l, &w, grant); /* only as the first message */
    assert_true(ws_client_text(&w, "{\"type\":\"ping\"}"));
    assert_true(ws_client_text(&w, "{\"type\":\"register\",\"role\":\"device\",\"device_key\":\"key-1\"}"));
    assert_true(says(&w, "\"code\":\"conflict\""));
    ws_client_fini(&w);
    live_stop(&l);
}

static void test_what_is_not_understood(void **state)
{
    struct live l;
    struct ws_client w;
    (void)state;
    live_start(&l, NULL);
    live_user_open(&l, &w, 1);
    assert_true(ws_client_text(&w, "{\"type\":\"dance\",\"id\":1}"));
    assert_true(says(&w, "\"code\":\"unknown_type\""));
    assert_non_null(strstr((char *)w.message, "\"id\":1"));
    assert_true(ws_client_text(&w, "{\"type\":\"telemetry\"}")); /* a device's word */
    assert_true(says(&w, "\"code\":\"unknown_type\""));
    const char *const wrong[] = {"",
                                 ",\"device_id\":5",
                                 ",\"device_id\":\"dddddddddddddddddddddd01\",\"max_fps\":0",
                                 ",\"device_id\":\"dddddddddddddddddddddd01\",\"max_fps\":\"5\"",
                                 ",\"device_id\":\"dddddddddddddddddddddd01\",\"framing\":\"xml\"",
                                 ",\"device_id\":\"dddddddddddddddddddddd01\",\"max_age_ms\":0"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_true(ws_client_text(&w, "{\"type\":\"watch\",\"id\":\"w\"%s}", wrong[i]));
        assert_true(says(&w, "\"code\":\"invalid\""));
        assert_non_null(strstr((char *)w.message, "\"id\":\"w\""));
    }
    const char *const unknown[] = {"dddddddddddddddddddddd09", "nonsense"};
    for (int i = 0; i < 2; i++) {
        assert_true(ws_client_text(&w, "{\"type\":\"watch\",\"id\":2,\"device_id\":\"%s\"}", unknown[i]));
        assert_true(says(&w, "\"code\":\"not_found\""));
    }
    assert_true(ws_client_text(&w, "{\"type\":\"unwatch\",\"device_id\":\"%s\"}", live_device[1].s));
    assert_true(says(&w, "\"code\":\"not_found\""));
    ws_client_fini(&w);
    live_stop(&l);
}

static void test_renewal(void **state)
{
    struct live l;
    struct ws_client w;
    struct relay_grant grant = live_user_grant(1);
    (void)state;
    live_start(&l, NULL);
    grant.expires_ms = clock_wall_ms(clock_system()) + 500;
    for (int i = 0; i < 2; i++) { /* in time, then too late already */
        live_open(&l, &w, grant);
        (void)ws_client_text(&w, "{\"type\":\"auth\",\"id\":1,\"token\":\"bad\"}");
        assert_int_equal(ws_client_close_code(&w, SOON), 4401);
        ws_client_fini(&w);
    }

    grant.expires_ms += 10 * SOON;
    live_open(&l, &w, grant);
    assert_true(ws_client_text(&w, "{\"type\":\"auth\",\"id\":1,\"token\":\"bad\"}"));
    assert_true(says(&w, "\"code\":\"unauthenticated\""));
    assert_true(ws_client_text(&w, "{\"type\":\"auth\",\"id\":2,\"token\":\"user-2\"}"));
    assert_true(says(&w, "\"code\":\"forbidden\""));
    assert_true(ws_client_text(&w, "{\"type\":\"auth\",\"id\":3,\"token\":\"user-1\"}"));
    assert_true(says(&w, "{\"type\":\"auth_ok\",\"id\":3,\"expires_at\":null}"));
    ws_client_fini(&w);
    live_stop(&l);
}

static void test_what_a_camera_tells(void **state)
{
    struct live l;
    struct ws_client camera, viewer;
    (void)state;
    live_start(&l, NULL);
    live_device_open(&l, &camera, 1);
    live_user_open(&l, &viewer, 1);
    live_watch(&viewer, 1, "");
    assert_true(ws_client_text(
        &camera, "{\"type\":\"telemetry\",\"rssi\":-60,\"device_id\":\"x\",\"deep\":{\"a\":[1]}}"));
    assert_true(says(&viewer, "\"type\":\"telemetry\""));
    assert_non_null(strstr((char *)viewer.message, "\"rssi\":-60"));
    assert_non_null(strstr((char *)viewer.message, "\"device_id\":\"dddddddddddddddddddddd01\""));
    assert_non_null(strstr((char *)viewer.message, "\"deep\":{\"a\":[1]}"));
    assert_true(live_told(&l, "telemetry dddddddddddddddddddddd01 {\"rssi\":-60,\"deep\":{\"a\":[1]}}"));
    assert_true(ws_client_text(&camera, "{\"type\":\"position_update\",\"x\":90,\"y\":45}"));
    assert_true(says(&viewer, "\"type\":\"position_update\",\"x\":90,\"y\":45"));
    assert_true(ws_client_text(&camera, "{\"type\":\"position_update\",\"x\":90}"));
    assert_true(says(&camera, "\"code\":\"invalid\""));
    ws_client_fini(&camera);
    ws_client_fini(&viewer);
    live_stop(&l);
}

/* ---- signalling ---- */

static void session_of(struct ws_client *w, char session[25])
{
    const char *at = strstr((char *)w->message, "\"session\":\"");
    assert_non_null(at);
    memcpy(session, at + 11, 24);
    session[24] = 0;
}

static void test_signalling(void **state)
{
    struct live l;
    struct ws_client camera, one, two, stranger;
    char s1[25], stamp[160];
    (void)state;
    live_start(&l, NULL);
    live_device_open(&l, &camera, 1);
    live_user_open(&l, &one, 1);
    session_of(&one, s1);
    live_user_open(&l, &two, 1);
    live_user_open(&l, &stranger, 3);

    assert_true(ws_client_text(&one,
                               "{\"type\":\"offer\",\"device_id\":\"%s\",\"sdp\":\"v=0\\r\\n\",\"x\":[1,2],"
                               "\"user_id\":\"forged\",\"session\":\"forged\"}",
                               live_device[1].s));
    assert_true(says(&camera, "\"type\":\"offer\""));
    assert_non_null(strstr((char *)camera.message, "\"sdp\":\"v=0\\r\\n\",\"x\":[1,2]"));
    (void)snprintf(stamp, sizeof stamp, "\"user_id\":\"%s\",\"session\":\"%s\"", live_user[1].s, s1);
    assert_non_null(strstr((char *)camera.message, stamp));

    assert_true(ws_client_text(
        &camera, "{\"type\":\"answer\",\"session\":\"%s\",\"device_id\":\"forged\",\"sdp\":\"a\"}", s1));
    assert_true(says(&one, "\"type\":\"answer\""));
    assert_non_null(strstr((char *)one.message, "\"device_id\":\"dddddddddddddddddddddd01\""));
    assert_non_null(strstr((char *)one.message, "\"sdp\":\"a\""));
    /* to that connection only */
    assert_true(ws_client_text(&two, "{\"type\":\"ping\",\"id\":5}"));
    assert_int_equal(ws_client_next(&two, SOON), WS_TEXT);
    assert_non_null(strstr((char *)two.message, "\"pong\""));

    assert_true(
        ws_client_text(&stranger, "{\"type\":\"offer\",\"id\":4,\"device_id\":\"%s\"}", live_device[1].s));
    assert_true(says(&stranger, "\"code\":\"not_found\""));
    assert_true(ws_client_text(&one, "{\"type\":\"offer\",\"id\":5,\"device_id\":\"%s\"}", live_device[2].s));
    assert_true(says(&one, "\"code\":\"camera_offline\""));
    assert_true(ws_client_text(&camera, "{\"type\":\"answer\",\"session\":\"cccccccccccccccccccccccc\"}"));
    assert_true(says(&camera, "\"code\":\"not_found\""));

    /* the right ends: bye to both, and nothing more passes */
    relay_right_ended(l.relay, &live_user[1], &live_device[1]);
    assert_true(says(&camera, "\"type\":\"bye\""));
    assert_non_null(strstr((char *)camera.message, "\"reason\":\"revoked\""));
    assert_true(says(&one, "\"type\":\"bye\""));
    assert_true(says(&one, "\"code\":\"forbidden\""));
    assert_true(ws_client_text(&camera, "{\"type\":\"candidate\",\"session\":\"%s\"}", s1));
    assert_true(says(&camera, "\"code\":\"not_found\""));
    ws_client_fini(&camera);
    ws_client_fini(&one);
    ws_client_fini(&two);
    ws_client_fini(&stranger);
    live_stop(&l);
}

static void test_the_seeds_envelopes(void **state)
{
    struct live l;
    struct ws_client camera, user;
    (void)state;
    live_start(&l, NULL);
    live_device_open(&l, &camera, 1);
    live_user_open(&l, &user, 1);
    assert_true(ws_client_text(&user, "{\"target_uid\":\"esp-1\",\"type\":\"hello\",\"x\":1}"));
    assert_true(says(&camera, "\"type\":\"hello\",\"x\":1"));
    assert_true(ws_client_text(&user, "{\"target_uid\":\"esp-9\",\"type\":\"hello\",\"id\":3}"));
    assert_true(says(&user, "\"code\":\"not_found\""));
    assert_true(
        ws_client_text(&camera, "{\"type\":\"welcome\",\"to\":\"user\",\"user_id\":\"%s\"}", live_user[1].s));
    assert_true(says(&user, "\"type\":\"welcome\""));
    assert_true(
        ws_client_text(&camera, "{\"type\":\"welcome\",\"to\":\"user\",\"user_id\":\"%s\"}", live_user[2].s));
    assert_true(says(&camera, "\"code\":\"not_found\""));
    /* the camera hears that the user left */
    ws_client_fini(&user);
    assert_true(says(&camera, "\"type\":\"bye\""));
    ws_client_fini(&camera);
    live_stop(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshakes),
        cmocka_unit_test(test_register_by_message),
        cmocka_unit_test(test_register_in_time),
        cmocka_unit_test(test_messages_wait_for_the_answer),
        cmocka_unit_test(test_a_cookie_may_become_a_camera),
        cmocka_unit_test(test_what_is_not_understood),
        cmocka_unit_test(test_renewal),
        cmocka_unit_test(test_what_a_camera_tells),
        cmocka_unit_test(test_signalling),
        cmocka_unit_test(test_the_seeds_envelopes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
