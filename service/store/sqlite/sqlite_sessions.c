#include "store/rules.h"
#include "store/sqlite/sqlite_collections.h"
#include "store/sqlite/sqlite_query.h"

#define COLUMNS SQLITE_SESSION_COLUMNS

static enum err on_create(struct store *s, const struct session *n)
{
    static const char sql[] = "INSERT INTO sessions (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    struct sqlite_conn *c;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_id(&q, &n->id);
    sqlite_query_bind_id(&q, &n->user_id);
    sqlite_query_bind_hash(&q, &n->refresh);
    sqlite_query_bind_hash(&q, &n->spent);
    sqlite_query_bind_int(&q, n->spent_until_ms);
    sqlite_query_bind_hash(&q, &n->cookie);
    sqlite_query_bind_int(&q, n->created_ms);
    sqlite_query_bind_int(&q, n->last_used_ms);
    sqlite_query_bind_int(&q, n->expires_ms);
    sqlite_query_bind_text(&q, n->user_agent);
    sqlite_query_bind_text(&q, n->address);
    e = sqlite_query_run(&q, NULL);
    return sqlite_db_end(s, c, e);
}

void sqlite_sessions_read(struct sqlite_query *q, struct session *out)
{
    *out = (struct session){.spent_until_ms = 0};
    sqlite_query_id(q, &out->id);
    sqlite_query_id(q, &out->user_id);
    sqlite_query_hash(q, &out->refresh);
    sqlite_query_hash(q, &out->spent);
    out->spent_until_ms = sqlite_query_int(q);
    sqlite_query_hash(q, &out->cookie);
    out->created_ms = sqlite_query_int(q);
    out->last_used_ms = sqlite_query_int(q);
    out->expires_ms = sqlite_query_int(q);
    sqlite_query_text(q, out->user_agent, sizeof out->user_agent);
    sqlite_query_text(q, out->address, sizeof out->address);
}

static enum err load(struct sqlite_conn *c, const struct id *id, int64_t now_ms, struct session *out)
{
    static const char sql[] = "SELECT " COLUMNS " FROM sessions WHERE id = ? AND expires_ms > ?";
    struct session n;
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_id(&q, id);
    sqlite_query_bind_int(&q, now_ms);
    bool found = sqlite_query_next(&q);
    if (found)
        sqlite_sessions_read(&q, &n);
    enum err e = sqlite_query_close_one(&q, found);
    if (!e)
        *out = n;
    return e;
}

static enum err on_get(struct store *s, const struct id *id, int64_t now_ms, struct session *out)
{
    struct sqlite_conn *c;
    enum err e = sqlite_db_take(s, &c);
    if (e)
        return e;
    e = load(c, id, now_ms, out);
    sqlite_db_give(s, c);
    return e;
}

static enum err on_touch(struct store *s, const struct id *id, int64_t now_ms, int64_t expires_ms)
{
    static const char sql[] = "UPDATE sessions SET last_used_ms = ?1, expires_ms = max(expires_ms, ?2) WHERE "
                              "id = ?3 AND expires_ms > ?1";
    struct sqlite_conn *c;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    struct sqlite_query q;
    int changed = 0;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_int(&q, now_ms);
    sqlite_query_bind_int(&q, expires_ms);
    sqlite_query_bind_id(&q, id);
    e = sqlite_query_run(&q, &changed);
    if (!e && !changed)
        e = ERR_NOT_FOUND;
    return sqlite_db_end(s, c, e);
}

static enum err save_tokens(struct sqlite_conn *c, const struct session *n)
{
    static const char sql[] =
        "UPDATE sessions SET refresh = ?, spent = ?, spent_until_ms = ?, last_used_ms = ?, "
        "expires_ms = ? WHERE id = ?";
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_hash(&q, &n->refresh);
    sqlite_query_bind_hash(&q, &n->spent);
    sqlite_query_bind_int(&q, n->spent_until_ms);
    sqlite_query_bind_int(&q, n->last_used_ms);
    sqlite_query_bind_int(&q, n->expires_ms);
    sqlite_query_bind_id(&q, &n->id);
    return sqlite_query_run(&q, NULL);
}

static enum err end_session(struct sqlite_conn *c, const struct id *id)
{
    static const char sql[] = "DELETE FROM sessions WHERE id = ?";
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_id(&q, id);
    return sqlite_query_run(&q, NULL);
}

/* False: presented opens nothing any more. */
static bool spend(struct session *n, const struct secret_hash *presented, int64_t now_ms, int64_t grace_ms)
{
    if (rules_same_secret(presented, &n->refresh)) {
        n->spent = *presented;
        n->spent_until_ms = now_ms + grace_ms;
        return true;
    }
    if (now_ms < n->spent_until_ms && rules_same_secret(presented, &n->spent)) {
        n->spent_until_ms = 0;
        return true;
    }
    return false;
}

static enum err on_rotate(struct store *s, const struct id *id, const struct secret_hash *presented,
                          const struct secret_hash *next, int64_t now_ms, int64_t grace_ms,
                          int64_t expires_ms)
{
    struct sqlite_conn *c;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    struct session n;
    e = load(c, id, now_ms, &n);
    bool good = !e && spend(&n, presented, now_ms, grace_ms);
    if (good) {
        n.refresh = *next;
        n.last_used_ms = now_ms;
        n.expires_ms = expires_ms;
        e = save_tokens(c, &n);
    } else if (!e || e == ERR_NOT_FOUND) {
        e = end_session(c, id);
    }
    e = sqlite_db_end(s, c, e);
    return e ? e : good ? ERR_OK : ERR_UNAUTHENTICATED;
}

static enum err on_delete(struct store *s, const struct id *user_id, const struct id *id)
{
    static const char sql[] = "DELETE FROM sessions WHERE id = ? AND user_id = ?";
    struct sqlite_conn *c;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    struct sqlite_query q;
    int changed = 0;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_id(&q, id);
    sqlite_query_bind_id(&q, user_id);
    e = sqlite_query_run(&q, &changed);
    if (!e && !changed)
        e = ERR_NOT_FOUND;
    return sqlite_db_end(s, c, e);
}

void sqlite_sessions_plug(struct store *s)
{
    s->session_create = on_create;
    s->session_get = on_get;
    s->session_touch = on_touch;
    s->session_rotate = on_rotate;
    s->session_delete = on_delete;
}
