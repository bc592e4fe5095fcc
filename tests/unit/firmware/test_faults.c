/* The whole core in a bad world: thousands of seeded runs in which joins fail, answers are lost before or
 * after the service acted, links break, and the power goes, also between any two writes, while a person shows
 * codes. Time is simulated. Once the faults are over the camera comes online by itself, with the one key that
 * the service knows. */
#include <stdio.h>
#include <string.h>

#include "core/camera.h"
#include "fake_platform.h"
#include "fake_service.h"
#include "support/check.h"

enum { RUNS = 3000, FAULTS_MS = 3600000, CALM_MS = 3600000, NEVER_CUT = 1 << 30 };

/* ---- the world ---- */

enum net { OLD, NEW, NOWHERE };

static const char *const ssids[] = {"Old", "New", "Nowhere"};

static struct {
    uint64_t random;
    int64_t now_ms, join_ms, post_ms, open_ms, drop_ms, person_ms, late_ms; /* what happens when; FW_NEVER */
    int64_t dark_ms, away_ms; /* until then there is no WiFi; no answer from the service */
    bool calm, cut, moved, was_online;
    int cut_in; /* writes until the power goes */
    unsigned seed, cuts, scans;
    struct fake_service service;
    unsigned late; /* the code of a request that is still on its way although the camera gave it up */
    enum net net;
    char shown[PROV_TEXT_MAX]; /* the code before the camera's eye */
    bool (*put)(void *ctx, const char *key, const void *value, size_t len);
    void (*erase)(void *ctx, const char *key);
} world;

static struct fake_platform fake;
static struct fw_camera camera;

static unsigned roll(unsigned n)
{
    world.random ^= world.random << 13;
    world.random ^= world.random >> 7;
    world.random ^= world.random << 17;
    return (unsigned)((world.random >> 11) % n);
}

static bool chance(unsigned percent)
{
    return !world.calm && roll(100) < percent;
}

static int64_t in(unsigned most_ms)
{
    return world.now_ms + 1 + roll(most_ms);
}

/* ---- the platform ---- */

/* The write at which the power goes is done or not; those after it are not. */
static bool survives(void)
{
    if (!world.cut && world.cut_in-- == 0) {
        world.cut = true;
        return roll(2);
    }
    return !world.cut;
}

static bool kv_put(void *ctx, const char *key, const void *value, size_t len)
{
    return survives() && world.put(ctx, key, value, len);
}

static void kv_erase(void *ctx, const char *key)
{
    if (survives())
        world.erase(ctx, key);
}

static void wifi_join(void *ctx, const char *ssid, size_t ssid_len, const char *password, size_t password_len)
{
    for (int n = OLD; n <= NOWHERE; n++)
        if (strlen(ssids[n]) == ssid_len && memcmp(ssids[n], ssid, ssid_len) == 0)
            world.net = (enum net)n;
    world.join_ms = chance(10) ? FW_NEVER : in(5000);
}

static void link_post(void *ctx, const char *url, const char *body, size_t len)
{
    fake.posting = true;
    (void)snprintf(fake.body, sizeof fake.body, "%.*s", (int)len, body);
    world.post_ms = chance(10) ? FW_NEVER : in(3000);
}

static void link_post_cancel(void *ctx)
{
    fake.posting = false;
    world.post_ms = FW_NEVER;
}

static void link_open(void *ctx, const char *url, const char *key)
{
    assert_false(fake.open);
    fake.open = true;
    (void)snprintf(fake.key, sizeof fake.key, "%s", key);
    world.open_ms = chance(10) ? FW_NEVER : in(3000);
}

static void link_close(void *ctx, unsigned code)
{
    fake.open = false;
    world.open_ms = world.drop_ms = FW_NEVER;
}

/* ---- the service ---- */

static void no_answer(void)
{
    struct fw_link_answer a = {.fault = (enum fw_link_fault)roll(3), .body = ""};
    fw_camera_posted(&camera, &a, world.now_ms);
}

static void refuse(unsigned status, const char *body)
{
    struct fw_link_answer a = {.status = status, .body = body, .len = strlen(body)};
    fw_camera_posted(&camera, &a, world.now_ms);
}

static void on_late(void)
{
    (void)fake_service_activate(&world.service, world.late);
}

static void give_key(unsigned n)
{
    char key[PROV_KEY_LEN + 1], body[512];
    if (chance(10)) {
        world.late = n;
        world.late_ms = in(120000);
        no_answer();
        return;
    }
    unsigned given = fake_service_activate(&world.service, n);
    if (!given) {
        refuse(409, "{\"code\":\"already_activated\"}");
        return;
    }
    if (chance(30)) {
        no_answer(); /* lost on its way */
        return;
    }
    fake_service_key(given, key);
    (void)snprintf(body, sizeof body,
                   "{\"device_id\":\"" FAKE_SERVICE_ID "\",\"device_key\":\"%s\",\"relay_url\":\"ws://s/ws\","
                   "\"upload_url\":\"http://s/upload\",\"heartbeat_s\":5}",
                   key);
    struct fw_link_answer a = {.status = 200, .body = body, .len = strlen(body)};
    fw_camera_posted(&camera, &a, world.now_ms);
}

