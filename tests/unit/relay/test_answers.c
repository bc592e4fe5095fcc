/* What the relay makes of the service's answers; without sockets. */
#include <stdio.h>
#include <string.h>

#include "relay/message.h"
#include "rules.h"
#include "support/check.h"

/* Whatever the service answers, what the peer hears is a word of contract §4. */
static void test_refusals_have_the_contracts_codes(void **state)
{
    static const char codes[] = "invalid not_found forbidden conflict camera_offline unauthenticated "
                                "rate_limited too_large bad_frame unknown_type removed";
    static const char *const requests[] = {
        "{\"type\":\"watch\",\"id\":1,\"device_id\":\"dddddddddddddddddddddd01\"}",
        "{\"type\":\"offer\",\"id\":1,\"device_id\":\"dddddddddddddddddddddd01\"}",
        "{\"type\":\"offer\",\"id\":1,\"target_uid\":\"esp-1\"}",
        "{\"type\":\"command\",\"id\":1,\"device_id\":\"dddddddddddddddddddddd01\",\"name\":\"light\"}",
        "{\"type\":\"auth\",\"id\":1,\"token\":\"t\"}",
    };
    struct wire *user = open_user(0);
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++)
        for (int e = ERR_OK + 1; e < ERR_COUNT; e++) {
            char code[32] = "";
            pass(100); /* below its limit */
            say(user, requests[i]);
            assert_true(user->held);
            if (i == 4)
                message_answer_grant(&hub, told.asked, (enum err)e, NULL);
            else if (i == 2)
                message_answer_device(&hub, told.asked, (enum err)e, &the_user);
            else
                message_answer_watch(&hub, told.asked, (enum err)e);
            assert_false(user->held);
            assert_non_null(strstr(user->text, "\"id\":1"));
            bool named = strstr(requests[i], "device_id") != NULL;
            assert_int_equal(strstr(user->text, named ? the_device.s : "device_id") != NULL, named);
            const char *said = strstr(user->text, "\"code\":\"");
            if (said)
                assert_int_equal(sscanf(said, "\"code\":\"%31[a-z_]", code), 1);
            else /* an ack says forbidden or camera_offline */
                assert_true(i == 3 && (e == ERR_FORBIDDEN || e == ERR_CAMERA_OFFLINE));
            assert_non_null(strstr(codes, code));
        }
    assert_int_equal(user->closed, 0);
}

/* What the store said before the right ended opens nothing afterwards. */
static void test_an_answer_older_than_the_end_of_the_right(void **state)
{
    static const char *const requests[] = {
        "{\"type\":\"watch\",\"device_id\":\"dddddddddddddddddddddd01\"}",
        "{\"type\":\"offer\",\"device_id\":\"dddddddddddddddddddddd01\"}",
        "{\"type\":\"command\",\"device_id\":\"dddddddddddddddddddddd01\",\"name\":\"light\"}",
        "{\"type\":\"offer\",\"target_uid\":\"esp-1\"}",
    };
    struct wire *camera = open_camera(0), *user = open_user(1);
    int texts = camera->texts;
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        say(user, requests[i]);
        const struct ended_entry right = {
            .what = ENDED_RIGHT, .at_us = hub_now_us(&hub), .user = the_user, .other = the_device};
        hub_ended(&hub, &right);
        if (i < 3)
            message_answer_watch(&hub, told.asked, ERR_OK);
        else
            message_answer_device(&hub, told.asked, ERR_OK, &the_device);
        assert_non_null(strstr(user->text, "\"code\":\"rate_limited\""));
        assert_int_equal(camera->texts, texts);
        pass(1);
    }
    say(user, requests[3]); /* he has it again */
    message_answer_device(&hub, told.asked, ERR_OK, &the_device);
    assert_non_null(strstr(camera->text, "\"offer\""));
}

