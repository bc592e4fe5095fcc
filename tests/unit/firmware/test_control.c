#include "core/control.h"

#include <string.h>

#include "support/check.h"

static struct fw_control fresh(bool adjustable)
{
    struct fw_control c;
    fw_control_init(&c, fw_size_by_name("VGA"), 12, adjustable);
    return c;
}

static struct fw_control_answer told(struct fw_control *c, const char *name, const char *args)
{
    struct prov_json v = {0};
    struct fw_control_answer a;
    if (args)
        assert_int_equal(prov_json_parse(args, strlen(args), FW_RELAY_TEXT_MAX, &v), PROV_OK);
    fw_control_command(c, name, v, &a);
    return a;
}

static void test_every_command_checks_its_arguments(void **state)
{
    static const struct {
        const char *name, *good, *bad[4];
    } rows[] = {
        {"servo", "{\"direction\":\"up\"}", {"{}", "{\"direction\":\"in\"}", "{\"direction\":1}", "[]"}},
        {"position",
         "{\"x\":0,\"y\":180}",
         {"{\"x\":0}", "{\"x\":181,\"y\":0}", "{\"x\":-1,\"y\":0}", "{\"x\":\"1\",\"y\":1}"}},
        {"light", "{\"on\":true}", {"{}", "{\"on\":1}", "null", "{\"on\":\"true\"}"}},
        {"flash", "{\"value\":255}", {"{\"value\":256}", "{\"value\":-1}", "{\"value\":1.5}", "{}"}},
        {"resolution", "{\"size\":\"XGA\"}", {"{\"size\":\"\"}", "{\"size\":5}", "{}", "{\"size\":\"4K\"}"}},
        {"quality", "{\"value\":4}", {"{\"value\":3}", "{\"value\":64}", "{}", "{\"value\":null}"}},
        {"fps", "{\"value\":60}", {"{\"value\":0}", "{\"value\":61}", "{}", "{\"value\":true}"}},
        {"sensor",
         "{\"brightness\":-2,\"vflip\":1}",
         {"{\"brightness\":-3}", "{\"vflip\":true}", "{\"nonesuch\":0}", "[]"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fw_control c = fresh(true);
        assert_null(told(&c, rows[i].name, rows[i].good).error);
        for (size_t k = 0; k < 4; k++) {
            struct fw_control before = c;
            struct fw_control_answer a = told(&c, rows[i].name, rows[i].bad[k]);
            if (!a.error || strcmp(a.error, "invalid") != 0)
                fail_msg("%s took %s", rows[i].name, rows[i].bad[k]);
            assert_int_equal(a.changed, 0);
            assert_memory_equal(&before, &c, sizeof c);
        }
    }
}

static void test_missing_arguments(void **state)
{
    struct fw_control c = fresh(true);
    assert_string_equal(told(&c, "servo", NULL).error, "invalid");
    assert_string_equal(told(&c, "sensor", NULL).error, "invalid");
    assert_null(told(&c, "get_position", NULL).error);
    assert_null(told(&c, "restart", NULL).error);
}

static void test_unknown_is_unsupported(void **state)
{
    struct fw_control c = fresh(true);
    assert_string_equal(told(&c, "fly", "{}").error, "unsupported");
    assert_string_equal(told(&c, "update", "{\"url\":\"https://x\"}").error, "unsupported");
}

static void test_a_fixed_source_says_so(void **state)
{
    struct fw_control c = fresh(false);
    assert_string_equal(told(&c, "resolution", "{\"size\":\"XGA\"}").error, "unsupported");
    assert_string_equal(told(&c, "quality", "{\"value\":4}").error, "unsupported");
    assert_string_equal(told(&c, "sensor", "{\"vflip\":1}").error, "unsupported");
    assert_null(told(&c, "fps", "{\"value\":5}").error);
    struct fw_relay_wish wish = {.size = fw_size_by_name("HD"), .quality = 5, .paused = -1};
    assert_int_equal(fw_control_picture(&c, &wish), 0);
    assert_string_equal(c.size->name, "VGA");
}

static void test_servo_stops_at_its_ends(void **state)
{
    struct fw_control c = fresh(true);
    for (int i = 0; i < 30; i++) {
        (void)told(&c, "servo", "{\"direction\":\"up\"}");
        (void)told(&c, "servo", "{\"direction\":\"left\"}");
    }
    assert_int_equal(c.actuators.y, 180);
    assert_int_equal(c.actuators.x, 0);
    assert_string_equal(told(&c, "servo", "{\"direction\":\"center\"}").result, "{\"x\":90,\"y\":90}");
    assert_int_equal(told(&c, "servo", "{\"direction\":\"down\"}").changed, FW_CHANGED_POSITION);
    assert_string_equal(told(&c, "get_position", "{}").result, "{\"x\":90,\"y\":80}");
}

static void test_settings_tell_what_changed(void **state)
{
    struct fw_control c = fresh(true);
    struct fw_relay_wish nothing = {.paused = -1};
    assert_int_equal(fw_control_settings(&c, &nothing), 0);
    struct fw_relay_wish wish = {
        .fps_milli = 5000, .size = fw_size_by_name("HD"), .quality = 20, .paused = 1};
    assert_int_equal(fw_control_settings(&c, &wish), FW_CHANGED_PICTURE | FW_CHANGED_RATE | FW_CHANGED_PAUSE);
    assert_int_equal(fw_control_settings(&c, &wish), 0);
    assert_true(c.paused);
    wish.paused = 0;
    assert_int_equal(fw_control_settings(&c, &wish), FW_CHANGED_PAUSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_command_checks_its_arguments),
        cmocka_unit_test(test_missing_arguments),
        cmocka_unit_test(test_unknown_is_unsupported),
        cmocka_unit_test(test_a_fixed_source_says_so),
        cmocka_unit_test(test_servo_stops_at_its_ends),
        cmocka_unit_test(test_settings_tell_what_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
