#include "store/sqlite/sqlite_collections.h"
#include "store/sqlite/sqlite_query.h"

#define COLUMNS SQLITE_USER_COLUMNS

static const char by_email[] = "SELECT " COLUMNS " FROM users WHERE email = ?";
static const char by_username[] = "SELECT " COLUMNS " FROM users WHERE username = ?";
static const char by_id[] = "SELECT " COLUMNS " FROM users WHERE id = ?";

void sqlite_users_read(struct sqlite_query *q, struct user *out)
{
    *out = (struct user){.is_admin = false};
    sqlite_query_id(q, &out->id);
    sqlite_query_text(q, out->email, sizeof out->email);
    sqlite_query_text(q, out->username, sizeof out->username);
    sqlite_query_text(q, out->password_hash, sizeof out->password_hash);
    out->is_admin = sqlite_query_int(q);
    out->is_active = sqlite_query_int(q);
    out->created_ms = sqlite_query_int(q);
}

static enum err find(struct sqlite_conn *c, const char *sql, struct span value, struct user *out)
{
    struct user u;
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_span(&q, value);
    bool found = sqlite_query_next(&q);
    if (found)
        sqlite_users_read(&q, &u);
    enum err e = sqlite_query_close_one(&q, found);
    if (!e)
        *out = u;
    return e;
}

static enum err refuse_taken(struct sqlite_conn *c, const char *sql, const char *value, enum err taken)
{
    struct user other;
    enum err e = find(c, sql, span_of(value), &other);
    return e == ERR_NOT_FOUND ? ERR_OK : e ? e : taken;
}

static enum err insert(struct sqlite_conn *c, const struct user *u)
{
    static const char sql[] = "INSERT INTO users (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?)";
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_id(&q, &u->id);
    sqlite_query_bind_text(&q, u->email);
    sqlite_query_bind_text(&q, u->username);
    sqlite_query_bind_text(&q, u->password_hash);
    sqlite_query_bind_int(&q, u->is_admin);
    sqlite_query_bind_int(&q, u->is_active);
    sqlite_query_bind_int(&q, u->created_ms);
    return sqlite_query_run(&q, NULL);
}

static enum err on_create(struct store *s, const struct user *u)
{
    struct sqlite_conn *c;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    e = refuse_taken(c, by_email, u->email, ERR_EMAIL_TAKEN);
    if (!e)
        e = refuse_taken(c, by_username, u->username, ERR_USERNAME_TAKEN);
    if (!e)
        e = insert(c, u);
    return sqlite_db_end(s, c, e);
}

static enum err read_one(struct store *s, const char *sql, struct span value, struct user *out)
{
    struct sqlite_conn *c;
    enum err e = sqlite_db_take(s, &c);
    if (e)
        return e;
    e = find(c, sql, value, out);
    sqlite_db_give(s, c);
    return e;
}

static enum err on_find(struct store *s, struct span name, struct user *out)
{
    bool is_email = name.len && memchr(name.p, '@', name.len);
    return read_one(s, is_email ? by_email : by_username, name, out);
}

static enum err on_get(struct store *s, const struct id *id, struct user *out)
{
    return read_one(s, by_id, span_of(id->s), out);
}

static enum err on_set_password(struct store *s, const struct id *id, const char *old_hash,
                                const char *new_hash)
{
    static const char sql[] = "UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?";
    struct sqlite_conn *c;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    struct sqlite_query q;
    int changed = 0;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_text(&q, new_hash);
    sqlite_query_bind_id(&q, id);
    sqlite_query_bind_text(&q, old_hash);
    e = sqlite_query_run(&q, &changed);
    if (!e && !changed)
        e = ERR_CONFLICT;
    return sqlite_db_end(s, c, e);
}

void sqlite_users_plug(struct store *s)
{
    s->user_create = on_create;
    s->user_find = on_find;
    s->user_get = on_get;
    s->user_set_password = on_set_password;
}
