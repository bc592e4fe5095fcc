/* The virtual camera: the portable core on the host port. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "apps/virtual_camera/options.h"
#include "apps/virtual_camera/stats.h"
#include "core/camera.h"
#include "ports/host/kv.h"
#include "ports/host/link.h"
#include "ports/host/log.h"
#include "ports/host/loop.h"
#include "ports/host/qr_image.h"
#include "ports/host/source_folder.h"
#include "ports/host/source_stream.h"
#include "ports/host/source_test.h"
#include "ports/host/wifi_fake.h"

enum { EXIT_WRONG = 1, EXIT_NO_CODE = 2, EXIT_REMOVED = 3, LEAVE_LIMIT_MS = 3000, RSSI_DBM = -42 };

static const char UID_KEY[] = "uid";

enum source_kind { SOURCE_TEST, SOURCE_STREAM, SOURCE_FOLDER };

struct app {
    struct options options;
    struct host_loop loop;
    struct host_kv kv;
    struct host_link link;
    struct host_wifi wifi;
    enum source_kind source_kind;
    struct host_test test;
    struct host_stream stream;
    struct host_folder folder;
    struct fw_platform platform;
    struct fw_camera camera;
    char uid[PROV_UID_MAX + 1];
    struct stats stats;
    struct host_timer tick, leave_limit;
    struct host_watch signals;
    int signal_fd;
    bool leaving;
    unsigned codes_taken;
    enum prov_err last_code;
    int status;
};

/* ---- the board ---- */

static uint32_t board_random(void *ctx)
{
    uint32_t r;
    if (getrandom(&r, sizeof r, 0) != (ssize_t)sizeof r)
        abort(); /* the pool is ready on any machine that runs this */
    return r;
}

static void board_health(void *ctx, struct fw_health *out)
{
    struct sysinfo about;
    out->rssi_dbm = RSSI_DBM;
    out->heap_bytes = sysinfo(&about) == 0 ? (uint64_t)about.freeram * about.mem_unit : 0;
}

static void board_actuate(void *ctx, const struct fw_actuators *a)
{
    struct app *app = ctx;
    host_log(FW_LOG_INFO, "camera.actuators", "x=%u y=%u light=%s flash=%u", (unsigned)a->x, (unsigned)a->y,
             a->light ? "on" : "off", (unsigned)a->flash);
    if (app->source_kind == SOURCE_TEST)
        host_test_actuate(&app->test, a);
}

static void board_indicate(void *ctx, const struct fw_indication *i)
{
    host_log(FW_LOG_INFO, "camera.led", "code=%s pattern=%s meaning=\"%s\"", i->code, i->pattern, i->meaning);
}

static void board_log(void *ctx, enum fw_log_level level, const char *event, const char *text)
{
    host_log_write(level, event, text);
}

/* ---- codes ---- */

/* The codes of the command line are all it will ever see. */
static void scanner_ignore(void *ctx)
{
}

static void on_code(void *ctx, const char *text, size_t len)
{
    struct app *app = ctx;
    app->last_code = fw_camera_code(&app->camera, text, len, host_clock_ms());
    app->codes_taken += app->last_code == PROV_OK;
}

/* Shows the camera all codes of the command line. False: none of them is a whole payload. */
static bool show_codes(struct app *app)
{
    for (unsigned i = 0; i < app->options.code_count; i++) {
        const struct options_code *code = &app->options.codes[i];
        int found = 1;
        if (code->picture)
            found = host_qr_image_read(code->value, on_code, app);
        else
            on_code(app, code->value, strlen(code->value));
        if (found == 0)
            host_log(FW_LOG_ERROR, "camera.no_code", "file=\"%s\"", code->value);
        else if (found > 0 && app->last_code != PROV_OK && app->last_code != PROV_INCOMPLETE)
            host_log(FW_LOG_ERROR, "camera.code_unusable", "number=%u", i + 1);
    }
    if (app->codes_taken == 0 && app->last_code == PROV_INCOMPLETE)
        host_log(FW_LOG_ERROR, "camera.code_incomplete",
                 "reason=\"other parts of the split code are missing\"");
    return app->codes_taken > 0 || app->options.code_count == 0;
}

