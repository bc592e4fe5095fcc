#include "store/mongo/mongo_db.h"

#include <time.h>

#include "core/log.h"
#include "core/mem.h"
#include "store/mongo/mongo_schema.h"

enum { FIRST_PAUSE_MS = 100, LONGEST_PAUSE_MS = 2000 };

/* ---- the library ---- */

static void on_log(mongoc_log_level_t level, const char *domain, const char *message, void *arg)
{
    char text[256];
    if (level <= MONGOC_LOG_LEVEL_WARNING)
        log_event(LOG_WARN, "store.driver", "domain=%s message=\"%s\"", domain,
                  log_safe(message, text, sizeof text));
}

static void start_library(void)
{
    mongoc_log_set_handler(on_log, NULL);
    mongoc_init();
    atexit(mongoc_cleanup);
}

/* ---- failures ---- */

/* DocumentDB tells of a second entry in a unique index that way when an update makes it. */
static bool is_duplicate(const bson_error_t *error)
{
    return error->code == 11000 || error->code == 11001 || strstr(error->message, "exclusion constraint");
}

/* WriteConflict; PostgreSQL under DocumentDB has found a deadlock. Either way nothing was written. */
static bool is_undone(const bson_error_t *error)
{
    return error->code == 112 || strstr(error->message, "deadlock detected");
}

enum err mongo_db_err(struct mongo_store *m, const bson_error_t *error)
{
    if (error->domain == MONGOC_ERROR_SERVER && is_duplicate(error))
        return ERR_CONFLICT;
    if (error->domain == MONGOC_ERROR_SERVER && is_undone(error))
        return ERR_BUSY;
    char text[256];
    log_event(LOG_ERROR, "store.failed", "domain=%u code=%u reason=\"%s\"", error->domain, error->code,
              log_safe(error->message, text, sizeof text));
    pthread_mutex_lock(&m->lock);
    if (m->state == MONGO_HERE) {
        m->state = MONGO_AWAY;
        pthread_cond_broadcast(&m->changed);
    }
    pthread_mutex_unlock(&m->lock);
    return ERR_UNAVAILABLE;
}

/* ---- connections ---- */

enum err mongo_db_take_anyway(struct mongo_store *m, const char *collection, struct mongo_use *out)
{
    mongoc_client_t *client = mongoc_client_pool_pop(m->pool);
    if (!client) {
        log_event(LOG_ERROR, "store.failed", "reason=\"no connection came free\"");
        return ERR_UNAVAILABLE;
    }
    *out = (struct mongo_use){m, client, mongoc_client_get_collection(client, m->database, collection)};
    return ERR_OK;
}

bool mongo_db_is_here(struct mongo_store *m)
{
    pthread_mutex_lock(&m->lock);
    bool here = m->state == MONGO_HERE;
    pthread_mutex_unlock(&m->lock);
    return here;
}

enum err mongo_db_take(struct store *s, const char *collection, struct mongo_use *out)
{
    struct mongo_store *m = (struct mongo_store *)s;
    return mongo_db_is_here(m) ? mongo_db_take_anyway(m, collection, out) : ERR_UNAVAILABLE;
}

void mongo_db_give(struct mongo_use *use)
{
    mongoc_collection_destroy(use->collection);
    mongoc_client_pool_push(use->store->pool, use->client);
}

/* ---- the keeper ---- */

static struct timespec in_ms(int ms)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += ms / 1000;
    t.tv_nsec += ms % 1000 * 1000000L;
    if (t.tv_nsec >= 1000000000L) {
        t.tv_nsec -= 1000000000L;
        t.tv_sec++;
    }
    return t;
}

static void note(struct mongo_store *m, enum err e)
{
    if (!e && (m->attempts || !m->prepared))
        log_event(LOG_INFO, "store.here", "database=%s", m->database);
    if (e && m->attempts == 0)
        log_event(LOG_WARN, "store.away", "database=%s reason=%s", m->database, err_word(e));
    m->state = !e ? MONGO_HERE : e == ERR_INVALID ? MONGO_REFUSED : MONGO_AWAY;
    m->prepared |= !e;
    m->attempts = e ? m->attempts + 1 : 0;
    pthread_cond_broadcast(&m->changed);
}

