#include "app.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "admission.h"
#include "auth/limiter.h"
#include "auth/secret.h"
#include "auth/ticket.h"
#include "auth/token.h"
#include "cameras/known_keys.h"
#include "cameras/presence.h"
#include "cameras/progress.h"
#include "cameras/qr_vault.h"
#include "core/jobs.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/timers.h"
#include "device_gate.h"
#include "door/door.h"
#include "http/api/api.h"
#include "http/server.h"
#include "metrics.h"
#include "relay/relay.h"
#include "relay_plug.h"
#include "store/mongo/mongo.h"
#include "store/sqlite/sqlite.h"

enum {
    STORE_THREADS = 4,
    STORE_QUEUE = 1024,
    MONGO_WAIT_MS = 2000, /* at start: then the service goes on, not ready, until the database is there */
    /* argon2 runs one at a time a core, less one: about 20 ms and 19 MiB each. Those who wait cost a
       connection: a wait is cheaper than a refusal and another try. */
    HASH_QUEUE = 256,
    LIMITER_KEYS = 100000,
    WAITERS = 10000,
    VAULT_ENTRIES = 10000,
    KNOWN_KEYS = 16384, /* cameras that upload by HTTP; one more asks the store each time */
    SWEEP_EVERY_MS = 60 * 1000,
    MIN_FDS = 1024,
    WANT_FDS = 65536,
};

struct app {
    const struct conf *conf;
    const struct clock *clock;
    struct store *store;
    struct token_keys *keys;
    struct tickets *tickets;
    struct limiter *limiter;
    struct timers *timers;
    struct presence *presence;
    struct progress *progress;
    struct qr_vault *vault;
    struct known_keys *known_keys;
    struct jobs *jobs, *hash_jobs;
    struct relay *relay;
    struct http_server *http;
    struct limits *limits;
    struct door *door;
    struct api api;
    struct admission admission;
    struct device_gate devices;
    struct relay_plug plug;
    struct metrics metrics;
};

/* ---- what the door and the REST side hand over ---- */

static void on_arrival(void *arg, const struct door_arrival *d)
{
    struct app *a = arg;
    const struct http_arrival rest = {.fd = d->fd,
                                      .address = (const struct sockaddr *)&d->address,
                                      .address_len = d->address_len,
                                      .head_bytes = d->head.len,
                                      .body_bytes = d->body_bytes,
                                      .place = d->place};
    const struct admission_socket socket = {
        .fd = d->fd, .head = d->head, .peer = d->address_text, .place = d->place};
    if (d->kind == DOOR_WEBSOCKET)
        admission_upgrade(&a->admission, &socket);
    else if (http_server_full(a->http))
        door_refuse(a->door, d, 503);
    else
        http_server_adopt(a->http, &rest);
}

static void on_closed(void *arg, void *place)
{
    (void)arg;
    limits_leave(place);
}

static void on_give_back(void *arg, int fd, const struct sockaddr *address, void *place)
{
    struct app *a = arg;
    door_take_back(a->door, fd, address, place);
}

static bool on_is_proxy(void *arg, const char *address)
{
    struct app *a = arg;
    return http_server_trusts(a->http, address);
}

/* ---- upkeep ---- */

static void run_sweep(void *arg)
{
    struct app *a = arg;
    int64_t now_ms = clock_wall_ms(a->clock);
    qr_vault_sweep(a->vault, now_ms);
    enum err e = a->store->sweep(a->store, now_ms);
    if (e)
        log_event(LOG_WARN, "store.sweep_failed", "reason=%s", err_word(e));
}

static void plan_sweep(void *arg)
{
    struct app *a = arg;
    uint64_t id;
    if (jobs_submit(a->jobs, run_sweep, a))
        log_event(LOG_WARN, "store.sweep_put_off", "reason=overloaded");
    if (timers_after(a->timers, SWEEP_EVERY_MS, plan_sweep, a, &id))
        log_event(LOG_ERROR, "store.sweep_ends", "reason=no_memory");
}

/* ---- start ---- */

/* Raised before libwebsockets sizes its tables; bounded, since it pays memory per possible descriptor. */
static enum err raise_fd_limit(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r))
        return ERR_IO;
    rlim_t want = r.rlim_max < WANT_FDS ? r.rlim_max : WANT_FDS;
    r.rlim_cur = want;
    if (want < MIN_FDS || setrlimit(RLIMIT_NOFILE, &r)) {
        log_event(LOG_ERROR, "app.too_few_descriptors", "limit=%llu want=%d", (unsigned long long)want,
                  MIN_FDS);
        return ERR_IO;
    }
    return ERR_OK;
}

