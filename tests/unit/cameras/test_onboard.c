#include "cameras/onboard.h"

#include <stdio.h>
#include <string.h>

#include "support/check.h"
#include "support/fake_clock.h"

enum { MINUTE_MS = 60 * 1000, DAY_MS = 24 * 60 * MINUTE_MS };

/* ---- secrets ---- */

static void secrets_have_their_forms_and_differ(void **state)
{
    (void)state;
    struct onboard_secrets a, b;
    struct secret_hash token, claim, none;
    onboard_make_secrets(&a);
    onboard_make_secrets(&b);
    assert_string_not_equal(a.token, b.token);
    assert_string_not_equal(a.claim, b.claim);
    assert_true(onboard_hash(span_of(a.token), &token));
    assert_true(onboard_hash(span_of(a.claim), &claim));
    assert_false(secret_hash_eq(&token, &claim));
    assert_false(onboard_hash(SPAN_LIT(""), &none));
    assert_false(onboard_hash(SPAN_LIT("not-a-token"), &none));
    assert_false(onboard_hash((struct span){a.token, PROV_UUID_LEN - 1}, &none));
    assert_false(onboard_hash((struct span){a.claim, PROV_CLAIM_LEN - 1}, &none));
}

/* ---- the service's address ---- */

static bool lan(char out[LAN_ADDRESS_TEXT])
{
    (void)snprintf(out, LAN_ADDRESS_TEXT, "192.168.1.5");
    return true;
}

static bool no_lan(char out[LAN_ADDRESS_TEXT])
{
    (void)out;
    return false;
}

struct url_case {
    const char *public_url, *base, *want;
    bool loopback;
};

