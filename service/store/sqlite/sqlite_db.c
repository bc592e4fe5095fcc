#include "store/sqlite/sqlite_db.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "core/log.h"
#include "store/sqlite/sqlite_migrate.h"

enum err sqlite_db_err(sqlite3 *db, int rc)
{
    int extended = db ? sqlite3_extended_errcode(db) : rc;
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return ERR_OK;
    case SQLITE_CONSTRAINT:
        /* The only references are to the owner of a row, and to its device. */
        return extended == SQLITE_CONSTRAINT_FOREIGNKEY ? ERR_NOT_FOUND : ERR_CONFLICT;
    case SQLITE_NOMEM:
        return ERR_NO_MEMORY;
    }
    log_event(LOG_ERROR, "store.failed", "code=%d reason=\"%s\"", extended, sqlite3_errstr(extended));
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
        return ERR_UNAVAILABLE;
    default:
        return ERR_IO;
    }
}

enum err sqlite_db_exec(sqlite3 *db, const char *sql)
{
    return sqlite_db_err(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

/* ---- connections ---- */

static void conn_close(struct sqlite_conn *c)
{
    for (size_t i = 0; i < SQLITE_DB_STATEMENTS; i++)
        sqlite3_finalize(c->cache[i].stmt);
    sqlite3_close(c->db);
    c->db = NULL;
}

/* The switch to WAL needs the file for itself. SQLite waits there for some locks and answers BUSY at once for
 * others, so this waits for all of them itself, before the connection gets its busy timeout. */
static enum err enter_wal(sqlite3 *db)
{
    enum { PAUSE_MS = 10 };
    int rc = SQLITE_BUSY;
    for (int waited = 0; rc == SQLITE_BUSY && waited < SQLITE_DB_WAIT_MS; waited += PAUSE_MS) {
        rc = sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
        if (rc == SQLITE_BUSY)
            sqlite3_sleep(PAUSE_MS);
    }
    return sqlite_db_err(db, rc);
}

static enum err conn_open(struct sqlite_conn *c, const char *path)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    enum err e = sqlite_db_err(NULL, sqlite3_open_v2(path, &c->db, flags, NULL));
    if (!e)
        e = enter_wal(c->db);
    if (!e)
        e = sqlite_db_err(c->db, sqlite3_busy_timeout(c->db, SQLITE_DB_WAIT_MS));
    if (!e)
        e = sqlite_db_exec(c->db, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
    if (e)
        conn_close(c);
    return e;
}

/* SQLite would make the file with the umask's rights; its -wal and -shm take the rights of the file. */
static void make_private(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0)
        close(fd);
}

/* ---- pools ---- */

static enum err pool_init(struct sqlite_pool *p)
{
    *p = (struct sqlite_pool){.free = NULL};
    pthread_condattr_t attr;
    if (pthread_condattr_init(&attr))
        return ERR_NO_MEMORY;
    int failed = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) || pthread_cond_init(&p->freed, &attr);
    pthread_condattr_destroy(&attr);
    if (failed)
        return ERR_NO_MEMORY;
    if (pthread_mutex_init(&p->lock, NULL)) {
        pthread_cond_destroy(&p->freed);
        return ERR_NO_MEMORY;
    }
    return ERR_OK;
}

static void pool_fini(struct sqlite_pool *p)
{
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->freed);
}

static void pool_give(struct sqlite_pool *p, struct sqlite_conn *c)
{
    pthread_mutex_lock(&p->lock);
    c->next_free = p->free;
    p->free = c;
    pthread_cond_signal(&p->freed);
    pthread_mutex_unlock(&p->lock);
}

static enum err pool_take(struct sqlite_pool *p, struct sqlite_conn **out)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += SQLITE_DB_WAIT_MS / 1000;
    int timed_out = 0;
    pthread_mutex_lock(&p->lock);
    while (!p->free && !timed_out)
        timed_out = pthread_cond_timedwait(&p->freed, &p->lock, &until);
    struct sqlite_conn *c = p->free;
    if (c)
        p->free = c->next_free;
    pthread_mutex_unlock(&p->lock);
    if (!c) {
        log_event(LOG_ERROR, "store.failed", "reason=\"no connection came free\"");
        return ERR_UNAVAILABLE;
    }
    *out = c;
    return ERR_OK;
}

static enum err open_readers(struct sqlite_store *db, const char *path)
{
    enum err e = ERR_OK;
    for (int i = 0; i < SQLITE_DB_READERS && !e; i++) {
        e = conn_open(&db->reader[i], path);
        if (!e)
            pool_give(&db->readers, &db->reader[i]);
    }
    return e;
}

enum err sqlite_db_open(struct sqlite_store *db, const char *path)
{
    enum err e = pool_init(&db->readers);
    if (e)
        return e;
    e = pool_init(&db->writers);
    if (e) {
        pool_fini(&db->readers);
        return e;
    }
    make_private(path);
    e = conn_open(&db->writer, path);
    if (!e)
        e = sqlite_migrate(db->writer.db);
    if (!e)
        e = open_readers(db, path);
    if (e) {
        sqlite_db_close(db);
        return e;
    }
    pool_give(&db->writers, &db->writer);
    return ERR_OK;
}

void sqlite_db_close(struct sqlite_store *db)
{
    for (int i = 0; i < SQLITE_DB_READERS; i++)
        conn_close(&db->reader[i]);
    conn_close(&db->writer);
    pool_fini(&db->readers);
    pool_fini(&db->writers);
}

/* ---- for the collections ---- */

enum err sqlite_db_take(struct store *s, struct sqlite_conn **out)
{
    return pool_take(&((struct sqlite_store *)s)->readers, out);
}

void sqlite_db_give(struct store *s, struct sqlite_conn *c)
{
    pool_give(&((struct sqlite_store *)s)->readers, c);
}

enum err sqlite_db_begin(struct store *s, struct sqlite_conn **out)
{
    struct sqlite_pool *writers = &((struct sqlite_store *)s)->writers;
    struct sqlite_conn *c;
    enum err e = pool_take(writers, &c);
    if (e)
        return e;
    e = sqlite_db_exec(c->db, "BEGIN IMMEDIATE");
    if (e) {
        pool_give(writers, c);
        return e;
    }
    *out = c;
    return ERR_OK;
}

enum err sqlite_db_end(struct store *s, struct sqlite_conn *c, enum err e)
{
    if (!e)
        e = sqlite_db_exec(c->db, "COMMIT");
    /* Some failures (disk full, out of memory) have rolled back already. */
    if (e && !sqlite3_get_autocommit(c->db))
        sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
    pool_give(&((struct sqlite_store *)s)->writers, c);
    return e;
}