static enum err open_keys(struct app *a)
{
    char *secret = a->conf->secret_key, *kept = NULL;
    if (!*secret) {
        enum err e = token_secret_keep(a->conf->data_dir, &kept);
        if (e)
            return e;
        secret = kept;
    }
    const char *fault = token_secret_fault(span_of(secret));
    enum err e = ERR_INVALID;
    if (fault)
        log_event(LOG_ERROR, "app.secret_key_refused", "reason=\"%s\" help=\"openssl rand -hex 32\"", fault);
    else
        e = token_keys_create(&a->keys, span_of(secret));
    if (kept)
        mem_wipe(kept, strlen(kept));
    mem_free(kept);
    return e;
}

static enum err open_mongo(struct app *a)
{
    const struct mongo_config config = {.uri = a->conf->mongo_uri,
                                        .pool = (int)a->conf->mongo_pool,
                                        .timeout_ms = (int)a->conf->mongo_timeout_ms,
                                        .retry = strcmp(a->conf->mongo_retry, "on") == 0,
                                        .wait_ms = MONGO_WAIT_MS,
                                        .hash = secret_hash_of};
    return mongo_store_open(&config, &a->store);
}

static enum err open_store(struct app *a)
{
    if (*a->conf->mongo_uri)
        return open_mongo(a);
    struct buf path;
    buf_init(&path, 4096);
    buf_printf(&path, "%s/visionconnect.db", a->conf->data_dir);
    enum err e = buf_err(&path);
    if (!e)
        e = sqlite_store_open(buf_str(&path), &a->store);
    buf_fini(&path);
    return e;
}

static enum err open_data(struct app *a)
{
    if (mkdir(a->conf->data_dir, 0700) && errno != EEXIST) {
        log_event(LOG_ERROR, "app.no_data_dir", "path=\"%s\" errno=%d", a->conf->data_dir, errno);
        return ERR_IO;
    }
    enum err e = open_keys(a);
    return e ? e : open_store(a);
}

static enum err make_rooms(struct app *a)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t hash_threads = cores > 2 ? (size_t)cores - 1 : 1;
    enum err e = timers_create(&a->timers);
    e = e ? e : tickets_create(&a->tickets, a->keys, a->clock);
    e = e ? e : limiter_create(&a->limiter, a->clock, LIMITER_KEYS);
    e = e ? e : presence_create(&a->presence, a->clock);
    e = e ? e : progress_create(&a->progress, a->timers, WAITERS);
    e = e ? e : qr_vault_create(&a->vault, VAULT_ENTRIES);
    e = e ? e : known_keys_create(&a->known_keys, a->clock, KNOWN_KEYS);
    /* Each job waits for the network then: as many as there are connections. */
    size_t store_threads = a->store->quick_reads ? STORE_THREADS : (size_t)a->conf->mongo_pool;
    e = e ? e : jobs_create(&a->jobs, "jobs", store_threads, STORE_QUEUE);
    return e ? e : jobs_create_background(&a->hash_jobs, "passwords", hash_threads, HASH_QUEUE);
}

static enum err make_relay(struct app *a)
{
    const struct relay_config config = {.max_frame_bytes = (size_t)a->conf->max_frame_bytes,
                                        .max_connections = (size_t)a->conf->max_connections,
                                        .clock = a->clock};
    a->plug = (struct relay_plug){.clock = a->clock,
                                  .store = a->store,
                                  .jobs = a->jobs,
                                  .presence = a->presence,
                                  .progress = a->progress,
                                  .admission = &a->admission,
                                  .devices = &a->devices};
    const struct relay_hooks hooks = relay_plug_hooks(&a->plug);
    enum err e = relay_create(&a->relay, &config, &hooks);
    a->plug.relay = a->relay;
    a->devices = (struct device_gate){.clock = a->clock,
                                      .store = a->store,
                                      .jobs = a->jobs,
                                      .progress = a->progress,
                                      .known = a->known_keys,
                                      .relay = a->relay};
    return e;
}

