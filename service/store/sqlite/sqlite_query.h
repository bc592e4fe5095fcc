/* One run of a prepared statement: parameters in order, rows, columns in order. The first failure sticks, so
 * a run is checked once, when it is closed. Statements are kept prepared in their connection. Bound memory is
 * borrowed until the close. One thread. */
#ifndef STORE_SQLITE_SQLITE_QUERY_H
#define STORE_SQLITE_SQLITE_QUERY_H

#include "store/sqlite/sqlite_db.h"

struct sqlite_query {
    struct sqlite_conn *conn;
    sqlite3_stmt *stmt;
    int param, column; /* the last one used */
    enum err err;
};

/* sql: a string constant with static life. */
void sqlite_query_open(struct sqlite_query *q, struct sqlite_conn *c, const char *sql);
/* Empty text, the empty id and the zero hash are NULL, which equals nothing. */
void sqlite_query_bind_span(struct sqlite_query *q, struct span text);
void sqlite_query_bind_text(struct sqlite_query *q, const char *text);
void sqlite_query_bind_id(struct sqlite_query *q, const struct id *id);
void sqlite_query_bind_hash(struct sqlite_query *q, const struct secret_hash *h);
void sqlite_query_bind_int(struct sqlite_query *q, int64_t n);
/* The next row; false at the end and after a failure. */
bool sqlite_query_next(struct sqlite_query *q);
/* The columns of the row, left to right. A value that does not fit is ERR_IO. */
void sqlite_query_text(struct sqlite_query *q, char *out, size_t cap);
void sqlite_query_id(struct sqlite_query *q, struct id *out);
void sqlite_query_hash(struct sqlite_query *q, struct secret_hash *out);
int64_t sqlite_query_int(struct sqlite_query *q);
MUST_CHECK enum err sqlite_query_close(struct sqlite_query *q);
/* Runs a statement without rows and closes it; *changed (may be NULL) = rows it touched. */
MUST_CHECK enum err sqlite_query_run(struct sqlite_query *q, int *changed);
/* Closes a query for one row: found = what sqlite_query_next said. ERR_NOT_FOUND when there was none. */
MUST_CHECK enum err sqlite_query_close_one(struct sqlite_query *q, bool found);

#endif
