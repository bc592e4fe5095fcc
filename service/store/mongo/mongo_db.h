/* The connections, whether the database is there, and what its failures mean. Any thread. */
#ifndef STORE_MONGO_MONGO_DB_H
#define STORE_MONGO_MONGO_DB_H

#include <mongoc/mongoc.h>
#include <pthread.h>

#include "store/mongo/mongo.h"

enum mongo_state {
    MONGO_AWAY,
    MONGO_HERE,
    MONGO_REFUSED, /* what lies there cannot be served */
};

struct mongo_store {
    struct store api; /* first: callers hold a pointer to it */
    mongoc_client_pool_t *pool;
    char *database;
    struct secret_hash (*hash)(struct span secret);
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t keeper;
    enum mongo_state state;
    uint64_t attempts; /* how often the keeper has asked */
    bool closing, prepared;
    pthread_mutex_t turn; /* held while a write that was undone is tried again */
};

/* Opens and starts the keeper, which brings schema and data up to date and then waits for trouble. */
MUST_CHECK enum err mongo_db_open(struct mongo_store *m, const struct mongo_config *config);
void mongo_db_close(struct mongo_store *m);

/* One connection with a collection in hand. */
struct mongo_use {
    struct mongo_store *store;
    mongoc_client_t *client;
    mongoc_collection_t *collection;
};

/* As far as is known. */
bool mongo_db_is_here(struct mongo_store *m);
/* ERR_UNAVAILABLE at once while the database is away. */
MUST_CHECK enum err mongo_db_take(struct store *s, const char *collection, struct mongo_use *out);
/* As take, also while it is away: for the keeper. */
MUST_CHECK enum err mongo_db_take_anyway(struct mongo_store *m, const char *collection,
                                         struct mongo_use *out);
void mongo_db_give(struct mongo_use *use);

/* ERR_CONFLICT: a unique index refused. ERR_BUSY: two writes met and this one was undone, to be tried again.
 * ERR_UNAVAILABLE: anything else, logged; wakes the keeper, as the database may be away. */
enum err mongo_db_err(struct mongo_store *m, const bson_error_t *error);

#endif
