#include "core/mem.h"
#include "store/mongo/mongo_collections.h"
#include "store/mongo/mongo_op.h"

static void filter_own(struct mongo_doc *filter, const struct id *user, const struct id *device)
{
    mongo_doc_init(filter);
    mongo_doc_id(filter, "user_id", user);
    mongo_doc_id(filter, "device_id", device);
}

static enum err list(struct store *s, const struct id *user, const struct id *device, size_t most,
                     struct stream_password *data, size_t *count)
{
    struct mongo_doc filter;
    filter_own(&filter, user, device);
    return mongo_op_list(s, &mongo_doc_stream_passwords, &filter, "created_at", most, data, count);
}

static enum err on_create(struct store *s, const struct stream_password *p)
{
    size_t count = 0;
    enum err e = mongo_users_exists(s, &p->user_id);
    if (!e)
        e = list(s, &p->user_id, &p->device_id, MODEL_STREAM_PASSWORDS_MAX, NULL, &count);
    if (!e && count >= MODEL_STREAM_PASSWORDS_MAX)
        e = ERR_CONFLICT;
    return e ? e : mongo_op_insert(s, &mongo_doc_stream_passwords, p);
}

static enum err on_get(struct store *s, const struct id *id, struct stream_password *out)
{
    struct mongo_doc filter;
    struct stream_password p;
    mongo_doc_init(&filter);
    mongo_doc_key(&filter, id);
    enum err e = mongo_op_find(s, &mongo_doc_stream_passwords, &filter, &p);
    if (!e)
        *out = p;
    return e;
}

static enum err on_list(struct store *s, const struct id *user, const struct id *device,
                        struct stream_password_list *out)
{
    enum { MOST = 100 }; /* more than MODEL_STREAM_PASSWORDS_MAX, as several at once may get the last place */
    struct stream_password_list l = {.data = mem_alloc(MOST * sizeof *l.data)};
    if (!l.data)
        return ERR_NO_MEMORY;
    enum err e = list(s, user, device, MOST, l.data, &l.count);
    if (e)
        mem_free(l.data);
    else
        *out = l;
    return e;
}

static enum err on_delete(struct store *s, const struct id *user, const struct id *device,
                          const struct id *id)
{
    struct mongo_doc filter;
    filter_own(&filter, user, device);
    mongo_doc_key(&filter, id);
    return mongo_op_remove(s, &mongo_doc_stream_passwords, &filter, NULL);
}

enum err mongo_stream_passwords_remove(struct store *s, const struct id *device)
{
    struct mongo_doc filter;
    mongo_doc_init(&filter);
    mongo_doc_id(&filter, "device_id", device);
    return mongo_op_remove_all(s, &mongo_doc_stream_passwords, &filter);
}

void mongo_stream_passwords_plug(struct store *s)
{
    s->stream_password_create = on_create;
    s->stream_password_get = on_get;
    s->stream_password_list = on_list;
    s->stream_password_delete = on_delete;
}
