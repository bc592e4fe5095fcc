#include "store/mongo/mongo_schema.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/rand.h"
#include "store/mongo/mongo_adopt.h"

static const char collection[] = "visionconnect";

enum { SCHEMA_VERSION = 1, LEASE_MS = 60 * 1000 };

static const char *const indexes[] = {
    "{'createIndexes': 'users', 'indexes': ["
    " {'name': 'users_by_email', 'key': {'email': 1}, 'unique': true, 'sparse': true},"
    " {'name': 'users_by_username', 'key': {'username': 1}, 'unique': true, 'sparse': true}]}",
    "{'createIndexes': 'sessions', 'indexes': ["
    " {'name': 'sessions_by_user', 'key': {'user_id': 1}},"
    " {'name': 'sessions_by_end', 'key': {'expires_at': 1}}]}",
    "{'createIndexes': 'stream_passwords', 'indexes': ["
    " {'name': 'stream_passwords_by_user', 'key': {'user_id': 1, 'device_id': 1, 'created_at': 1, '_id': "
    "1}},"
    " {'name': 'stream_passwords_by_device', 'key': {'device_id': 1}}]}",
    "{'createIndexes': 'cameras', 'indexes': ["
    " {'name': 'cameras_by_owner', 'key': {'owner_id': 1, 'created_at': 1, '_id': 1}},"
    " {'name': 'cameras_by_uid', 'key': {'owner_id': 1, 'device_uid': 1}, 'unique': true,"
    "  'partialFilterExpression': {'status': 'active', 'device_uid': {'$exists': true}}},"
    " {'name': 'cameras_by_idempotency', 'key': {'owner_id': 1, 'idempotency_key': 1}, 'unique': true,"
    "  'partialFilterExpression': {'idempotency_key': {'$exists': true}}},"
    " {'name': 'cameras_by_token', 'key': {'token': 1}, 'sparse': true},"
    " {'name': 'cameras_by_claim', 'key': {'claim': 1}, 'sparse': true},"
    " {'name': 'cameras_kept', 'key': {'kept_id': 1}, 'sparse': true},"
    " {'name': 'cameras_by_end', 'key': {'status': 1, 'token_expires_at': 1}}]}",
};

static int64_t now_ms(void)
{
    return clock_wall_ms(clock_system());
}

static enum err make_index(struct mongo_use *use, const char *text)
{
    char json[1024];
    bson_error_t error;
    size_t len = strlen(text);
    if (len >= sizeof json)
        return ERR_INTERNAL;
    for (size_t i = 0; i <= len; i++)
        json[i] = text[i] == '\'' ? '"' : text[i];
    bson_t *command = bson_new_from_json((const uint8_t *)json, (ssize_t)len, &error);
    if (!command)
        return ERR_INTERNAL;
    enum err e = ERR_OK;
    if (!mongoc_client_command_simple(use->client, use->store->database, command, NULL, NULL, &error))
        e = mongo_db_err(use->store, &error);
    bson_destroy(command);
    return e == ERR_CONFLICT ? ERR_UNAVAILABLE : e;
}

static enum err make_indexes(struct mongo_use *use)
{
    enum err e = ERR_OK;
    for (size_t i = 0; i < sizeof indexes / sizeof *indexes && !e; i++)
        e = make_index(use, indexes[i]);
    return e;
}

/* ---- the schema document ---- */

/* -1: there is none. */
static enum err read_version(struct mongo_use *use, int64_t *out)
{
    bson_error_t error;
    bson_iter_t it;
    const bson_t *doc;
    int64_t version = -1;
    bson_t *filter = BCON_NEW("_id", BCON_UTF8("schema"));
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(use->collection, filter, NULL, NULL);
    if (mongoc_cursor_next(cursor, &doc) && bson_iter_init_find(&it, doc, "version"))
        version = bson_iter_as_int64(&it);
    enum err e = mongoc_cursor_error(cursor, &error) ? mongo_db_err(use->store, &error) : ERR_OK;
    mongoc_cursor_destroy(cursor);
    bson_destroy(filter);
    if (!e)
        *out = version;
    return e;
}

static enum err insert_version(struct mongo_use *use)
{
    bson_error_t error;
    enum err e = ERR_OK;
    bson_t *doc = BCON_NEW("_id", BCON_UTF8("schema"), "version", BCON_INT64(0));
    if (!mongoc_collection_insert_one(use->collection, doc, NULL, NULL, &error))
        e = mongo_db_err(use->store, &error);
    bson_destroy(doc);
    return e == ERR_CONFLICT ? ERR_OK : e; /* another service was quicker */
}

