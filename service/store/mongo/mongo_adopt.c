#include "store/mongo/mongo_adopt.h"

#include "core/log.h"
#include "core/mem.h"
#include "store/mongo/mongo_adopt_doc.h"

enum { BEAT_EVERY = 100 };

struct adoption {
    struct mongo_store *m;
    mongoc_client_t *client; /* one connection serves it all, however small the pool */
    enum err (*alive)(void *arg);
    void *arg;
    int64_t seen;
    struct mongo_adopt_count count;
};

static mongoc_collection_t *open_collection(struct adoption *a, const char *name)
{
    return mongoc_client_get_collection(a->client, a->m->database, name);
}

typedef enum err visit(struct adoption *a, const bson_t *doc);

static enum err beat(struct adoption *a)
{
    return ++a->seen % BEAT_EVERY ? ERR_OK : a->alive(a->arg);
}

/* Visits every document, oldest first. */
static enum err each(struct adoption *a, const char *collection, visit *fn)
{
    bson_error_t error;
    const bson_t *doc;
    enum err e = ERR_OK;
    mongoc_collection_t *at = open_collection(a, collection);
    bson_t *all = bson_new(), *opts = BCON_NEW("sort", "{", "_id", BCON_INT32(1), "}");
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(at, all, opts, NULL);
    while (!e && mongoc_cursor_next(cursor, &doc)) {
        e = beat(a);
        if (!e)
            e = fn(a, doc);
    }
    if (!e && mongoc_cursor_error(cursor, &error))
        e = mongo_db_err(a->m, &error);
    mongoc_cursor_destroy(cursor);
    bson_destroy(opts);
    bson_destroy(all);
    mongoc_collection_destroy(at);
    return e;
}

/* Takes filter and update. */
static enum err update_one(struct adoption *a, const char *collection, bson_t *filter, bson_t *update)
{
    bson_error_t error;
    enum err e = ERR_OK;
    mongoc_collection_t *at = open_collection(a, collection);
    if (!mongoc_collection_update_one(at, filter, update, NULL, NULL, &error))
        e = mongo_db_err(a->m, &error);
    mongoc_collection_destroy(at);
    bson_destroy(filter);
    bson_destroy(update);
    return e;
}

static enum err change_one(struct adoption *a, const char *collection, const bson_oid_t *id,
                           const struct mongo_doc *change)
{
    bson_t *update = bson_new();
    if (!bson_empty(&change->set))
        BSON_APPEND_DOCUMENT(update, "$set", &change->set);
    if (!bson_empty(&change->unset))
        BSON_APPEND_DOCUMENT(update, "$unset", &change->unset);
    if (!bson_empty(update))
        return update_one(a, collection, BCON_NEW("_id", BCON_OID(id)), update);
    bson_destroy(update);
    return ERR_OK;
}

static enum err insert_one(struct adoption *a, const char *collection, const bson_t *doc)
{
    bson_error_t error;
    mongoc_collection_t *at = open_collection(a, collection);
    bool done = mongoc_collection_insert_one(at, doc, NULL, NULL, &error);
    enum err e = done ? ERR_OK : mongo_db_err(a->m, &error);
    mongoc_collection_destroy(at);
    return e == ERR_CONFLICT ? ERR_OK : e; /* it is there already */
}

static enum err remove_one(struct adoption *a, const char *collection, const char *id)
{
    bson_error_t error;
    mongoc_collection_t *at = open_collection(a, collection);
    bson_t *filter = BCON_NEW("_id", BCON_UTF8(id));
    bool done = mongoc_collection_delete_one(at, filter, NULL, NULL, &error);
    enum err e = done ? ERR_OK : mongo_db_err(a->m, &error);
    bson_destroy(filter);
    mongoc_collection_destroy(at);
    return e;
}

/* ---- ids ---- */

