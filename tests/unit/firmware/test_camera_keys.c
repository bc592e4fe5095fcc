/* A new code for a camera that has a key, or may have one: none that the service may take is lost. */
#include <string.h>

#include "rig.h"
#include "support/check.h"

#define OTHER_KEY "vcd_" RIG_ID "_BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA"

static const char other_code[] =
    "{\"s\":\"Elsewhere\",\"p\":\"other-password\",\"t\":\"nmlkjihgfedcba\",\"u\":\"http://10.0.0.2\"}";
static const char other_answer[] =
    "{\"device_id\":\"" RIG_ID "\",\"device_key\":\"" OTHER_KEY "\",\"relay_url\":\"ws://10.0.0.2/ws\","
    "\"upload_url\":\"http://10.0.0.2/upload\",\"heartbeat_s\":5}";

static void scan_other(void)
{
    assert_int_equal(fw_camera_code(&rig.camera, other_code, sizeof other_code - 1, rig.now_ms), PROV_OK);
}

/* The keys that are kept as settled, as the letters they are made of, the newest first. */
static void assert_settled_on(const char *letters)
{
    struct fw_keep_accounts a = {0};
    char found[FW_KEEP_ACCOUNTS + 1] = "";
    (void)fw_keep_get_accounts(&rig.fake.ops.kv, FW_KEEP_SETTLED, &a);
    for (unsigned i = 0; i < a.n; i++)
        found[i] = a.at[i].device_key[PROV_KEY_LEN - 2];
    assert_string_equal(found, letters);
}

static void test_the_old_key_stays_until_the_new_one_connected(void **state)
{
    rig_come_online();
    scan_other();
    assert_false(rig.fake.open);
    assert_string_equal(rig.fake.ssid, "Elsewhere");
    fw_camera_joined(&rig.camera, "10.9.0.9", rig.now_ms);
    assert_string_equal(rig.fake.url, "http://10.0.0.2/api/camera/activate");
    rig_posted(200, other_answer);
    assert_string_equal(rig.fake.key, OTHER_KEY);
    assert_settled_on("A");
    rig_power_on(); /* and goes on with the new one */
    assert_string_equal(rig.fake.ssid, "Elsewhere");
    fw_camera_joined(&rig.camera, "10.9.0.9", rig.now_ms);
    assert_string_equal(rig.fake.key, OTHER_KEY);
    fw_camera_link_open(&rig.camera, rig.now_ms);
    assert_settled_on("A");
    rig_relay_says(RIG_REGISTERED);
    assert_settled_on("B");
    assert_false(fake_platform_keeps(&rig.fake, "new_network") ||
                 fake_platform_keeps(&rig.fake, "new_account"));
    assert_int_equal(rig.camera.ways.use.wifi.token[0], 0);
    rig_power_on();
    assert_string_equal(rig.fake.ssid, "Elsewhere");
}

static void test_a_new_code_that_is_refused_costs_nothing(void **state)
{
    rig_come_online();
    scan_other();
    fw_camera_joined(&rig.camera, "10.9.0.9", rig.now_ms);
    rig_posted(410, "{\"code\":\"token_expired\"}");
    assert_string_equal(rig.fake.indication->code, "code_expired");
    assert_string_equal(rig.fake.key, RIG_KEY); /* from the new network */
    fw_camera_link_open(&rig.camera, rig.now_ms);
    rig_relay_says(RIG_REGISTERED);
    assert_settled_on("A");
    rig_power_on();
    assert_string_equal(rig.fake.ssid, "Elsewhere");
}

static void test_a_new_network_that_cannot_be_joined_costs_nothing(void **state)
{
    rig_come_online();
    scan_other();
    for (int i = 0; i < FW_WRONG_PASSWORDS; i++) {
        assert_string_equal(rig.fake.ssid, "Elsewhere");
        fw_camera_join_failed(&rig.camera, FW_JOIN_WRONG_PASSWORD, rig.now_ms);
        if (rig.camera.machine.waiting)
            rig_pass(60000);
    }
    assert_string_equal(rig.fake.ssid, "Home");
    fw_camera_joined(&rig.camera, "10.0.0.9", rig.now_ms);
    fw_camera_link_open(&rig.camera, rig.now_ms);
    rig_relay_says(RIG_REGISTERED);
    assert_settled_on("A");
    assert_false(fake_platform_keeps(&rig.fake, "new_network"));
}

