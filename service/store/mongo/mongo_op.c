#include "store/mongo/mongo_op.h"

#include <time.h>

#include "core/log.h"
#include "core/rand.h"

enum { TRIES = 30, FIRST_PAUSE_US = 4000, LONGEST_PAUSE_US = 100000 };

/* Whether a write is to be tried (again): asked after each try, true when it was undone. Of many that meet,
 * one after the other tries again here: all at once they could undo each other for seconds. Those of other
 * services part by a pause that differs. Who finds the database gone tells all that wait for their turn. */
static bool again(struct mongo_store *m, enum err *e, int *tries)
{
    const bool undone = *e == ERR_BUSY;
    if (undone && *tries == 0)
        pthread_mutex_lock(&m->turn);
    if (undone && ++*tries < TRIES && mongo_db_is_here(m)) {
        uint64_t most_us = *tries < 5 ? (uint64_t)FIRST_PAUSE_US << *tries : LONGEST_PAUSE_US;
        struct timespec pause = {.tv_nsec = (long)(rand_u64() % most_us) * 1000L};
        nanosleep(&pause, NULL);
        return true;
    }
    if (undone) {
        log_event(LOG_ERROR, "store.failed", "reason=\"undone %d times\"", *tries);
        *e = ERR_UNAVAILABLE;
    }
    if (*tries > 0)
        pthread_mutex_unlock(&m->turn);
    return false;
}

enum err mongo_op_insert(struct store *s, const struct mongo_kind *k, const void *record)
{
    struct mongo_use use;
    bson_error_t error;
    enum err e = mongo_db_take(s, k->collection, &use);
    if (e)
        return e;
    struct mongo_doc doc;
    mongo_doc_init(&doc);
    mongo_doc_record(&doc, k, record);
    int tries = 0;
    do {
        bool done = mongoc_collection_insert_one(use.collection, &doc.set, NULL, NULL, &error);
        e = done ? ERR_OK : mongo_db_err(use.store, &error);
    } while (again(use.store, &e, &tries));
    mongo_doc_fini(&doc);
    mongo_db_give(&use);
    return e;
}

/* Reads what a query finds, up to limit records. */
static enum err run_find(struct mongo_use *use, const struct mongo_kind *k, const bson_t *filter,
                         const bson_t *opts, size_t limit, void *records, size_t *count)
{
    bson_error_t error;
    const bson_t *doc;
    size_t n = 0;
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(use->collection, filter, opts, NULL);
    while (n < limit && mongoc_cursor_next(cursor, &doc)) {
        if (records)
            mongo_doc_read(doc, k, (char *)records + n * k->record_bytes);
        n++;
    }
    enum err e = mongoc_cursor_error(cursor, &error) ? mongo_db_err(use->store, &error) : ERR_OK;
    mongoc_cursor_destroy(cursor);
    if (!e)
        *count = n;
    return e;
}

static void sort_by(bson_t *opts, const char *first, const char *second)
{
    bson_t sort;
    BSON_APPEND_DOCUMENT_BEGIN(opts, "sort", &sort);
    if (first)
        BSON_APPEND_INT32(&sort, first, 1);
    if (second)
        BSON_APPEND_INT32(&sort, second, 1);
    bson_append_document_end(opts, &sort);
}

enum err mongo_op_list(struct store *s, const struct mongo_kind *k, struct mongo_doc *filter,
                       const char *sort, size_t limit, void *records, size_t *count)
{
    struct mongo_use use;
    bson_t opts = BSON_INITIALIZER;
    BSON_APPEND_INT64(&opts, "limit", (int64_t)limit);
    sort_by(&opts, sort, "_id");
    enum err e = mongo_db_take(s, k->collection, &use);
    if (!e) {
        e = run_find(&use, k, &filter->set, &opts, limit, records, count);
        mongo_db_give(&use);
    }
    bson_destroy(&opts);
    mongo_doc_fini(filter);
    return e;
}

enum err mongo_op_find(struct store *s, const struct mongo_kind *k, struct mongo_doc *filter, void *out)
{
    struct mongo_use use;
    size_t count = 0;
    bson_t opts = BSON_INITIALIZER;
    BSON_APPEND_INT64(&opts, "limit", 1);
    if (bson_has_field(&filter->set, "$or"))
        sort_by(&opts, "status", NULL);
    enum err e = mongo_db_take(s, k->collection, &use);
    if (!e) {
        e = run_find(&use, k, &filter->set, &opts, 1, out, &count);
        mongo_db_give(&use);
    }
    bson_destroy(&opts);
    mongo_doc_fini(filter);
    return e ? e : count ? ERR_OK : ERR_NOT_FOUND;
}

/* {"$set": …, "$unset": …, "$max": …}, without what is empty. */
static void compose(bson_t *update, const struct mongo_doc *change)
{
    if (!bson_empty(&change->set))
        BSON_APPEND_DOCUMENT(update, "$set", &change->set);
    if (!bson_empty(&change->unset))
        BSON_APPEND_DOCUMENT(update, "$unset", &change->unset);
    if (!bson_empty(&change->max))
        BSON_APPEND_DOCUMENT(update, "$max", &change->max);
}