static void server_url_is_derived(void **state)
{
    (void)state;
    static const struct url_case cases[] = {
        {"https://cam.example", "http://localhost:8000", "https://cam.example", false},
        {"https://cam.example/", "http://10.0.0.1", "https://cam.example", false},
        {"http://localhost:9000", "http://10.0.0.1", "http://localhost:9000", false},
        {"", "http://10.0.0.1:8000", "http://10.0.0.1:8000", false},
        {NULL, "https://cam.example", "https://cam.example", false},
        {"", "http://localhost:8000", "http://192.168.1.5:8000", true},
        {"", "http://LOCALHOST", "http://192.168.1.5", true},
        {"", "http://cam.localhost:8000", "http://192.168.1.5:8000", true},
        {"", "http://127.0.0.1:8000", "http://192.168.1.5:8000", true},
        {"", "http://127.8.9.1", "http://192.168.1.5", true},
        {"", "http://0.0.0.0:8000", "http://192.168.1.5:8000", true},
        {"", "http://[::1]:8000", "http://192.168.1.5:8000", true},
        {"", "http://[::ffff:127.0.0.1]:8000", "http://192.168.1.5:8000", true},
        {"", "http://[fd00::1]:8000", "http://[fd00::1]:8000", false},
        {"", "http://localhost.example:8000", "http://localhost.example:8000", false},
        {"", "http://127.0.0.1.example", "http://127.0.0.1.example", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char url[ONBOARD_URL_MAX + 1];
        bool loopback;
        assert_int_equal(onboard_server_url(cases[i].public_url, span_of(cases[i].base), lan, url, &loopback),
                         ERR_OK);
        assert_string_equal(url, cases[i].want);
        assert_int_equal(loopback, cases[i].loopback);
    }
}

static void loopback_stays_where_nothing_is_better(void **state)
{
    (void)state;
    char url[ONBOARD_URL_MAX + 1];
    bool loopback;
    struct span base = SPAN_LIT("http://localhost:8000");
    assert_int_equal(onboard_server_url("", base, no_lan, url, &loopback), ERR_OK);
    assert_string_equal(url, base.p);
    assert_true(loopback);
    assert_int_equal(onboard_server_url("", base, NULL, url, &loopback), ERR_OK);
    assert_string_equal(url, base.p);
    assert_false(loopback);
}

static void too_long_an_address_is_refused(void **state)
{
    (void)state;
    char base[ONBOARD_URL_MAX + 1], url[ONBOARD_URL_MAX + 1] = "untouched";
    bool loopback;
    memset(base, 'a', sizeof base);
    memcpy(base, "http://", 7);
    assert_int_equal(onboard_server_url("", (struct span){base, sizeof base - 1}, lan, url, &loopback),
                     ERR_OK);
    url[0] = 0;
    assert_int_equal(onboard_server_url("", (struct span){base, sizeof base}, lan, url, &loopback),
                     ERR_TOO_LARGE);
    assert_string_equal(url, "");
}

static void the_machines_address_is_no_loopback(void **state)
{
    (void)state;
    char text[LAN_ADDRESS_TEXT];
    if (lan_address_find(text)) { /* a machine without a network has none */
        assert_int_not_equal(strncmp(text, "127.", 4), 0);
        assert_non_null(strchr(text, '.'));
    }
}

/* ---- codes ---- */

static unsigned parts_of(size_t len, const char *start)
{
    char text[PROV_TEXT_MAX];
    memset(text, 'x', sizeof text);
    memcpy(text, start, strlen(start));
    return onboard_parts((struct span){text, len});
}

static void only_compact_texts_are_split(void **state)
{
    (void)state;
    assert_int_equal(parts_of(106, "{\"s\":"), 1);
    assert_int_equal(parts_of(107, "{\"s\":"), 2);
    assert_int_equal(parts_of(2000, "{\"s\":"), 0);
    assert_int_equal(parts_of(2000, "{\"wifi_ssid\":"), 1);
}

/* ---- status words ---- */

struct status_case {
    enum camera_state state;
    int64_t now_ms; /* after creation; the token lives 10 minutes, activation came at minute 5 */
    bool online;
    const char *check_status, *device;
    int64_t gone_ms; /* when its connection ended, after creation; 0 = never */
};

static void status_words(void **state)
{
    (void)state;
    static const struct status_case cases[] = {
        {CAMERA_PENDING, 0, false, "pending", "pending", 0},
        {CAMERA_PENDING, 10 * MINUTE_MS - 1, false, "pending", "pending", 0},
        {CAMERA_PENDING, 10 * MINUTE_MS, false, "expired", "pending", 0},
        {CAMERA_ACTIVE, 5 * MINUTE_MS, false, "active", "active", 0},
        {CAMERA_ACTIVE, 6 * MINUTE_MS - 1, false, "active", "active", 0},
        {CAMERA_ACTIVE, 6 * MINUTE_MS, false, "offline", "offline", 0},
        {CAMERA_ACTIVE, 6 * MINUTE_MS, true, "active", "active", 0},
        {CAMERA_ACTIVE, 2 * DAY_MS, true, "active", "active", 0},
        {CAMERA_ACTIVE, 2 * DAY_MS, false, "offline", "offline", 0},
        /* nobody waits for one that came and went; one activated again is waited for again */
        {CAMERA_ACTIVE, 6 * MINUTE_MS - 1, false, "offline", "offline", 5 * MINUTE_MS + 10},
        {CAMERA_ACTIVE, 6 * MINUTE_MS - 1, false, "active", "active", 4 * MINUTE_MS},
    };
    struct fake_clock clock;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fake_clock_init(&clock, 1700000000000);
        int64_t born_ms = clock_wall_ms(&clock.clock);
        struct camera c = {.state = cases[i].state, .token_expires_ms = born_ms + 10 * MINUTE_MS};
        if (c.state == CAMERA_ACTIVE)
            c.activated_ms = born_ms + 5 * MINUTE_MS;
        struct presence_state s = {.online = cases[i].online};
        if (cases[i].gone_ms)
            s.left_ms = s.last_seen_ms = born_ms + cases[i].gone_ms;
        else if (cases[i].now_ms > 5 * MINUTE_MS) /* it reported, which is not the same */
            s.last_seen_ms = born_ms + cases[i].now_ms;
        fake_clock_advance_ms(&clock, cases[i].now_ms);
        int64_t now_ms = clock_wall_ms(&clock.clock);
        assert_string_equal(onboard_status(&c, &s, now_ms), cases[i].check_status);
        assert_string_equal(presence_status(&c, &s, now_ms), cases[i].device);
    }
}

static void stages(void **state)
{
    (void)state;
    struct camera c = {.state = CAMERA_PENDING};
    assert_string_equal(onboard_stage(&c), "waiting");
    c.state = CAMERA_ACTIVE;
    assert_string_equal(onboard_stage(&c), "activated");
    c.connected_ms = 1;
    assert_string_equal(onboard_stage(&c), "connected");
    c.first_frame_ms = 1;
    assert_string_equal(onboard_stage(&c), "first_frame");
}

static void an_expired_onboarding_is_told_of_for_a_day(void **state)
{
    (void)state;
    struct camera c = {.state = CAMERA_PENDING, .token_expires_ms = 1000};
    assert_false(onboard_is_forgotten(&c, 0));
    assert_false(onboard_is_forgotten(&c, 999 + DAY_MS));
    assert_true(onboard_is_forgotten(&c, 1000 + DAY_MS));
    c.state = CAMERA_ACTIVE;
    assert_false(onboard_is_forgotten(&c, 1000 + DAY_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_have_their_forms_and_differ),
        cmocka_unit_test(server_url_is_derived),
        cmocka_unit_test(loopback_stays_where_nothing_is_better),
        cmocka_unit_test(too_long_an_address_is_refused),
        cmocka_unit_test(the_machines_address_is_no_loopback),
        cmocka_unit_test(only_compact_texts_are_split),
        cmocka_unit_test(status_words),
        cmocka_unit_test(stages),
        cmocka_unit_test(an_expired_onboarding_is_told_of_for_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