static void on_post(void)
{
    static const char *const noise[] = {"", "<html>", "{\"code\":\"overloaded\"}"};
    unsigned n;
    const char *token = strstr(fake.body, "claim000000");
    fake.posting = false;
    if (chance(30) || world.now_ms < world.away_ms)
        no_answer();
    else if (chance(15))
        refuse(roll(2) ? 503 : 404, noise[roll(2)]);
    else if (!token || sscanf(token + 11, "%3u", &n) != 1 || n >= world.service.codes)
        refuse(410, "{\"code\":\"token_expired\"}");
    else
        give_key(n);
}

static void closed(unsigned http_status)
{
    struct fw_link_end end = {.http_status = http_status, .fault = (enum fw_link_fault)roll(3)};
    fake.open = false;
    world.drop_ms = FW_NEVER;
    fw_camera_link_closed(&camera, &end, world.now_ms);
}

static void on_open(void)
{
    static const char registered[] = "{\"type\":\"registered\"}";
    if (chance(25) || world.now_ms < world.away_ms) {
        closed(roll(2) ? 0 : 503);
    } else if (!fake_service_accepts(&world.service, fake.key)) {
        closed(401);
    } else if (chance(20)) {
        closed(0); /* accepted, and cut off before the camera knew */
    } else {
        fw_camera_link_open(&camera, world.now_ms);
        fw_camera_link_text(&camera, registered, sizeof registered - 1, true, world.now_ms);
        world.drop_ms = chance(80) ? in(600000) : FW_NEVER;
    }
}

static void on_drop(void)
{
    static const char goaway[] = "{\"type\":\"goaway\",\"reconnect_after_ms\":1000}";
    static const char restart[] = "{\"type\":\"command\",\"id\":1,\"name\":\"restart\",\"args\":{}}";
    switch (roll(4)) {
    case 0:
        fw_camera_wifi_lost(&camera, world.now_ms);
        break;
    case 1:
        fw_camera_link_text(&camera, goaway, sizeof goaway - 1, true, world.now_ms);
        break;
    case 2:
        fw_camera_link_text(&camera, restart, sizeof restart - 1, true, world.now_ms);
        break;
    default:
        closed(0);
        break;
    }
}

static void on_join(void)
{
    if (chance(30) || world.now_ms < world.dark_ms)
        fw_camera_join_failed(&camera, (enum fw_join_failure)roll(3), world.now_ms);
    else if (world.net == NOWHERE || (world.net == OLD && world.moved))
        fw_camera_join_failed(&camera, FW_JOIN_NO_NETWORK, world.now_ms);
    else
        fw_camera_joined(&camera, "10.0.0.9", world.now_ms);
}

/* ---- the person ---- */

static void power_on(void)
{
    static const struct fw_size vga = {"VGA", 640, 480};
    struct fw_camera_config config = {
        .uid = "uid-1", .model = "VIRTUAL_CAMERA", .firmware = "fw/1", .size = &vga, .quality = 12};
    fake.open = fake.posting = fake.borrowed = fake.source_started = world.cut = false;
    fake.log_len = 0;
    world.cut_in = chance(50) ? (int)roll(12) : NEVER_CUT;
    world.join_ms = world.post_ms = world.open_ms = world.drop_ms = FW_NEVER;
    fw_camera_init(&camera, &fake.ops, &config, world.now_ms);
    fw_camera_start(&camera, world.now_ms);
}

/* Holds the code up, again after each power cut, until it was read and kept. */
static void show(void)
{
    for (bool kept = false; !kept;) {
        enum prov_err err = fw_camera_code(&camera, world.shown, strlen(world.shown), world.now_ms);
        assert_true(err == PROV_OK || !world.was_online);
        world.scans++;
        kept = !world.cut;
        if (world.cut)
            power_on();
    }
}

static void compose(enum net net, const char *token)
{
    (void)snprintf(world.shown, sizeof world.shown, "{\"s\":\"%s\",\"p\":\"password\"%s%s%s}", ssids[net],
                   token ? ",\"t\":\"" : "", token ? token : "", token ? "\",\"u\":\"http://s\"" : "");
}

static void onboard(enum net net)
{
    char token[16];
    (void)snprintf(token, sizeof token, "claim000000%03u", world.service.codes++);
    compose(net, token);
}

