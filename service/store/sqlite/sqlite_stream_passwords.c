#include "core/mem.h"
#include "store/sqlite/sqlite_collections.h"
#include "store/sqlite/sqlite_query.h"

#define COLUMNS SQLITE_STREAM_PASSWORD_COLUMNS

static enum err on_create(struct store *s, const struct stream_password *p)
{
    static const char count[] = "SELECT count(*) FROM stream_passwords WHERE user_id = ? AND device_id = ?";
    static const char sql[] = "INSERT INTO stream_passwords (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?)";
    struct sqlite_conn *c;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    struct sqlite_query q;
    sqlite_query_open(&q, c, count);
    sqlite_query_bind_id(&q, &p->user_id);
    sqlite_query_bind_id(&q, &p->device_id);
    bool full = sqlite_query_next(&q) && sqlite_query_int(&q) >= MODEL_STREAM_PASSWORDS_MAX;
    e = sqlite_query_close(&q);
    if (!e && full)
        e = ERR_CONFLICT;
    if (!e) {
        sqlite_query_open(&q, c, sql);
        sqlite_query_bind_id(&q, &p->id);
        sqlite_query_bind_id(&q, &p->user_id);
        sqlite_query_bind_id(&q, &p->device_id);
        sqlite_query_bind_text(&q, p->name);
        sqlite_query_bind_hash(&q, &p->secret);
        sqlite_query_bind_int(&q, p->created_ms);
        e = sqlite_query_run(&q, NULL);
    }
    return sqlite_db_end(s, c, e);
}

void sqlite_stream_passwords_read(struct sqlite_query *q, struct stream_password *out)
{
    *out = (struct stream_password){.created_ms = 0};
    sqlite_query_id(q, &out->id);
    sqlite_query_id(q, &out->user_id);
    sqlite_query_id(q, &out->device_id);
    sqlite_query_text(q, out->name, sizeof out->name);
    sqlite_query_hash(q, &out->secret);
    out->created_ms = sqlite_query_int(q);
}

static enum err on_get(struct store *s, const struct id *id, struct stream_password *out)
{
    static const char sql[] = "SELECT " COLUMNS " FROM stream_passwords WHERE id = ?";
    struct stream_password p;
    struct sqlite_conn *c;
    enum err e = sqlite_db_take(s, &c);
    if (e)
        return e;
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_id(&q, id);
    bool found = sqlite_query_next(&q);
    if (found)
        sqlite_stream_passwords_read(&q, &p);
    e = sqlite_query_close_one(&q, found);
    sqlite_db_give(s, c);
    if (!e)
        *out = p;
    return e;
}

static enum err on_list(struct store *s, const struct id *user, const struct id *device,
                        struct stream_password_list *out)
{
    static const char sql[] = "SELECT " COLUMNS " FROM stream_passwords WHERE user_id = ? AND device_id = ? "
                              "ORDER BY created_ms, id";
    struct sqlite_conn *c;
    struct stream_password_list l = {.data = mem_alloc(MODEL_STREAM_PASSWORDS_MAX * sizeof *l.data)};
    if (!l.data)
        return ERR_NO_MEMORY;
    enum err e = sqlite_db_take(s, &c);
    if (e) {
        mem_free(l.data);
        return e;
    }
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_id(&q, user);
    sqlite_query_bind_id(&q, device);
    while (l.count < MODEL_STREAM_PASSWORDS_MAX && sqlite_query_next(&q))
        sqlite_stream_passwords_read(&q, &l.data[l.count++]);
    e = sqlite_query_close(&q);
    sqlite_db_give(s, c);
    if (e)
        mem_free(l.data);
    else
        *out = l;
    return e;
}

static enum err on_delete(struct store *s, const struct id *user, const struct id *device,
                          const struct id *id)
{
    static const char sql[] = "DELETE FROM stream_passwords WHERE id = ? AND user_id = ? AND device_id = ?";
    struct sqlite_conn *c;
    int changed = 0;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_id(&q, id);
    sqlite_query_bind_id(&q, user);
    sqlite_query_bind_id(&q, device);
    e = sqlite_query_run(&q, &changed);
    if (!e && !changed)
        e = ERR_NOT_FOUND;
    return sqlite_db_end(s, c, e);
}

void sqlite_stream_passwords_plug(struct store *s)
{
    s->stream_password_create = on_create;
    s->stream_password_get = on_get;
    s->stream_password_list = on_list;
    s->stream_password_delete = on_delete;
}