static enum err change_schema(struct mongo_use *use, bson_t *filter, bson_t *update)
{
    bson_error_t error;
    bson_iter_t it;
    bson_t reply;
    enum err e = ERR_OK;
    if (!mongoc_collection_update_one(use->collection, filter, update, NULL, &reply, &error))
        e = mongo_db_err(use->store, &error);
    else if (!bson_iter_init_find(&it, &reply, "matchedCount") || bson_iter_as_int64(&it) == 0)
        e = ERR_NOT_FOUND;
    bson_destroy(&reply);
    bson_destroy(filter);
    bson_destroy(update);
    return e;
}

/* ERR_NOT_FOUND: another service has it. */
static enum err take_lease(struct mongo_use *use, int64_t version, const char *holder)
{
    bson_t *filter =
        BCON_NEW("_id", BCON_UTF8("schema"), "version", BCON_INT64(version), "$or", "[", "{", "lease_until",
                 BCON_NULL, "}", "{", "lease_until", "{", "$lt", BCON_DATE_TIME(now_ms()), "}", "}", "]");
    bson_t *update = BCON_NEW("$set", "{", "holder", BCON_UTF8(holder), "lease_until",
                              BCON_DATE_TIME(now_ms() + LEASE_MS), "}");
    return change_schema(use, filter, update);
}

struct lease {
    struct mongo_use *use;
    const char *holder;
};

/* For the migration, now and then. ERR_NOT_FOUND: lost. */
static enum err renew_lease(void *arg)
{
    struct lease *l = arg;
    bson_t *filter = BCON_NEW("_id", BCON_UTF8("schema"), "holder", BCON_UTF8(l->holder));
    bson_t *update = BCON_NEW("$set", "{", "lease_until", BCON_DATE_TIME(now_ms() + LEASE_MS), "}");
    return change_schema(l->use, filter, update);
}

static enum err end_lease(struct mongo_use *use, const char *holder, int64_t version)
{
    bson_t *filter = BCON_NEW("_id", BCON_UTF8("schema"), "holder", BCON_UTF8(holder));
    bson_t *update = BCON_NEW("$set", "{", "version", BCON_INT64(version), "}", "$unset", "{", "lease_until",
                              BCON_INT32(1), "holder", BCON_INT32(1), "}");
    return change_schema(use, filter, update);
}

/* The only migration so far: the documents of the older system. */
static enum err migrate(struct mongo_use *use, int64_t version)
{
    char holder[RAND_ID_BYTES];
    rand_id(holder);
    enum err e = take_lease(use, version, holder);
    if (e == ERR_NOT_FOUND) {
        log_event(LOG_INFO, "store.migration_waits", "reason=\"another service is at it\"");
        return ERR_UNAVAILABLE;
    }
    if (e)
        return e;
    struct lease lease = {use, holder};
    e = mongo_adopt(use, renew_lease, &lease);
    /* Not before the indexes stand is it done: they could still refuse what another program writes meanwhile.
     */
    if (!e)
        e = make_indexes(use);
    /* Also when it is not: then nobody has to wait until the lease has run out. */
    enum err ended = end_lease(use, holder, e ? version : version + 1);
    e = e ? e : ended;
    return e == ERR_NOT_FOUND ? ERR_UNAVAILABLE : e;
}

static enum err prepare(struct mongo_use *use)
{
    int64_t version;
    enum err e = read_version(use, &version);
    if (!e && version < 0) {
        e = insert_version(use);
        version = 0;
    }
    if (e)
        return e;
    if (version > SCHEMA_VERSION) {
        log_event(LOG_ERROR, "store.schema_too_new", "found=%lld known=%d", (long long)version,
                  SCHEMA_VERSION);
        return ERR_INVALID;
    }
    return version < SCHEMA_VERSION ? migrate(use, version) : make_indexes(use);
}

enum err mongo_schema_prepare(struct mongo_store *m)
{
    struct mongo_use use;
    enum err e = mongo_db_take_anyway(m, collection, &use);
    if (e)
        return e;
    e = prepare(&use);
    mongo_db_give(&use);
    return e;
}

enum err mongo_schema_probe(struct mongo_store *m)
{
    struct mongo_use use;
    int64_t version;
    enum err e = mongo_db_take_anyway(m, collection, &use);
    if (e)
        return e;
    e = read_version(&use, &version);
    mongo_db_give(&use);
    return e;
}
