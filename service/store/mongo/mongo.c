#include "store/mongo/mongo.h"

#include "core/mem.h"
#include "store/mongo/mongo_camera.h"
#include "store/mongo/mongo_collections.h"
#include "store/mongo/mongo_schema.h"

static enum err on_sweep(struct store *s, int64_t now_ms)
{
    struct mongo_doc filter;
    mongo_doc_init(&filter);
    mongo_doc_when(&filter, "expires_at", "$lte", now_ms);
    enum err e = mongo_op_remove_all(s, &mongo_doc_sessions, &filter);
    if (e)
        return e;
    e = mongo_camera_bury(s);
    if (e)
        return e;
    mongo_doc_init(&filter);
    mongo_doc_text(&filter, "status", "pending");
    mongo_doc_when(&filter, "token_expires_at", "$lt", now_ms - STORE_REMEMBERED_MS);
    return mongo_op_remove_all(s, &mongo_doc_cameras, &filter);
}

/* What the keeper knows, asked afresh when all seems well. */
static enum err on_ping(struct store *s)
{
    struct mongo_use use;
    enum err e = mongo_db_take(s, mongo_doc_users.collection, &use);
    if (e)
        return e;
    mongo_db_give(&use);
    return mongo_schema_probe((struct mongo_store *)s);
}

static void on_close(struct store *s)
{
    struct mongo_store *m = (struct mongo_store *)s;
    mongo_db_close(m);
    mem_free(m);
}

enum err mongo_store_open(const struct mongo_config *config, struct store **out)
{
    struct mongo_store *m = mem_zalloc(sizeof *m);
    if (!m)
        return ERR_NO_MEMORY;
    enum err e = mongo_db_open(m, config);
    if (e) {
        mem_free(m);
        return e;
    }
    mongo_users_plug(&m->api);
    mongo_sessions_plug(&m->api);
    mongo_stream_passwords_plug(&m->api);
    mongo_onboarding_plug(&m->api);
    mongo_cameras_plug(&m->api);
    m->api.sweep = on_sweep;
    m->api.ping = on_ping;
    m->api.close = on_close;
    *out = &m->api;
    return ERR_OK;
}
