#include "store/sqlite/sqlite_migrate.h"

#include <stdio.h>

#include "core/log.h"
#include "store/sqlite/sqlite_db.h"

static enum err read_version(sqlite3 *db, int *out)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &stmt, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    enum err e = sqlite_db_err(db, rc);
    if (!e)
        *out = sqlite3_column_int(stmt, 0);
    sqlite3_finalize(stmt);
    return e;
}

/* Inside a transaction: the next migration, if another process has not applied it meanwhile. */
static enum err apply_next(sqlite3 *db, int *version)
{
    enum err e = read_version(db, version);
    if (e || *version >= sqlite_migrations_count)
        return e;
    e = sqlite_db_exec(db, sqlite_migrations[*version]);
    if (e)
        return e;
    *version += 1;
    char sql[48];
    snprintf(sql, sizeof sql, "PRAGMA user_version = %d", *version);
    return sqlite_db_exec(db, sql);
}

enum err sqlite_migrate(sqlite3 *db)
{
    int version;
    enum err e = read_version(db, &version);
    while (!e && version < sqlite_migrations_count) {
        e = sqlite_db_exec(db, "BEGIN IMMEDIATE");
        if (e)
            return e;
        e = apply_next(db, &version);
        if (!e)
            e = sqlite_db_exec(db, "COMMIT");
        if (e && !sqlite3_get_autocommit(db))
            sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    if (!e && version > sqlite_migrations_count) {
        log_event(LOG_ERROR, "store.schema_too_new", "found=%d known=%d", version, sqlite_migrations_count);
        return ERR_INVALID;
    }
    return e;
}
