/* The schema: migrations/NNNN_*.sql in order, compiled in. PRAGMA user_version counts those applied. */
#ifndef STORE_SQLITE_SQLITE_MIGRATE_H
#define STORE_SQLITE_SQLITE_MIGRATE_H

#include <sqlite3.h>

#include "core/err.h"

extern const char *const sqlite_migrations[];
extern const int sqlite_migrations_count;

/* Applies what is missing, one transaction each; several processes may do so at once.
 * ERR_INVALID: the database has more than this program knows. */
MUST_CHECK enum err sqlite_migrate(sqlite3 *db);

#endif
