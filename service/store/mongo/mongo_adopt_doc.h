/* What becomes of one document of the older system. Pure: documents in, changes out. */
#ifndef STORE_MONGO_MONGO_ADOPT_DOC_H
#define STORE_MONGO_MONGO_ADOPT_DOC_H

#include "store/mongo/mongo_doc.h"

/* What the log tells about the whole. */
struct mongo_adopt_count {
    int64_t users, cameras, keyless, secrets;
};

/* Unix ms of an ISO 8601 text, UTC when it names no zone; -1 when it is none. */
int64_t mongo_adopt_doc_time(const char *text);

/* Fill change (initialised) for a document whose _id is an ObjectId; both empty: nothing to do. */
void mongo_adopt_doc_user(const bson_t *doc, struct mongo_doc *change, struct mongo_adopt_count *count);
void mongo_adopt_doc_camera(const bson_t *doc, struct secret_hash (*hash)(struct span),
                            struct mongo_doc *change, struct mongo_adopt_count *count);

#endif
