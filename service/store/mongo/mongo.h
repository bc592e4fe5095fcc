/* The MongoDB back end, over libmongoc. Documents keep the names and forms of the system people already run
 * (docs/ mongodb.md). It needs neither transactions nor change streams: an operation is one atomic change of
 * one document, or a few in an order whose every prefix is lawful.
 *
 * While the database is away every operation is ERR_UNAVAILABLE at once; a thread of its own asks, with
 * growing pauses, until it is back. An operation that has no answer after timeout_ms is ERR_UNAVAILABLE too;
 * it may have happened. */
#ifndef STORE_MONGO_MONGO_H
#define STORE_MONGO_MONGO_H

#include "store/store.h"

struct mongo_config {
    const char *uri; /* names the database; without one it is "vision_connect" */
    int pool;        /* most connections for operations */
    int timeout_ms;  /* longest life of an operation, finding a server and one retry included */
    bool retry;  /* the driver repeats reads and writes once when a connection breaks (replica sets only) */
    int wait_ms; /* how long open waits for the database before it goes on without */
    /* The hash that tokens are stored as; the documents of the older system hold plain ones. */
    struct secret_hash (*hash)(struct span secret);
};

/* Options that the URI itself carries win over the numbers above. config->uri is borrowed for the call. On
 * ERR_OK the database may still be away. Ended by (*out)->close. ERR_NO_MEMORY; ERR_INVALID: a crooked URI,
 * or data written by a newer version of the service. */
MUST_CHECK enum err mongo_store_open(const struct mongo_config *config, struct store **out);

#endif
