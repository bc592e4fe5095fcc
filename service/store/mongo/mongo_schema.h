/* Brings what lies there up to date: a document {_id: "schema"} counts the migrations applied and holds the
 * lease of the one service that migrates; the others wait. Indexes are made at every start. The keeper's
 * thread. */
#ifndef STORE_MONGO_MONGO_SCHEMA_H
#define STORE_MONGO_MONGO_SCHEMA_H

#include "store/mongo/mongo_db.h"

/* ERR_INVALID: written by a newer version. ERR_UNAVAILABLE: the database is away, or another service
 * migrates. */
MUST_CHECK enum err mongo_schema_prepare(struct mongo_store *m);
/* One read. ERR_UNAVAILABLE. */
MUST_CHECK enum err mongo_schema_probe(struct mongo_store *m);

#endif