/* A code that leads nowhere: its token is refused, or its network is none. */
static void scan_bad(void)
{
    static const char bad[] =
        "{\"s\":\"Third\",\"p\":\"\",\"t\":\"CCCCCCCCCCCCCC\",\"u\":\"http://10.0.0.3\"}";
    assert_int_equal(fw_camera_code(&rig.camera, bad, sizeof bad - 1, rig.now_ms), PROV_OK);
    assert_string_equal(rig.fake.ssid, "Third");
}

static void join(void)
{
    fw_camera_joined(&rig.camera, "10.0.0.9", rig.now_ms);
}

static void refuse_key(void)
{
    unsigned opens = rig.fake.opens;
    for (int i = 0; i < FW_UNAUTHORIZED; i++) {
        assert_int_equal(rig.fake.opens, opens + (unsigned)i);
        rig_closed(0, 401);
        if (rig.camera.machine.waiting)
            rig_pass(60000);
    }
}

static void connected(void)
{
    fw_camera_link_open(&rig.camera, rig.now_ms);
    rig_relay_says(RIG_REGISTERED);
    assert_int_equal(rig.camera.machine.state, FW_ONLINE);
}

/* The relay may have taken the new key, and ended the old one, without the camera's knowledge; or it never
 * saw it, and the third code's kills it. */
static void test_a_third_code_costs_neither_key_before(void **state)
{
    for (int new_one_is_good = 0; new_one_is_good < 2; new_one_is_good++) {
        (void)rig_setup(NULL);
        rig_come_online();
        scan_other();
        join();
        rig_posted(200, other_answer);
        scan_bad();
        assert_settled_on("BA");
        assert_false(fake_platform_keeps(&rig.fake, "new_account"));
        rig_power_on();
        join();
        rig_posted(410, "{\"code\":\"token_expired\"}");
        assert_string_equal(rig.fake.key, OTHER_KEY);
        if (!new_one_is_good) {
            refuse_key();
            assert_settled_on("A");
            assert_string_equal(rig.fake.key, RIG_KEY);
        }
        connected();
        assert_settled_on(new_one_is_good ? "B" : "A");
        assert_false(fake_platform_keeps(&rig.fake, "new_network") ||
                     fake_platform_keeps(&rig.fake, "new_account"));
    }
}

/* Asked for another key by the same code, the service would end the one there is; were that answer lost and a
 * bad code read then, none would be left. So a code that is shown again brings the key it has led to. */
static void test_the_same_code_again_keeps_its_key(void **state)
{
    for (int powered_off = 0; powered_off < 2; powered_off++) {
        (void)rig_setup(NULL);
        rig_scan();
        join();
        rig_posted(200, RIG_ANSWER);
        if (powered_off)
            rig_power_on();
        rig_scan();
        join();
        assert_int_equal(rig.fake.posts, 1);
        assert_string_equal(rig.fake.key, RIG_KEY);
        scan_bad();
        assert_settled_on("A");
        rig_scan(); /* and once more, with the other code between */
        assert_string_equal(rig.fake.ssid, "Home");
        join();
        assert_int_equal(rig.fake.posts, 1);
        connected();
        assert_settled_on("A");
        rig_power_on();
        assert_string_equal(rig.fake.ssid, "Home");
    }
}

/* The service may have acted although its answer was lost: the token is the only hold on that key. */
static void test_a_bad_code_does_not_cost_the_first_token(void **state)
{
    rig_scan();
    join();
    rig_posted(0, "");
    scan_bad();
    rig_power_on();
    assert_string_equal(rig.fake.ssid, "Third");
    join();
    rig_posted(404, "{\"code\":\"not_found\"}");
    assert_string_equal(rig.fake.ssid, "Home");
    join();
    assert_non_null(strstr(rig.fake.body, "abcdefghijklmn"));
    rig_posted(200, RIG_ANSWER);
    connected();
    assert_settled_on("A");
    assert_false(fake_platform_keeps(&rig.fake, "new_network"));
}

static void test_of_many_keys_the_oldest_and_the_newest_stay(void **state)
{
    static const char letters[] = "BCDE";
    char code[] = "{\"s\":\"Home\",\"p\":\"\",\"t\":\"?????????????\",\"u\":\"http://10.0.0.1\"}";
    char answer[] = RIG_ANSWER;
    rig_come_online();
    for (const char *letter = letters; *letter; letter++) {
        memset(strstr(code, "\"t\":\"") + 5, *letter, 13);
        assert_int_equal(fw_camera_code(&rig.camera, code, sizeof code - 1, rig.now_ms), PROV_OK);
        join();
        memset(strstr(answer, RIG_ID "_") + sizeof RIG_ID, *letter, 42);
        rig_posted(200, answer);
    }
    scan_bad();
    assert_settled_on("EDA");
}