/* An _id that is text becomes the ObjectId of the same digits: a copy, then the old one goes. */
static enum err rekey(struct adoption *a, const char *collection, const bson_t *doc)
{
    bson_iter_t it;
    bson_oid_t oid;
    if (!bson_iter_init_find(&it, doc, "_id") || BSON_ITER_HOLDS_OID(&it))
        return ERR_OK;
    const char *text = BSON_ITER_HOLDS_UTF8(&it) ? bson_iter_utf8(&it, NULL) : "";
    if (!bson_oid_is_valid(text, strlen(text))) {
        log_event(LOG_WARN, "store.adopt_skipped", "collection=%s reason=\"its _id is no ObjectId\"",
                  collection);
        return ERR_OK;
    }
    bson_oid_init_from_string(&oid, text);
    bson_t copy = BSON_INITIALIZER;
    BSON_APPEND_OID(&copy, "_id", &oid);
    bson_copy_to_excluding_noinit(doc, &copy, "_id", NULL);
    enum err e = insert_one(a, collection, &copy);
    bson_destroy(&copy);
    return e ? e : remove_one(a, collection, text);
}

static enum err rekey_user(struct adoption *a, const bson_t *doc)
{
    return rekey(a, "users", doc);
}

static enum err rekey_camera(struct adoption *a, const bson_t *doc)
{
    return rekey(a, "cameras", doc);
}

static enum err copy_camera(struct adoption *a, const bson_t *doc)
{
    return insert_one(a, "cameras", doc);
}

/* ---- documents ---- */

static const bson_oid_t *oid_of(const bson_t *doc)
{
    bson_iter_t it;
    return bson_iter_init_find(&it, doc, "_id") && BSON_ITER_HOLDS_OID(&it) ? bson_iter_oid(&it) : NULL;
}

static enum err adopt_user(struct adoption *a, const bson_t *doc)
{
    struct mongo_doc change;
    if (!oid_of(doc))
        return ERR_OK;
    mongo_doc_init(&change);
    mongo_adopt_doc_user(doc, &change, &a->count);
    enum err e = change_one(a, "users", oid_of(doc), &change);
    mongo_doc_fini(&change);
    return e;
}

static enum err adopt_camera(struct adoption *a, const bson_t *doc)
{
    struct mongo_doc change;
    if (!oid_of(doc))
        return ERR_OK;
    mongo_doc_init(&change);
    mongo_adopt_doc_camera(doc, a->m->hash, &change, &a->count);
    enum err e = change_one(a, "cameras", oid_of(doc), &change);
    mongo_doc_fini(&change);
    return e;
}

/* ---- what must be unique ---- */

/* One member that several documents share: keeps it in one of them, renames it in the others. */
struct sharing {
    const char *collection, *field, *renamed;
    const char *pipeline; /* groups the _ids of those that share it, as "ids" */
    bool keep_newest;
};

static const struct sharing emails = {
    "users", "email", "duplicate_email",
    "{\"pipeline\": [{\"$match\": {\"email\": {\"$type\": \"string\"}}},"
    " {\"$group\": {\"_id\": \"$email\", \"ids\": {\"$push\": \"$_id\"}, \"n\": {\"$sum\": 1}}},"
    " {\"$match\": {\"n\": {\"$gt\": 1}}}]}",
    false};

static const struct sharing names = {
    "users", "username", "duplicate_username",
    "{\"pipeline\": [{\"$match\": {\"username\": {\"$type\": \"string\"}}},"
    " {\"$group\": {\"_id\": \"$username\", \"ids\": {\"$push\": \"$_id\"}, \"n\": {\"$sum\": 1}}},"
    " {\"$match\": {\"n\": {\"$gt\": 1}}}]}",
    false};

static const struct sharing labels = {
    "cameras", "device_uid", "duplicate_uid",
    "{\"pipeline\": [{\"$match\": {\"status\": \"active\", \"device_uid\": {\"$type\": \"string\"}}},"
    " {\"$group\": {\"_id\": {\"o\": \"$owner_id\", \"u\": \"$device_uid\"}, \"ids\": {\"$push\": \"$_id\"},"
    " \"n\": {\"$sum\": 1}}}, {\"$match\": {\"n\": {\"$gt\": 1}}}]}",
    true};