static void *keep(void *arg)
{
    struct mongo_store *m = arg;
    int pause_ms = FIRST_PAUSE_MS;
    pthread_mutex_lock(&m->lock);
    while (!m->closing) {
        if (m->state != MONGO_AWAY) {
            pause_ms = FIRST_PAUSE_MS;
            pthread_cond_wait(&m->changed, &m->lock);
            continue;
        }
        pthread_mutex_unlock(&m->lock);
        enum err e = m->prepared ? mongo_schema_probe(m) : mongo_schema_prepare(m);
        pthread_mutex_lock(&m->lock);
        note(m, e);
        if (m->state == MONGO_AWAY) {
            struct timespec until = in_ms(pause_ms);
            while (!m->closing && !pthread_cond_timedwait(&m->changed, &m->lock, &until)) {
            }
            pause_ms = pause_ms < LONGEST_PAUSE_MS / 2 ? pause_ms * 2 : LONGEST_PAUSE_MS;
        }
    }
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

/* ERR_INVALID when the keeper found something that cannot be served; else the service goes on, database or
 * not. */
static enum err wait_for_first(struct mongo_store *m, int wait_ms)
{
    struct timespec until = in_ms(wait_ms);
    int timed_out = 0;
    pthread_mutex_lock(&m->lock);
    while (m->state == MONGO_AWAY && !timed_out)
        timed_out = pthread_cond_timedwait(&m->changed, &m->lock, &until);
    bool refused = m->state == MONGO_REFUSED;
    pthread_mutex_unlock(&m->lock);
    return refused ? ERR_INVALID : ERR_OK;
}

/* ---- open, close ---- */

static void suggest_int(mongoc_uri_t *uri, const char *option, int value)
{
    if (!mongoc_uri_has_option(uri, option))
        (void)mongoc_uri_set_option_as_int32(uri, option, value);
}

static void suggest_bool(mongoc_uri_t *uri, const char *option, bool value)
{
    if (!mongoc_uri_has_option(uri, option))
        (void)mongoc_uri_set_option_as_bool(uri, option, value);
}

/* What was acknowledged stays, also when the primary falls; what is read is what was acknowledged. */
static void be_durable(mongoc_uri_t *uri, int timeout_ms)
{
    mongoc_write_concern_t *w = mongoc_write_concern_new();
    mongoc_write_concern_set_wmajority(w, timeout_ms);
    mongoc_uri_set_write_concern(uri, w);
    mongoc_write_concern_destroy(w);
    mongoc_read_prefs_t *primary = mongoc_read_prefs_new(MONGOC_READ_PRIMARY);
    mongoc_uri_set_read_prefs_t(uri, primary);
    mongoc_read_prefs_destroy(primary);
}

static enum err parse_uri(struct mongo_store *m, const struct mongo_config *c, mongoc_uri_t **out)
{
    bson_error_t error;
    mongoc_uri_t *uri = mongoc_uri_new_with_error(c->uri, &error);
    if (!uri) {
        /* The message may quote the URI, and with it a password. */
        log_event(LOG_ERROR, "store.uri_refused", "setting=MONGO_URI code=%u", error.code);
        return ERR_INVALID;
    }
    const char *database = mongoc_uri_get_database(uri);
    m->database = mem_strdup(database && *database ? database : "vision_connect");
    if (!m->database) {
        mongoc_uri_destroy(uri);
        return ERR_NO_MEMORY;
    }
    /* A broken connection costs two waits: for the answer, and for another server to ask. */
    const int step_ms = c->timeout_ms / 2;
    suggest_int(uri, MONGOC_URI_MAXPOOLSIZE, c->pool);
    suggest_int(uri, MONGOC_URI_WAITQUEUETIMEOUTMS, step_ms);
    suggest_int(uri, MONGOC_URI_CONNECTTIMEOUTMS, step_ms);
    suggest_int(uri, MONGOC_URI_SOCKETTIMEOUTMS, step_ms);
    suggest_int(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, step_ms);
    suggest_bool(uri, MONGOC_URI_RETRYREADS, c->retry);
    suggest_bool(uri, MONGOC_URI_RETRYWRITES, c->retry);
    if (!mongoc_uri_get_appname(uri))
        (void)mongoc_uri_set_appname(uri, "visionconnect");
    be_durable(uri, c->timeout_ms / 3); /* told before the socket gives up */
    *out = uri;
    return ERR_OK;
}

static enum err start_keeper(struct mongo_store *m)
{
    pthread_condattr_t attr;
    if (pthread_mutex_init(&m->lock, NULL) || pthread_mutex_init(&m->turn, NULL))
        return ERR_NO_MEMORY;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    int failed = pthread_cond_init(&m->changed, &attr);
    pthread_condattr_destroy(&attr);
    if (!failed && pthread_create(&m->keeper, NULL, keep, m) == 0)
        return ERR_OK;
    if (!failed)
        pthread_cond_destroy(&m->changed);
    pthread_mutex_destroy(&m->lock);
    pthread_mutex_destroy(&m->turn);
    return ERR_NO_MEMORY;
}

static void close_pool(struct mongo_store *m)
{
    mongoc_client_pool_destroy(m->pool);
    mem_free(m->database);
}

enum err mongo_db_open(struct mongo_store *m, const struct mongo_config *config)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    mongoc_uri_t *uri = NULL;
    pthread_once(&once, start_library);
    enum err e = parse_uri(m, config, &uri);
    if (e)
        return e;
    m->hash = config->hash;
    m->pool = mongoc_client_pool_new(uri);
    mongoc_uri_destroy(uri);
    if (!m->pool) {
        log_event(LOG_ERROR, "store.uri_refused", "setting=MONGO_URI reason=\"its options cannot be met\"");
        mem_free(m->database);
        return ERR_INVALID;
    }
    (void)mongoc_client_pool_set_error_api(m->pool, MONGOC_ERROR_API_VERSION_2);
    e = start_keeper(m);
    if (e) {
        close_pool(m);
        return e;
    }
    e = wait_for_first(m, config->wait_ms);
    if (e)
        mongo_db_close(m);
    return e;
}

void mongo_db_close(struct mongo_store *m)
{
    pthread_mutex_lock(&m->lock);
    m->closing = true;
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
    pthread_join(m->keeper, NULL);
    pthread_cond_destroy(&m->changed);
    pthread_mutex_destroy(&m->lock);
    pthread_mutex_destroy(&m->turn);
    close_pool(m);
}
