#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/conf.h"

/* Loads with one variable set; returns the faults text (static) or NULL when it was good. */
static const char *load_with(const char *name, const char *value, struct conf *out)
{
    static char text[1024];
    FILE *faults = fmemopen(text, sizeof text, "w");
    setenv(name, value, 1);
    enum err e = conf_load(out, faults);
    (void)fclose(faults);
    unsetenv(name);
    return e ? text : NULL;
}

static void defaults_are_good(void **state)
{
    (void)state;
    struct conf c;
    assert_int_equal(conf_load(&c, stderr), ERR_OK);
    assert_int_equal(c.port, 8000);
    assert_int_equal(c.onboard_ttl_s, 600);
    assert_true(c.registration_open);
    assert_int_equal(c.rate_login.n, 5);
    assert_int_equal(c.rate_login.period_s, 60);
    assert_int_equal(c.rate_register.period_s, 3600);
    conf_fini(&c);
}

static void nonsense_is_named(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"PORT", "99999"},
        {"PORT", "80a"},
        {"PASSWORD_MIN", "5"},
        {"RATE_LOGIN", "5"},
        {"RATE_LOGIN", "0/min"},
        {"RATE_LOGIN", "5/day"},
        {"REGISTRATION", "yes"},
        {"LOG_LEVEL", "loud"},
        {"PUBLIC_URL", "ftp://x"},
        {"PUBLIC_URL", "http://"},
        {"CORS_ORIGINS", "app.example.org"},
        {"CORS_ORIGINS", "https://app.example.org/page, *"},
        {"CORS_ORIGINS", "null https://"},
        {"TRUSTED_PROXIES", "proxy.example.org"},
        {"TRUSTED_PROXIES", "private, 10.0.0.0/33"},
        {"TRUSTED_PROXIES", "::1/"},
        {"ONBOARD_TTL_S", "-1"},
        {"SECRET_KEY_FILE", "/nowhere"},
        {"PUBLIC_URL", "https://a-name-that-is-longer-than-sixty-four-bytes.example.org/too/long"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct conf c;
        const char *faults = load_with(wrong[i][0], wrong[i][1], &c);
        assert_non_null(faults);
        assert_int_equal(strncmp(faults, wrong[i][0], strcspn(faults, ":")), 0);
    }
}

static void other_names_and_off(void **state)
{
    (void)state;
    struct conf c;
    assert_null(load_with("RENDER_EXTERNAL_URL", "https://cam.example.org/", &c));
    assert_string_equal(c.public_url, "https://cam.example.org");
    conf_fini(&c);
    assert_null(load_with("CORS_ORIGINS", "https://app.example.org/, null,http://localhost:3000 *", &c));
    conf_fini(&c);
    assert_null(load_with("TRUSTED_PROXIES", "private 192.0.2.1,2001:db8::/32, 10.0.0.0/8", &c));
    conf_fini(&c);
    assert_null(load_with("RATE_DEFAULT", "off", &c));
    assert_int_equal(c.rate_default.n, 0);
    conf_fini(&c);
}

static void a_value_can_come_from_a_file(void **state)
{
    (void)state;
    char path[] = "/tmp/visionconnect-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "a secret of a file\n", 19), 19);
    close(fd);
    struct conf c;
    assert_null(load_with("SECRET_KEY_FILE", path, &c));
    assert_string_equal(c.secret_key, "a secret of a file");
    conf_fini(&c);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_good),
        cmocka_unit_test(nonsense_is_named),
        cmocka_unit_test(other_names_and_off),
        cmocka_unit_test(a_value_can_come_from_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
