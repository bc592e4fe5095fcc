#include "cameras/models.h"

#include <string.h>

#include "support/check.h"

static const char *const known[] = {"CP_PLUS_WIFI_V2",      "HIKVISION_DS_2CD", "GENERIC_ONVIF",
                                    "ESP32_CAM_AI_THINKER", "ESP32_S3_CAM",     "VIRTUAL_CAMERA",
                                    "BROWSER_CAMERA"};
static const char *const commands[] = {"servo",  "position",   "get_position", "light",
                                       "flash",  "resolution", "quality",      "fps",
                                       "sensor", "restart",    "update"};

static bool is_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i], name) == 0)
            return true;
    return false;
}

static size_t count_capabilities(const struct camera_model *m)
{
    size_t n = 0;
    for (; m->capabilities[n]; n++)
        assert_true(is_command(m->capabilities[n]));
    return n;
}

static void the_promised_models_are_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_non_null(models_find(span_of(known[i])));
    size_t n;
    const struct camera_model *all = models_all(&n);
    assert_int_equal(n, sizeof known / sizeof *known);
    for (size_t i = 0; i < n; i++) {
        assert_ptr_equal(models_find(span_of(all[i].id)), &all[i]);
        assert_true(*all[i].name && *all[i].manufacturer);
    }
}

static void only_exact_ids_are_found(void **state)
{
    (void)state;
    assert_null(models_find(span_of("virtual_camera")));
    assert_null(models_find(span_of("VIRTUAL_CAMERA ")));
    assert_null(models_find((struct span){NULL, 0}));
    assert_null(models_find((struct span){"VIRTUAL_CAMERA\0", 15}));
}

static void codes_are_compact_for_cameras_of_ours(void **state)
{
    (void)state;
    size_t n;
    const struct camera_model *all = models_all(&n);
    for (size_t i = 0; i < n; i++) {
        bool ours = strncmp(all[i].id, "ESP32_", 6) == 0 || strcmp(all[i].id, "VIRTUAL_CAMERA") == 0 ||
                    strcmp(all[i].id, "BROWSER_CAMERA") == 0;
        assert_int_equal(all[i].qr_format, ours ? PROV_COMPACT : PROV_FULL);
    }
}

static void capabilities_are_commands(void **state)
{
    (void)state;
    size_t n;
    const struct camera_model *all = models_all(&n);
    for (size_t i = 0; i < n; i++)
        (void)count_capabilities(&all[i]);
    assert_int_equal(count_capabilities(models_find(span_of("VIRTUAL_CAMERA"))),
                     sizeof commands / sizeof *commands);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_promised_models_are_there),
        cmocka_unit_test(only_exact_ids_are_found),
        cmocka_unit_test(codes_are_compact_for_cameras_of_ours),
        cmocka_unit_test(capabilities_are_commands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
