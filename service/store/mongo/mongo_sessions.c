#include "store/mongo/mongo_collections.h"
#include "store/mongo/mongo_op.h"
#include "store/rules.h"

static void filter_live(struct mongo_doc *filter, const struct id *id, int64_t now_ms)
{
    mongo_doc_init(filter);
    mongo_doc_key(filter, id);
    mongo_doc_when(filter, "expires_at", "$gt", now_ms);
}

static enum err on_create(struct store *s, const struct session *n)
{
    enum err e = mongo_users_exists(s, &n->user_id);
    return e ? e : mongo_op_insert(s, &mongo_doc_sessions, n);
}

static enum err on_get(struct store *s, const struct id *id, int64_t now_ms, struct session *out)
{
    struct mongo_doc filter;
    struct session found;
    filter_live(&filter, id, now_ms);
    enum err e = mongo_op_find(s, &mongo_doc_sessions, &filter, &found);
    if (!e)
        *out = found;
    return e;
}

static enum err on_touch(struct store *s, const struct id *id, int64_t now_ms, int64_t expires_ms)
{
    struct mongo_doc filter, change;
    filter_live(&filter, id, now_ms);
    mongo_doc_init(&change);
    mongo_doc_time(&change, "last_used_at", now_ms);
    mongo_doc_at_least(&change, "expires_at", expires_ms);
    return mongo_op_change(s, &mongo_doc_sessions, &filter, &change);
}

struct turn {
    const struct id *id;
    const struct secret_hash *presented, *next;
    int64_t now_ms, grace_ms, expires_ms;
};

static void change_tokens(struct mongo_doc *change, const struct turn *t)
{
    mongo_doc_init(change);
    mongo_doc_hash(change, "refresh", t->next);
    mongo_doc_time(change, "last_used_at", t->now_ms);
    mongo_doc_time(change, "expires_at", t->expires_ms);
}

/* presented is the current token. */
static enum err spend_current(struct store *s, const struct turn *t)
{
    struct mongo_doc filter, change;
    filter_live(&filter, t->id, t->now_ms);
    mongo_doc_hash(&filter, "refresh", t->presented);
    change_tokens(&change, t);
    mongo_doc_hash(&change, "spent", t->presented);
    mongo_doc_time(&change, "spent_until", t->now_ms + t->grace_ms);
    return mongo_op_change(s, &mongo_doc_sessions, &filter, &change);
}

/* presented is the one before, whose answer was lost. */
static enum err spend_again(struct store *s, const struct turn *t)
{
    struct mongo_doc filter, change;
    filter_live(&filter, t->id, t->now_ms);
    mongo_doc_hash(&filter, "spent", t->presented);
    mongo_doc_when(&filter, "spent_until", "$gt", t->now_ms);
    change_tokens(&change, t);
    mongo_doc_time(&change, "spent_until", 0);
    return mongo_op_change(s, &mongo_doc_sessions, &filter, &change);
}

static enum err end_session(struct store *s, const struct id *id)
{
    struct mongo_doc filter;
    mongo_doc_init(&filter);
    mongo_doc_key(&filter, id);
    return mongo_op_remove_all(s, &mongo_doc_sessions, &filter);
}

static enum err on_rotate(struct store *s, const struct id *id, const struct secret_hash *presented,
                          const struct secret_hash *next, int64_t now_ms, int64_t grace_ms,
                          int64_t expires_ms)
{
    const struct turn t = {id, presented, next, now_ms, grace_ms, expires_ms};
    enum err e = ERR_NOT_FOUND;
    if (rules_has(presented)) {
        e = spend_current(s, &t);
        if (e == ERR_NOT_FOUND)
            e = spend_again(s, &t);
    }
    if (e != ERR_NOT_FOUND)
        return e;
    e = end_session(s, id);
    return e ? e : ERR_UNAUTHENTICATED;
}

static enum err on_delete(struct store *s, const struct id *user_id, const struct id *id)
{
    struct mongo_doc filter;
    mongo_doc_init(&filter);
    mongo_doc_key(&filter, id);
    mongo_doc_id(&filter, "user_id", user_id);
    return mongo_op_remove(s, &mongo_doc_sessions, &filter, NULL);
}

void mongo_sessions_plug(struct store *s)
{
    s->session_create = on_create;
    s->session_get = on_get;
    s->session_touch = on_touch;
    s->session_rotate = on_rotate;
    s->session_delete = on_delete;
}