/* ---- the end ---- */

static void stop(struct app *app, int status)
{
    app->status = status;
    host_loop_stop(&app->loop);
}

static void on_leave_limit(void *ctx)
{
    stop(ctx, EXIT_SUCCESS);
}

static void leave(struct app *app)
{
    if (app->leaving)
        return;
    app->leaving = true;
    fw_camera_goodbye(&app->camera);
    host_timer_set(&app->leave_limit, LEAVE_LIMIT_MS);
}

static void on_source_end(void *ctx)
{
    leave(ctx);
}

static void on_signal(void *ctx)
{
    struct app *app = ctx;
    struct signalfd_siginfo about;
    if (read(app->signal_fd, &about, sizeof about) != (ssize_t)sizeof about)
        return;
    if (app->leaving)
        stop(app, EXIT_SUCCESS); /* asked twice: no more patience */
    else
        leave(app);
}

static void no_code_left(struct app *app)
{
    enum fw_led fault = app->camera.fault;
    host_log(FW_LOG_ERROR, "camera.needs_code", "reason=\"%s\"",
             fault ? fw_led_indication(fault)->meaning : "give it one with --qr or --qr-text");
    stop(app, fault == FW_LED_REMOVED ? EXIT_REMOVED : EXIT_NO_CODE);
}

/* ---- the loop ---- */

static void on_tick(void *ctx)
{
    struct app *app = ctx;
    if (!app->leaving)
        fw_camera_tick(&app->camera, host_clock_ms());
}

static void before_wait(void *ctx)
{
    struct app *app = ctx;
    if (app->leaving) {
        if (host_link_idle(&app->link))
            stop(app, EXIT_SUCCESS);
        return;
    }
    if (fw_camera_needs_code(&app->camera)) {
        no_code_left(app);
        return;
    }
    int64_t at_ms = fw_camera_deadline_ms(&app->camera);
    if (at_ms == FW_NEVER)
        host_timer_cancel(&app->tick);
    else
        host_timer_set(&app->tick, at_ms - host_clock_ms());
}

/* ---- beginning ---- */

static bool open_state(struct app *app)
{
    char folder[4096];
    const char *base = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (app->options.state)
        (void)snprintf(folder, sizeof folder, "%s", app->options.state);
    else if (base && base[0] == '/')
        (void)snprintf(folder, sizeof folder, "%s/visionconnect-camera", base);
    else
        (void)snprintf(folder, sizeof folder, "%s/.local/state/visionconnect-camera", home ? home : ".");
    if (!host_kv_open(&app->kv, folder))
        return false;
    app->platform.kv = host_kv_ops(&app->kv);
    if (app->options.reset) {
        for (int slot = FW_KEEP_SETTLED; slot <= FW_KEEP_NEW; slot++) {
            fw_keep_forget_network(&app->platform.kv, (enum fw_keep_slot)slot);
            fw_keep_forget_accounts(&app->platform.kv, (enum fw_keep_slot)slot);
        }
        host_log(FW_LOG_INFO, "camera.reset", "folder=\"%s\"", folder);
    }
    return true;
}

/* The name given, else the one kept, else a new one that is kept. */
static bool choose_uid(struct app *app)
{
    const struct fw_kv *kv = &app->platform.kv;
    size_t len;
    if (app->options.uid) {
        (void)snprintf(app->uid, sizeof app->uid, "%s", app->options.uid);
        return true;
    }
    if (kv->get(kv->ctx, UID_KEY, app->uid, sizeof app->uid - 1, &len) && len) {
        app->uid[len] = 0;
        return true;
    }
    (void)snprintf(app->uid, sizeof app->uid, "virtual-%08x%08x", board_random(app), board_random(app));
    return kv->put(kv->ctx, UID_KEY, app->uid, strlen(app->uid));
}

