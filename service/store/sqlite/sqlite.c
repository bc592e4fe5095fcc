#include "store/sqlite/sqlite.h"

#include "core/mem.h"
#include "store/sqlite/sqlite_collections.h"
#include "store/sqlite/sqlite_query.h"

static enum err remove_before(struct sqlite_conn *c, const char *sql, int64_t end_ms)
{
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_int(&q, end_ms);
    return sqlite_query_run(&q, NULL);
}

static enum err on_sweep(struct store *s, int64_t now_ms)
{
    static const char sessions[] = "DELETE FROM sessions WHERE expires_ms <= ?";
    static const char cameras[] = "DELETE FROM cameras WHERE state = 0 AND token_expires_ms < ?";
    struct sqlite_conn *c;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    e = remove_before(c, sessions, now_ms);
    if (!e)
        e = remove_before(c, cameras, now_ms - STORE_REMEMBERED_MS);
    return sqlite_db_end(s, c, e);
}

static enum err on_ping(struct store *s)
{
    static const char sql[] = "SELECT 1 FROM users LIMIT 1";
    struct sqlite_conn *c;
    enum err e = sqlite_db_take(s, &c);
    if (e)
        return e;
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    e = sqlite_query_run(&q, NULL);
    sqlite_db_give(s, c);
    return e;
}

static void on_close(struct store *s)
{
    struct sqlite_store *db = (struct sqlite_store *)s;
    sqlite_db_close(db);
    mem_free(db);
}

enum err sqlite_store_open(const char *path, struct store **out)
{
    struct sqlite_store *db = mem_zalloc(sizeof *db);
    if (!db)
        return ERR_NO_MEMORY;
    enum err e = sqlite_db_open(db, path);
    if (e) {
        mem_free(db);
        return e;
    }
    db->api.quick_reads = true;
    sqlite_users_plug(&db->api);
    sqlite_sessions_plug(&db->api);
    sqlite_onboarding_plug(&db->api);
    sqlite_cameras_plug(&db->api);
    sqlite_stream_passwords_plug(&db->api);
    db->api.sweep = on_sweep;
    db->api.ping = on_ping;
    db->api.close = on_close;
    *out = &db->api;
    return ERR_OK;
}