static void on_person(void)
{
    world.person_ms = in(1800000);
    if (chance(30))
        world.dark_ms = in(1800000);
    if (chance(30))
        world.away_ms = in(1800000);
    unsigned what = world.was_online ? roll(6) : 6 + roll(4);
    if (what == 1 && world.service.codes < FAKE_SERVICE_CODES)
        onboard(NEW);
    else if (what == 6)
        compose(OLD, "claim000000000"); /* the first one again */
    else if (what == 7)
        compose(OLD, "claimexpired00");
    else if (what == 8)
        compose(NOWHERE, "claimexpired00");
    else if (what == 2 && !world.moved && world.service.codes < FAKE_SERVICE_CODES)
        onboard(NOWHERE); /* mistyped */
    else if (what == 3)
        compose(NEW, NULL);
    else if (what == 4)
        compose(NEW, "claimexpired00");
    else if (what == 5 && !world.moved) {
        world.moved = true;
        compose(NEW, roll(2) ? NULL : "claimexpired00");
    }
    show(); /* or the last one again */
}

/* ---- a run ---- */

static const char *last_words(void)
{
    enum { MOST = 1500 };
    return fake.log + (fake.log_len > MOST ? fake.log_len - MOST : 0);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool due(int64_t *at_ms)
{
    bool is = *at_ms <= world.now_ms;
    if (is)
        *at_ms = FW_NEVER;
    return is;
}

static void one_event(void)
{
    if (due(&world.join_ms))
        on_join();
    else if (due(&world.post_ms))
        on_post();
    else if (due(&world.open_ms))
        on_open();
    else if (due(&world.drop_ms))
        on_drop();
    else if (due(&world.late_ms))
        on_late();
    else if (!world.calm && world.person_ms <= world.now_ms)
        on_person();
    else
        fw_camera_tick(&camera, world.now_ms);
}

/* Lets the world go on until this time. */
static void run_until(int64_t end_ms)
{
    for (;;) {
        int64_t next = earlier(earlier(world.join_ms, world.post_ms), earlier(world.open_ms, world.drop_ms));
        next = earlier(next, earlier(world.late_ms, fw_camera_deadline_ms(&camera)));
        if (!world.calm)
            next = earlier(next, world.person_ms);
        if (next > end_ms)
            break;
        world.now_ms = next > world.now_ms ? next : world.now_ms;
        one_event();
        if (world.cut || chance(1)) {
            world.cuts++;
            power_on();
        }
        world.was_online |= camera.machine.state == FW_ONLINE;
        if (fw_camera_needs_code(&camera)) /* nothing that happened here takes a key or a token away */
            fail_msg("run %u has lost its key, %u of %u is live:\n%s", world.seed, world.service.live,
                     world.service.keys, last_words());
    }
    world.now_ms = end_ms;
}

static void begin(unsigned seed)
{
    memset(&world, 0, sizeof world);
    world.seed = seed;
    world.random = seed * 0x9e3779b97f4a7c15u + 1;
    fake_platform_init(&fake);
    world.late_ms = FW_NEVER;
    world.put = fake.ops.kv.put;
    world.erase = fake.ops.kv.erase;
    fake.ops.kv.put = kv_put;
    fake.ops.kv.erase = kv_erase;
    fake.ops.wifi.join = wifi_join;
    fake.ops.link.post = link_post;
    fake.ops.link.post_cancel = link_post_cancel;
    fake.ops.link.open = link_open;
    fake.ops.link.close = link_close;
    power_on();
    onboard(OLD);
    show();
    world.person_ms = in(1800000);
}

static void check_end(void)
{
    char live[PROV_KEY_LEN + 1];
    struct fw_keep_accounts kept = {0};
    fake_service_key(world.service.live, live);
    if (camera.machine.state != FW_ONLINE)
        fail_msg("run %u ends in %s (%s):\n%s", world.seed, fw_machine_state_name(camera.machine.state),
                 fw_led_indication(camera.led)->code, last_words());
    assert_true(fw_keep_get_accounts(&fake.ops.kv, FW_KEEP_SETTLED, &kept));
    assert_int_equal(kept.n, 1);
    assert_string_equal(kept.at[0].device_key, live);
    assert_false(fake_platform_keeps(&fake, "new_network") || fake_platform_keeps(&fake, "new_account"));
}

static void test_it_always_comes_online_in_the_end(void **state)
{
    unsigned cuts = 0, scans = 0, keys = 0, moved = 0;
    for (unsigned seed = 1; seed <= RUNS; seed++) {
        begin(seed);
        run_until(world.now_ms + FAULTS_MS);
        world.calm = true;
        world.cut_in = NEVER_CUT;
        world.drop_ms = FW_NEVER;
        world.dark_ms = world.away_ms = 0;
        run_until(world.now_ms + CALM_MS);
        check_end();
        cuts += world.cuts;
        scans += world.scans;
        keys += world.service.keys;
        moved += world.moved;
    }
    print_message("%u runs: %u power cuts, %u codes shown, %u keys given, %u moves\n", RUNS, cuts, scans,
                  keys, moved);
    assert_true(cuts > RUNS && scans > RUNS && keys > RUNS && moved > RUNS / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_always_comes_online_in_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