static bool open_source(struct app *app)
{
    const struct options *o = &app->options;
    struct fw_source *out = &app->platform.source;
    bool ok;
    if (strcmp(o->source, "test") == 0) {
        app->source_kind = SOURCE_TEST;
        ok = host_test_init(&app->test, o->size.width, o->size.height, o->quality, o->name_overlay);
        *out = host_test_ops(&app->test);
    } else if (strcmp(o->source, "-") == 0) {
        app->source_kind = SOURCE_STREAM;
        ok = host_stream_init(&app->stream, &app->loop, &app->camera, STDIN_FILENO);
        app->stream.at_end = o->exit_on_eof ? on_source_end : NULL;
        app->stream.at_end_ctx = app;
        *out = host_stream_ops(&app->stream);
    } else {
        app->source_kind = SOURCE_FOLDER;
        ok = host_folder_init(&app->folder, o->source);
        *out = host_folder_ops(&app->folder);
    }
    return ok;
}

static void close_source(struct app *app)
{
    if (app->source_kind == SOURCE_TEST)
        host_test_fini(&app->test);
    else if (app->source_kind == SOURCE_STREAM)
        host_stream_fini(&app->stream);
    else
        host_folder_fini(&app->folder);
}

static bool watch_signals(struct app *app)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return false;
    app->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    app->signals = (struct host_watch){on_signal, app};
    return app->signal_fd >= 0 && host_loop_watch(&app->loop, app->signal_fd, &app->signals);
}

static void start_camera(struct app *app)
{
    const struct options *o = &app->options;
    struct fw_camera_config config = {.uid = app->uid,
                                      .model = o->model,
                                      .firmware = "visionconnect-camera/" VC_VERSION,
                                      .size = &o->size,
                                      .quality = o->quality,
                                      .fps_cap_milli = o->fps_cap_milli};
    int64_t now_ms = host_clock_ms();
    app->platform.wifi = host_wifi_ops(&app->wifi);
    app->platform.link = host_link_ops(&app->link);
    app->platform.scanner = (struct fw_scanner){.ctx = app, .start = scanner_ignore, .stop = scanner_ignore};
    app->platform.board = (struct fw_board){.ctx = app,
                                            .random = board_random,
                                            .health = board_health,
                                            .actuate = board_actuate,
                                            .indicate = board_indicate,
                                            .log = board_log};
    fw_camera_init(&app->camera, &app->platform, &config, now_ms);
    fw_camera_start(&app->camera, now_ms);
}

/* Everything but the loop, which is open. */
static int run(struct app *app)
{
    struct options *o = &app->options;
    bool ok = host_link_init(&app->link, &app->loop, &app->camera, o->ca_file) && open_source(app) &&
              watch_signals(app);
    if (!ok)
        return EXIT_WRONG;
    host_wifi_init(&app->wifi, &app->loop, &app->camera);
    app->wifi.delay_ms = o->wifi_delay_ms;
    app->wifi.failures = o->wifi_failures;
    app->wifi.failure = o->wifi_failure;
    host_timer_init(&app->tick, &app->loop, on_tick, app);
    host_timer_init(&app->leave_limit, &app->loop, on_leave_limit, app);
    start_camera(app);
    if (o->stats)
        stats_start(&app->stats, &app->loop, &app->camera);
    if (!show_codes(app))
        return EXIT_NO_CODE;
    host_loop_run(&app->loop);
    return app->status;
}

static int run_with_state(struct app *app)
{
    int status = EXIT_WRONG;
    if (app->options.reset && !app->options.code_count)
        return EXIT_SUCCESS;
    app->loop.before_wait = before_wait;
    app->loop.before_wait_ctx = app;
    if (choose_uid(app) && host_loop_init(&app->loop, host_link_callback, app->options.ca_file))
        status = run(app);
    app->loop.stopped = true;
    host_loop_fini(&app->loop); /* its last calls still want what follows */
    fw_camera_fini(&app->camera);
    close_source(app);
    host_link_fini(&app->link);
    return status;
}

int main(int argc, char **argv)
{
    static struct app app; /* the core wants no stack for it */
    switch (options_read(&app.options, argc, argv)) {
    case OPTIONS_DONE:
        return EXIT_SUCCESS;
    case OPTIONS_WRONG:
        return EXIT_WRONG;
    default:
        break;
    }
    if (!open_state(&app))
        return EXIT_WRONG;
    int status = run_with_state(&app);
    host_kv_close(&app.kv);
    return status;
}
