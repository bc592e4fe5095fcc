#include "core/mem.h"
#include "store/mongo/mongo_camera.h"
#include "store/rules.h"
#include "store/transfer.h"

static const struct mongo_kind *const kinds[] = {
    [TRANSFER_USERS] = &mongo_doc_users,
    [TRANSFER_SESSIONS] = &mongo_doc_sessions,
    [TRANSFER_STREAM_PASSWORDS] = &mongo_doc_stream_passwords,
    [TRANSFER_CAMERAS] = &mongo_doc_cameras,
};

static enum err list(struct store *s, enum transfer_kind kind, const struct id *after, size_t max,
                     void *records, size_t *count)
{
    struct mongo_doc filter;
    mongo_doc_init(&filter);
    mongo_doc_key_after(&filter, after);
    return mongo_op_list(s, kinds[kind], &filter, NULL, max, records, count);
}

enum err mongo_transfer_read(struct store *s, enum transfer_kind kind, const struct id *after, size_t max,
                             union transfer_record *records, size_t *count)
{
    const size_t bytes = kinds[kind]->record_bytes;
    char *read = mem_alloc(max * bytes);
    size_t n = 0;
    if (!read)
        return ERR_NO_MEMORY;
    enum err e = list(s, kind, after, max, read, &n);
    for (size_t i = 0; i < n && !e; i++) { /* a camera's record begins with the camera itself */
        size_t size = kind == TRANSFER_CAMERAS ? sizeof(struct camera) : bytes;
        memcpy(&records[i], read + i * bytes, size);
    }
    mem_free(read);
    if (!e)
        *count = n;
    return e;
}

/* ---- writing ---- */

static enum err replace(struct store *s, enum transfer_kind kind, const struct id *id, const void *record)
{
    struct mongo_use use;
    bson_error_t error;
    struct mongo_doc doc, filter;
    bson_t upsert = BSON_INITIALIZER;
    enum err e = mongo_db_take(s, kinds[kind]->collection, &use);
    if (e)
        return e;
    mongo_doc_init(&doc);
    mongo_doc_record(&doc, kinds[kind], record);
    mongo_doc_init(&filter);
    mongo_doc_key(&filter, id);
    BSON_APPEND_BOOL(&upsert, "upsert", true);
    if (!mongoc_collection_replace_one(use.collection, &filter.set, &doc.set, &upsert, NULL, &error))
        e = mongo_db_err(use.store, &error);
    bson_destroy(&upsert);
    mongo_doc_fini(&filter);
    mongo_doc_fini(&doc);
    mongo_db_give(&use);
    return e;
}

/* A device whose next key an onboarding has issued must know which; either may come first. */
static enum err note_source(struct store *s, const struct id *device, const struct secret_hash *next_key,
                            const struct id *pending)
{
    struct mongo_doc filter, change;
    mongo_doc_init(&filter);
    mongo_doc_key(&filter, device);
    mongo_doc_hash(&filter, "next_key", next_key);
    mongo_doc_init(&change);
    mongo_doc_id(&change, "next_from", pending);
    enum err e = mongo_op_change(s, &mongo_doc_cameras, &filter, &change);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err link_device(struct store *s, const struct camera *device)
{
    struct mongo_doc filter;
    struct mongo_camera pending;
    mongo_doc_init(&filter);
    mongo_doc_id(&filter, "kept_id", &device->id);
    mongo_doc_hash(&filter, "key", &device->next_key);
    enum err e = mongo_op_find(s, &mongo_doc_cameras, &filter, &pending);
    if (e)
        return e == ERR_NOT_FOUND ? ERR_OK : e;
    return note_source(s, &device->id, &device->next_key, &pending.c.id);
}

static enum err write_camera(struct store *s, const struct camera *cam)
{
    struct mongo_camera c = {.c = *cam, .kept = !id_is_none(&cam->kept_id)};
    enum err e = replace(s, TRANSFER_CAMERAS, &cam->id, &c);
    if (!e && c.kept && rules_has(&cam->key))
        e = note_source(s, &cam->kept_id, &cam->key, &cam->id);
    if (!e && rules_has(&cam->next_key))
        e = link_device(s, cam);
    return e;
}

enum err mongo_transfer_write(struct store *s, enum transfer_kind kind, const union transfer_record *record)
{
    switch (kind) {
    case TRANSFER_USERS:
        return replace(s, kind, &record->user.id, record);
    case TRANSFER_SESSIONS:
        return replace(s, kind, &record->session.id, record);
    case TRANSFER_STREAM_PASSWORDS:
        return replace(s, kind, &record->stream_password.id, record);
    case TRANSFER_CAMERAS:
        return write_camera(s, &record->camera);
    case TRANSFER_KINDS:
        break;
    }
    return ERR_INVALID;
}

/* ---- the note that a transfer is under way: {_id: "transfer"} beside the schema's ---- */

static const char notes[] = "visionconnect";

static enum err is_under_way(struct store *s, bool *out)
{
    struct mongo_use use;
    bson_error_t error;
    const bson_t *doc;
    enum err e = mongo_db_take(s, notes, &use);
    if (e)
        return e;
    bson_t *filter = BCON_NEW("_id", BCON_UTF8("transfer"));
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(use.collection, filter, NULL, NULL);
    bool found = mongoc_cursor_next(cursor, &doc);
    if (mongoc_cursor_error(cursor, &error))
        e = mongo_db_err(use.store, &error);
    mongoc_cursor_destroy(cursor);
    bson_destroy(filter);
    mongo_db_give(&use);
    if (!e)
        *out = found;
    return e;
}

static enum err is_empty(struct store *s, bool *out)
{
    static const struct id first;
    enum err e = ERR_OK;
    bool empty = true;
    for (int kind = 0; kind < TRANSFER_KINDS && !e && empty; kind++) {
        size_t count = 0;
        e = list(s, (enum transfer_kind)kind, &first, 1, NULL, &count);
        empty = count == 0;
    }
    if (!e)
        *out = empty;
    return e;
}

static enum err note(struct store *s, bool under_way)
{
    struct mongo_use use;
    bson_error_t error;
    enum err e = mongo_db_take(s, notes, &use);
    if (e)
        return e;
    bson_t *doc = BCON_NEW("_id", BCON_UTF8("transfer"));
    bool done = under_way ? mongoc_collection_insert_one(use.collection, doc, NULL, NULL, &error)
                          : mongoc_collection_delete_one(use.collection, doc, NULL, NULL, &error);
    if (!done)
        e = mongo_db_err(use.store, &error);
    bson_destroy(doc);
    mongo_db_give(&use);
    return e;
}

enum err mongo_transfer_begin(struct store *s)
{
    bool under_way, empty;
    enum err e = is_under_way(s, &under_way);
    if (e || under_way)
        return e;
    e = is_empty(s, &empty);
    if (e)
        return e;
    return empty ? note(s, true) : ERR_CONFLICT;
}

enum err mongo_transfer_end(struct store *s)
{
    return note(s, false);
}