static int64_t number_in(const bson_t *reply, const char *field)
{
    bson_iter_t it;
    return bson_iter_init_find(&it, reply, field) ? bson_iter_as_int64(&it) : 0;
}

static enum err update_one(struct mongo_use *use, const bson_t *filter, const bson_t *update)
{
    bson_error_t error;
    bson_t reply;
    enum err e = ERR_OK;
    if (!mongoc_collection_update_one(use->collection, filter, update, NULL, &reply, &error))
        e = mongo_db_err(use->store, &error);
    else if (number_in(&reply, "matchedCount") == 0)
        e = ERR_NOT_FOUND;
    bson_destroy(&reply);
    return e;
}

enum err mongo_op_change(struct store *s, const struct mongo_kind *k, struct mongo_doc *filter,
                         struct mongo_doc *change)
{
    struct mongo_use use;
    bson_t update = BSON_INITIALIZER;
    int tries = 0;
    compose(&update, change);
    enum err e = mongo_db_take(s, k->collection, &use);
    if (!e) {
        do
            e = update_one(&use, &filter->set, &update);
        while (again(use.store, &e, &tries));
        mongo_db_give(&use);
    }
    bson_destroy(&update);
    mongo_doc_fini(filter);
    mongo_doc_fini(change);
    return e;
}

/* The document in a findAndModify's reply. */
static enum err take_value(const bson_t *reply, const struct mongo_kind *k, void *out)
{
    bson_iter_t it;
    const uint8_t *bytes;
    uint32_t len;
    bson_t doc;
    if (!bson_iter_init_find(&it, reply, "value") || !BSON_ITER_HOLDS_DOCUMENT(&it))
        return ERR_NOT_FOUND;
    bson_iter_document(&it, &len, &bytes);
    if (out && bson_init_static(&doc, bytes, len))
        mongo_doc_read(&doc, k, out);
    return ERR_OK;
}

static enum err modify_one(struct mongo_use *use, const struct mongo_kind *k, const bson_t *filter,
                           const mongoc_find_and_modify_opts_t *opts, void *out)
{
    bson_error_t error;
    bson_t reply;
    enum err e;
    if (mongoc_collection_find_and_modify_with_opts(use->collection, filter, opts, &reply, &error))
        e = take_value(&reply, k, out);
    else
        e = mongo_db_err(use->store, &error);
    bson_destroy(&reply);
    return e;
}

static enum err find_and_modify(struct store *s, const struct mongo_kind *k, const bson_t *filter,
                                const mongoc_find_and_modify_opts_t *opts, void *out)
{
    struct mongo_use use;
    int tries = 0;
    enum err e = mongo_db_take(s, k->collection, &use);
    if (e)
        return e;
    do
        e = modify_one(&use, k, filter, opts, out);
    while (again(use.store, &e, &tries));
    mongo_db_give(&use);
    return e;
}

enum err mongo_op_change_get(struct store *s, const struct mongo_kind *k, struct mongo_doc *filter,
                             struct mongo_doc *change, enum mongo_op_moment moment, void *out)
{
    bson_t update = BSON_INITIALIZER;
    mongoc_find_and_modify_opts_t *opts = mongoc_find_and_modify_opts_new();
    compose(&update, change);
    mongoc_find_and_modify_opts_set_update(opts, &update);
    if (moment == MONGO_OP_AFTER)
        mongoc_find_and_modify_opts_set_flags(opts, MONGOC_FIND_AND_MODIFY_RETURN_NEW);
    enum err e = find_and_modify(s, k, &filter->set, opts, out);
    mongoc_find_and_modify_opts_destroy(opts);
    bson_destroy(&update);
    mongo_doc_fini(filter);
    mongo_doc_fini(change);
    return e;
}

enum err mongo_op_remove(struct store *s, const struct mongo_kind *k, struct mongo_doc *filter, void *out)
{
    mongoc_find_and_modify_opts_t *opts = mongoc_find_and_modify_opts_new();
    mongoc_find_and_modify_opts_set_flags(opts, MONGOC_FIND_AND_MODIFY_REMOVE);
    enum err e = find_and_modify(s, k, &filter->set, opts, out);
    mongoc_find_and_modify_opts_destroy(opts);
    mongo_doc_fini(filter);
    return e;
}

enum err mongo_op_remove_all(struct store *s, const struct mongo_kind *k, struct mongo_doc *filter)
{
    struct mongo_use use;
    bson_error_t error;
    int tries = 0;
    enum err e = mongo_db_take(s, k->collection, &use);
    if (!e) {
        do {
            bool done = mongoc_collection_delete_many(use.collection, &filter->set, NULL, NULL, &error);
            e = done ? ERR_OK : mongo_db_err(use.store, &error);
        } while (again(use.store, &e, &tries));
        mongo_db_give(&use);
    }
    mongo_doc_fini(filter);
    return e;
}