static enum err rename_in(struct adoption *a, const struct sharing *s, const bson_oid_t *id)
{
    char text[25];
    bson_oid_to_string(id, text);
    log_event(LOG_WARN, "store.adopt_duplicate", "collection=%s id=%s field=%s kept_as=%s", s->collection,
              text, s->field, s->renamed);
    return update_one(a, s->collection, BCON_NEW("_id", BCON_OID(id)),
                      BCON_NEW("$rename", "{", s->field, BCON_UTF8(s->renamed), "}"));
}

/* All of a group but the one that keeps it: the oldest, or the newest. */
static enum err settle_group(struct adoption *a, const struct sharing *s, const bson_t *group)
{
    bson_iter_t it, ids;
    bson_oid_t keeper = {.bytes = {0}};
    bool some = false;
    enum err e = ERR_OK;
    if (!bson_iter_init_find(&it, group, "ids") || !bson_iter_recurse(&it, &ids))
        return ERR_OK;
    while (bson_iter_next(&ids)) {
        if (!BSON_ITER_HOLDS_OID(&ids))
            continue;
        int order = bson_oid_compare(bson_iter_oid(&ids), &keeper);
        if (!some || (s->keep_newest ? order > 0 : order < 0))
            bson_oid_copy(bson_iter_oid(&ids), &keeper);
        some = true;
    }
    if (!bson_iter_recurse(&it, &ids))
        return ERR_OK;
    while (!e && bson_iter_next(&ids))
        if (BSON_ITER_HOLDS_OID(&ids) && !bson_oid_equal(bson_iter_oid(&ids), &keeper))
            e = rename_in(a, s, bson_iter_oid(&ids));
    return e;
}

static enum err make_unique(struct adoption *a, const struct sharing *s)
{
    bson_error_t error;
    const bson_t *group;
    enum err e = ERR_OK;
    bson_t *pipeline = bson_new_from_json((const uint8_t *)s->pipeline, -1, &error);
    if (!pipeline)
        return ERR_INTERNAL;
    mongoc_collection_t *at = open_collection(a, s->collection);
    mongoc_cursor_t *cursor = mongoc_collection_aggregate(at, MONGOC_QUERY_NONE, pipeline, NULL, NULL);
    while (!e && mongoc_cursor_next(cursor, &group)) {
        e = beat(a);
        if (!e)
            e = settle_group(a, s, group);
    }
    if (!e && mongoc_cursor_error(cursor, &error))
        e = mongo_db_err(a->m, &error);
    mongoc_cursor_destroy(cursor);
    mongoc_collection_destroy(at);
    bson_destroy(pipeline);
    return e;
}

enum err mongo_adopt(struct mongo_use *use, enum err (*alive)(void *arg), void *arg)
{
    struct adoption a = {.m = use->store, .client = use->client, .alive = alive, .arg = arg};
    enum err e = each(&a, "users", rekey_user);
    e = e ? e : each(&a, "users", adopt_user);
    e = e ? e : make_unique(&a, &emails);
    e = e ? e : make_unique(&a, &names);
    e = e ? e : each(&a, "camera", copy_camera);
    e = e ? e : each(&a, "cameras", rekey_camera);
    e = e ? e : each(&a, "cameras", adopt_camera);
    e = e ? e : make_unique(&a, &labels);
    if (!e && (a.count.users || a.count.cameras))
        log_event(LOG_INFO, "store.adopted",
                  "users=%lld cameras=%lld without_key=%lld passwords_dropped=%lld", (long long)a.count.users,
                  (long long)a.count.cameras, (long long)a.count.keyless, (long long)a.count.secrets);
    return e;
}