static enum err make_http(struct app *a)
{
    a->api = (struct api){.store = a->store,
                          .jobs = a->jobs,
                          .conf = a->conf,
                          .clock = a->clock,
                          .keys = a->keys,
                          .limiter = a->limiter,
                          .presence = a->presence,
                          .progress = a->progress,
                          .vault = a->vault,
                          .tickets = a->tickets,
                          .write_metrics = metrics_write,
                          .write_metrics_arg = &a->metrics,
                          .relay = relay_plug_api(&a->plug),
                          .started_ms = clock_wall_ms(a->clock)};
    const struct http_config config = {.routes = api_routes,
                                       .app = &a->api,
                                       .conf = a->conf,
                                       .clock = a->clock,
                                       .store = a->store,
                                       .keys = a->keys,
                                       .tickets = a->tickets,
                                       .limiter = a->limiter,
                                       .device_keys = device_gate_http(&a->devices),
                                       .jobs = a->jobs,
                                       .hash_jobs = a->hash_jobs,
                                       .max_connections = (size_t)a->conf->max_connections,
                                       .closed = on_closed,
                                       .give_back = on_give_back,
                                       .connections_arg = a};
    enum err e = http_server_create(&a->http, &config);
    a->admission = (struct admission){.conf = a->conf,
                                      .clock = a->clock,
                                      .store = a->store,
                                      .presence = a->presence,
                                      .tickets = a->tickets,
                                      .limiter = a->limiter,
                                      .jobs = a->jobs,
                                      .devices = &a->devices,
                                      .http = a->http,
                                      .relay = a->relay};
    return e;
}

static enum err open_door(struct app *a)
{
    size_t all = (size_t)a->conf->max_connections;
    size_t address = (size_t)a->conf->max_connections_per_address;
    size_t account = (size_t)a->conf->max_connections_per_account;
    const struct limits_config most = {
        .all = all, .per_address = address ? address : all / 2, .per_account = account ? account : all / 2};
    enum err e = limits_create(&a->limits, &most);
    const struct door_config config = {.host = a->conf->host,
                                       .port = (int)a->conf->port,
                                       .limits = a->limits,
                                       .clock = a->clock,
                                       .is_proxy = on_is_proxy,
                                       .proxy_protocol = a->conf->proxy_protocol,
                                       .arrived = on_arrival,
                                       .arg = a};
    e = e ? e : door_create(&a->door, &config);
    a->metrics = (struct metrics){.door = a->door,
                                  .limits = a->limits,
                                  .http = a->http,
                                  .relay = a->relay,
                                  .jobs = a->jobs,
                                  .hash_jobs = a->hash_jobs};
    return e ? e : door_start(a->door);
}

enum err app_start(struct app **out, const struct conf *conf)
{
    struct app *a = mem_zalloc(sizeof *a);
    if (!a)
        return ERR_NO_MEMORY;
    a->conf = conf;
    a->clock = clock_system();
    /* A congested moment frees and takes frame-sized blocks all the time: keep them from the kernel's page
     * faults. */
    (void)mallopt(M_TRIM_THRESHOLD, 128 * 1024 * 1024);
    (void)mallopt(M_MMAP_THRESHOLD, 8 * 1024 * 1024);
    enum err e = raise_fd_limit();
    e = e ? e : open_data(a);
    e = e ? e : make_rooms(a);
    e = e ? e : make_relay(a);
    e = e ? e : make_http(a);
    e = e ? e : open_door(a);
    if (e) {
        log_event(LOG_ERROR, "app.start_failed", "reason=%s", err_word(e));
        app_stop(a, 0);
        return e;
    }
    plan_sweep(a);
    *out = a;
    return ERR_OK;
}

int app_port(const struct app *a)
{
    return door_port(a->door);
}

static int ms_until(const struct clock *clock, int64_t deadline_us)
{
    int64_t left_us = deadline_us - clock->mono_us(clock);
    return left_us > 0 ? (int)(left_us / 1000) : 0;
}

void app_stop(struct app *a, int drain_ms)
{
    int64_t deadline_us = a->clock->mono_us(a->clock) + (int64_t)drain_ms * 1000;
    if (a->door)
        door_stop(a->door);
    if (a->progress)
        progress_stop(a->progress); /* long-polls answer now */
    if (a->relay)
        relay_drain(a->relay, drain_ms, drain_ms);
    if (a->http)
        http_server_stop(a->http, ms_until(a->clock, deadline_us)); /* requests went on meanwhile */
    if (a->timers)
        timers_stop(a->timers);
    /* The pools stop first: their last jobs still answer the relay, whose hooks hear "busy" from then on. */
    if (a->hash_jobs)
        jobs_stop(a->hash_jobs);
    if (a->jobs)
        jobs_stop(a->jobs);
    if (a->relay)
        relay_stop(a->relay);
    jobs_free(a->hash_jobs);
    jobs_free(a->jobs);
    http_server_free(a->http);
    relay_free(a->relay);
    door_free(a->door);
    limits_free(a->limits);
    qr_vault_free(a->vault);
    known_keys_free(a->known_keys);
    progress_free(a->progress);
    presence_free(a->presence);
    limiter_free(a->limiter);
    timers_free(a->timers);
    if (a->store)
        a->store->close(a->store);
    tickets_free(a->tickets);
    token_keys_free(a->keys);
    mem_free(a);
}
