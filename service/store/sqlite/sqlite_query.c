#include "store/sqlite/sqlite_query.h"

#include "store/rules.h"

static enum err prepare(struct sqlite_conn *c, const char *sql, sqlite3_stmt **out)
{
    size_t i = 0;
    while (i < SQLITE_DB_STATEMENTS && c->cache[i].sql && c->cache[i].sql != sql)
        i++;
    if (i == SQLITE_DB_STATEMENTS)
        return ERR_INTERNAL;
    if (!c->cache[i].sql) {
        int rc = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &c->cache[i].stmt, NULL);
        if (rc != SQLITE_OK)
            return sqlite_db_err(c->db, rc);
        c->cache[i].sql = sql;
    }
    *out = c->cache[i].stmt;
    return ERR_OK;
}

void sqlite_query_open(struct sqlite_query *q, struct sqlite_conn *c, const char *sql)
{
    *q = (struct sqlite_query){.conn = c};
    q->err = prepare(c, sql, &q->stmt);
}

static void note(struct sqlite_query *q, int rc)
{
    if (!q->err)
        q->err = sqlite_db_err(q->conn->db, rc);
}

void sqlite_query_bind_span(struct sqlite_query *q, struct span text)
{
    q->param++;
    if (!q->err && text.len)
        note(q, sqlite3_bind_text64(q->stmt, q->param, text.p, text.len, SQLITE_STATIC, SQLITE_UTF8));
}

void sqlite_query_bind_text(struct sqlite_query *q, const char *text)
{
    sqlite_query_bind_span(q, span_of(text));
}

void sqlite_query_bind_id(struct sqlite_query *q, const struct id *id)
{
    sqlite_query_bind_text(q, id->s);
}

void sqlite_query_bind_hash(struct sqlite_query *q, const struct secret_hash *h)
{
    q->param++;
    if (!q->err && rules_has(h))
        note(q, sqlite3_bind_blob(q->stmt, q->param, h->b, sizeof h->b, SQLITE_STATIC));
}

void sqlite_query_bind_int(struct sqlite_query *q, int64_t n)
{
    q->param++;
    if (!q->err)
        note(q, sqlite3_bind_int64(q->stmt, q->param, n));
}

bool sqlite_query_next(struct sqlite_query *q)
{
    if (q->err)
        return false;
    q->column = 0;
    int rc = sqlite3_step(q->stmt);
    note(q, rc);
    return rc == SQLITE_ROW;
}

void sqlite_query_text(struct sqlite_query *q, char *out, size_t cap)
{
    int column = q->column++;
    if (q->err)
        return;
    const char *text = (const char *)sqlite3_column_text(q->stmt, column);
    struct span s = {text, (size_t)sqlite3_column_bytes(q->stmt, column)};
    if (!text && sqlite3_column_type(q->stmt, column) != SQLITE_NULL)
        q->err = ERR_NO_MEMORY;
    else if (!span_copy(s, out, cap))
        q->err = ERR_IO;
}

void sqlite_query_id(struct sqlite_query *q, struct id *out)
{
    *out = (struct id){.s = ""};
    sqlite_query_text(q, out->s, sizeof out->s);
}

void sqlite_query_hash(struct sqlite_query *q, struct secret_hash *out)
{
    int column = q->column++;
    *out = (struct secret_hash){.b = {0}};
    if (q->err)
        return;
    const void *blob = sqlite3_column_blob(q->stmt, column);
    int len = sqlite3_column_bytes(q->stmt, column);
    if (len == MODEL_HASH_BYTES)
        memcpy(out->b, blob, MODEL_HASH_BYTES);
    else if (len)
        q->err = ERR_IO;
}

int64_t sqlite_query_int(struct sqlite_query *q)
{
    int column = q->column++;
    return q->err ? 0 : sqlite3_column_int64(q->stmt, column);
}

enum err sqlite_query_close(struct sqlite_query *q)
{
    if (q->stmt) {
        sqlite3_reset(q->stmt); /* its result repeats that of the last step */
        sqlite3_clear_bindings(q->stmt);
    }
    return q->err;
}

enum err sqlite_query_close_one(struct sqlite_query *q, bool found)
{
    enum err e = sqlite_query_close(q);
    return e ? e : found ? ERR_OK : ERR_NOT_FOUND;
}

enum err sqlite_query_run(struct sqlite_query *q, int *changed)
{
    sqlite_query_next(q);
    if (!q->err && changed)
        *changed = sqlite3_changes(q->conn->db);
    return sqlite_query_close(q);
}
