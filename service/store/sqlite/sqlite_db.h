/* The back end's connections: one that writes, some that read, each used by one thread at a time. Any thread.
 */
#ifndef STORE_SQLITE_SQLITE_DB_H
#define STORE_SQLITE_SQLITE_DB_H

#include <pthread.h>
#include <sqlite3.h>

#include "store/store.h"

enum { SQLITE_DB_READERS = 4, SQLITE_DB_STATEMENTS = 128, SQLITE_DB_WAIT_MS = 5000 };

struct sqlite_conn {
    sqlite3 *db;
    struct {
        const char *sql; /* a string constant: compared by its address */
        sqlite3_stmt *stmt;
    } cache[SQLITE_DB_STATEMENTS];
    struct sqlite_conn *next_free;
};

struct sqlite_pool {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    struct sqlite_conn *free;
};

struct sqlite_store {
    struct store api; /* first: callers hold a pointer to it */
    struct sqlite_pool readers, writers;
    struct sqlite_conn reader[SQLITE_DB_READERS], writer;
};

/* Opens all connections and migrates. On failure nothing is left open. */
MUST_CHECK enum err sqlite_db_open(struct sqlite_store *db, const char *path);
void sqlite_db_close(struct sqlite_store *db);

/* A connection to read with; back with sqlite_db_give. ERR_UNAVAILABLE. */
MUST_CHECK enum err sqlite_db_take(struct store *s, struct sqlite_conn **out);
void sqlite_db_give(struct store *s, struct sqlite_conn *c);

/* Begins a write transaction. ERR_UNAVAILABLE. */
MUST_CHECK enum err sqlite_db_begin(struct store *s, struct sqlite_conn **out);
/* Ends it: commits when e is ERR_OK, else rolls back; returns e, or why the commit failed. */
MUST_CHECK enum err sqlite_db_end(struct store *s, struct sqlite_conn *c, enum err e);

/* Maps a result code and logs what is not the caller's doing. */
enum err sqlite_db_err(sqlite3 *db, int rc);
/* Runs SQL without parameters and results. */
MUST_CHECK enum err sqlite_db_exec(sqlite3 *db, const char *sql);

#endif