static void test_a_wifi_only_code_needs_a_key(void **state)
{
    static const char wifi[] = "{\"s\":\"Elsewhere\",\"p\":\"other-password\"}";
    assert_int_equal(fw_camera_code(&rig.camera, wifi, sizeof wifi - 1, rig.now_ms), PROV_INVALID);
    assert_string_equal(rig.fake.indication->code, "code_wifi_only");
    assert_non_null(strstr(rig.fake.log, "camera.code_useless reason=\"it moves a camera that has a key"));
    rig_scan();
    assert_string_equal(rig.fake.indication->code, "joining");
}

static void test_a_wifi_only_code_moves_a_camera(void **state)
{
    static const char wifi[] = "{\"s\":\"Elsewhere\",\"p\":\"other-password\"}";
    rig_come_online();
    assert_int_equal(fw_camera_code(&rig.camera, wifi, sizeof wifi - 1, rig.now_ms), PROV_OK);
    assert_string_equal(rig.fake.ssid, "Elsewhere");
    assert_false(rig.fake.open);
    fw_camera_joined(&rig.camera, "10.9.0.9", rig.now_ms);
    assert_int_equal(rig.fake.posts, 1); /* nothing is activated again */
    assert_string_equal(rig.fake.key, RIG_KEY);
    rig_power_on();
    assert_string_equal(rig.fake.ssid, "Elsewhere");
}

/* A dead key is forgotten by two writes, and the power went between them, whichever came first. */
static void test_a_key_that_is_half_forgotten(void **state)
{
    const struct fw_kv *kv = &rig.fake.ops.kv;
    const struct prov_credentials home = {.ssid = "Home", .ssid_len = 4},
                                  elsewhere = {.ssid = "Elsewhere", .ssid_len = 9};
    const struct fw_keep_account a = {RIG_KEY, "ws://10.0.0.1/ws"}, b = {OTHER_KEY, "ws://10.0.0.1/ws"};
    const struct fw_keep_accounts both = {2, {b, a}}, one = {1, {a}};
    for (int first = FW_KEEP_SETTLED; first <= FW_KEEP_NEW; first++) {
        assert_true(fw_keep_put_network(kv, FW_KEEP_SETTLED, &home));
        assert_true(fw_keep_put_accounts(kv, FW_KEEP_SETTLED, first == FW_KEEP_SETTLED ? &one : &both));
        assert_true(fw_keep_put_network(kv, FW_KEEP_NEW, &elsewhere));
        assert_true(fw_keep_put_accounts(kv, FW_KEEP_NEW, first == FW_KEEP_NEW ? &one : &both));
        rig_power_on();
        for (int i = 0; i < FW_WRONG_PASSWORDS; i++) {
            assert_string_equal(rig.fake.ssid, "Elsewhere");
            fw_camera_join_failed(&rig.camera, FW_JOIN_WRONG_PASSWORD, rig.now_ms);
            if (rig.camera.machine.waiting)
                rig_pass(60000);
        }
        assert_string_equal(rig.fake.ssid, "Home");
        join();
        assert_string_equal(rig.fake.key, RIG_KEY);
        refuse_key();
        assert_true(fw_camera_needs_code(&rig.camera)); /* and does not go on without a key */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_old_key_stays_until_the_new_one_connected, rig_setup),
        cmocka_unit_test_setup(test_a_new_code_that_is_refused_costs_nothing, rig_setup),
        cmocka_unit_test_setup(test_a_new_network_that_cannot_be_joined_costs_nothing, rig_setup),
        cmocka_unit_test_setup(test_a_third_code_costs_neither_key_before, rig_setup),
        cmocka_unit_test_setup(test_the_same_code_again_keeps_its_key, rig_setup),
        cmocka_unit_test_setup(test_a_bad_code_does_not_cost_the_first_token, rig_setup),
        cmocka_unit_test_setup(test_of_many_keys_the_oldest_and_the_newest_stay, rig_setup),
        cmocka_unit_test_setup(test_a_key_that_is_half_forgotten, rig_setup),
        cmocka_unit_test_setup(test_a_wifi_only_code_needs_a_key, rig_setup),
        cmocka_unit_test_setup(test_a_wifi_only_code_moves_a_camera, rig_setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