/* A label is looked up for every message, but there is one peering, and it ends once for all. */
static void test_a_camera_called_by_its_label(void **state)
{
    struct wire *camera = open_camera(0), *user = open_user(1);
    char answer[128];
    for (int i = 0; i < 3; i++) {
        say(user, "{\"type\":\"hello\",\"target_uid\":\"esp-1\"}");
        message_answer_device(&hub, told.asked, ERR_OK, &the_device);
        assert_int_equal(camera->texts, 2 + i);
    }
    assert_int_equal(user->conn->n_peerings, 1);
    (void)snprintf(answer, sizeof answer, "{\"type\":\"answer\",\"session\":\"%s\"}", user->conn->session);
    say(camera, answer);
    assert_non_null(strstr(user->text, "answer"));
    const struct ended_entry right = {
        .what = ENDED_RIGHT, .at_us = hub_now_us(&hub), .user = the_user, .other = the_device};
    hub_ended(&hub, &right);
    assert_non_null(strstr(user->text, "forbidden"));
    say(camera, answer);
    assert_non_null(strstr(camera->text, "not_found"));
    assert_null(strstr(user->text, "answer"));
}

/* A place counts for who signs in by message, unless he has his share. */
static void test_signing_in_by_message_is_counted(void **state)
{
    static const struct {
        enum err err;
        uint16_t closed;
        const char *heard;
    } cases[] = {{ERR_OK, 0, "registered"},
                 {ERR_RATE_LIMITED, 4429, "\"code\":\"rate_limited\""},
                 {ERR_NO_MEMORY, 1012, "\"code\":\"rate_limited\""}};
    for (int i = 0; i < 3; i++)
        for (int device = 0; device < 2; device++) {
            enum err place = cases[i].err;
            const struct relay_grant user = {.role = RELAY_USER, .user_id = the_user},
                                     camera = {.role = RELAY_DEVICE, .device_id = the_device};
            struct wire *w = open_wire(0, (struct relay_grant){.role = RELAY_NOBODY});
            w->conn->place = &place;
            say(w, device ? "{\"type\":\"register\",\"device_key\":\"k\"}"
                          : "{\"type\":\"register\",\"token\":\"t\"}");
            message_answer_grant(&hub, told.asked, ERR_OK, device ? &camera : &user);
            assert_int_equal(told.signed_in.role, device ? RELAY_DEVICE : RELAY_USER);
            assert_non_null(strstr(w->text, cases[i].heard));
            pass(0);
            assert_int_equal(w->closed, cases[i].closed);
            conn_free(w->conn);
            *w = (struct wire){0};
        }
    assert_int_equal(told.onlines, 1);
}

/* A credential is bad only when the service says so; else the peer is told to come again. */
static void test_a_register_that_cannot_be_judged(void **state)
{
    for (int e = ERR_OK + 1; e < ERR_COUNT; e++) {
        struct wire *nobody = open_wire(0, (struct relay_grant){.role = RELAY_NOBODY});
        bool bad = e == ERR_UNAUTHENTICATED || e == ERR_TOKEN_STALE;
        say(nobody, "{\"type\":\"register\",\"token\":\"t\"}");
        message_answer_grant(&hub, told.asked, (enum err)e, NULL);
        assert_non_null(strstr(nobody->text, bad ? "\"unauthenticated\"" : "\"code\""));
        assert_null(strstr(nobody->text, "store_unavailable"));
        pass(0);
        assert_int_equal(nobody->closed, bad ? 4401 : e == ERR_RATE_LIMITED ? 4429 : 1012);
        conn_free(nobody->conn);
        *nobody = (struct wire){0};
    }
}

int main(void)
{
#define RULE(f) cmocka_unit_test_setup_teardown(f, rules_setup, rules_teardown)
    const struct CMUnitTest tests[] = {
        RULE(test_refusals_have_the_contracts_codes), RULE(test_an_answer_older_than_the_end_of_the_right),
        RULE(test_a_camera_called_by_its_label),      RULE(test_signing_in_by_message_is_counted),
        RULE(test_a_register_that_cannot_be_judged),
    };
#undef RULE
    return cmocka_run_group_tests(tests, NULL, NULL);
}
