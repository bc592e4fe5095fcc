#include "store/mongo/mongo_collections.h"
#include "store/mongo/mongo_op.h"

static enum err find_by(struct store *s, const char *field, const char *value, struct user *out)
{
    struct mongo_doc filter;
    if (!*value)
        return ERR_NOT_FOUND;
    mongo_doc_init(&filter);
    mongo_doc_text(&filter, field, value);
    return mongo_op_find(s, &mongo_doc_users, &filter, out);
}

enum err mongo_users_exists(struct store *s, const struct id *id)
{
    struct mongo_doc filter;
    mongo_doc_init(&filter);
    mongo_doc_key(&filter, id);
    return mongo_op_find(s, &mongo_doc_users, &filter, NULL);
}

/* Which name is taken: the email counts first. */
static enum err why_refused(struct store *s, const struct user *u)
{
    struct user other;
    enum err e = find_by(s, "email", u->email, &other);
    if (e != ERR_NOT_FOUND)
        return e ? e : ERR_EMAIL_TAKEN;
    e = find_by(s, "username", u->username, &other);
    if (e != ERR_NOT_FOUND)
        return e ? e : ERR_USERNAME_TAKEN;
    return ERR_CONFLICT;
}

static enum err on_create(struct store *s, const struct user *u)
{
    enum err e = mongo_op_insert(s, &mongo_doc_users, u);
    return e == ERR_CONFLICT ? why_refused(s, u) : e;
}

static enum err on_find(struct store *s, struct span name, struct user *out)
{
    char text[MODEL_EMAIL_MAX + 1];
    struct user found;
    if (!span_copy(name, text, sizeof text) || !bson_utf8_validate(text, name.len, false))
        return ERR_NOT_FOUND;
    enum err e = find_by(s, strchr(text, '@') ? "email" : "username", text, &found);
    if (!e)
        *out = found;
    return e;
}

static enum err on_get(struct store *s, const struct id *id, struct user *out)
{
    struct mongo_doc filter;
    struct user found;
    mongo_doc_init(&filter);
    mongo_doc_key(&filter, id);
    enum err e = mongo_op_find(s, &mongo_doc_users, &filter, &found);
    if (!e)
        *out = found;
    return e;
}

static enum err on_set_password(struct store *s, const struct id *id, const char *old_hash,
                                const char *new_hash)
{
    struct mongo_doc filter, change;
    if (!*old_hash)
        return ERR_CONFLICT;
    mongo_doc_init(&filter);
    mongo_doc_key(&filter, id);
    mongo_doc_text(&filter, "password", old_hash);
    mongo_doc_init(&change);
    mongo_doc_text(&change, "password", new_hash);
    enum err e = mongo_op_change(s, &mongo_doc_users, &filter, &change);
    return e == ERR_NOT_FOUND ? ERR_CONFLICT : e;
}

void mongo_users_plug(struct store *s)
{
    s->user_create = on_create;
    s->user_find = on_find;
    s->user_get = on_get;
    s->user_set_password = on_set_password;
}
