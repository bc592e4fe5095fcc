/* Records as documents: one table a kind of record names each field's place, so that reading and writing
 * cannot differ. What is not set (empty text, zero hash, time 0) is absent from a document. One thread. */
#ifndef STORE_MONGO_MONGO_DOC_H
#define STORE_MONGO_MONGO_DOC_H

#include <bson/bson.h>

#include "store/model.h"

enum mongo_form {
    MONGO_KEY,      /* struct id as _id: ObjectId */
    MONGO_ID,       /* struct id as 24 hex digits */
    MONGO_TEXT,     /* char[]: UTF-8; what is longer than the record's member is cut when read */
    MONGO_HASH,     /* struct secret_hash: 32 bytes */
    MONGO_TIME,     /* int64_t Unix ms: date */
    MONGO_FLAG,     /* bool, false when absent */
    MONGO_FLAG_SET, /* bool, true when absent */
    MONGO_STATE,    /* enum camera_state: "pending" or "active" */
};

struct mongo_field {
    const char *name;
    enum mongo_form form;
    size_t offset, size;
};

struct mongo_kind {
    const char *collection;
    size_t record_bytes;
    const struct mongo_field *fields;
    size_t count;
};

/* A camera with what only this back end needs to know. */
struct mongo_camera {
    struct camera c;
    struct id next_from; /* on a device: the onboarding that issued next_key */
    bool kept;           /* on an onboarding: kept_id's device has taken its key */
};

/* The records of mongo_doc_cameras are struct mongo_camera. */
extern const struct mongo_kind mongo_doc_users, mongo_doc_sessions, mongo_doc_stream_passwords,
    mongo_doc_cameras;

/* What a document shall hold, or a filter (then only set is used), or a change. */
struct mongo_doc {
    bson_t set, unset, max;
};

void mongo_doc_init(struct mongo_doc *d);
void mongo_doc_fini(struct mongo_doc *d);

/* As a filter: equal to; as a change: set, or unset when empty. */
void mongo_doc_key(struct mongo_doc *d, const struct id *id);
void mongo_doc_id(struct mongo_doc *d, const char *field, const struct id *id);
void mongo_doc_text(struct mongo_doc *d, const char *field, const char *text);
void mongo_doc_hash(struct mongo_doc *d, const char *field, const struct secret_hash *h);
void mongo_doc_time(struct mongo_doc *d, const char *field, int64_t ms);
/* As a change: this moment, unless a later one stands there. */
void mongo_doc_at_least(struct mongo_doc *d, const char *field, int64_t ms);
/* Every field of a record. */
void mongo_doc_record(struct mongo_doc *d, const struct mongo_kind *k, const void *record);

/* Filters: compare is "$gt" and such. */
void mongo_doc_when(struct mongo_doc *d, const char *field, const char *compare, int64_t ms);
void mongo_doc_absent(struct mongo_doc *d, const char *field);
/* Filter: one of alternatives, which are taken. */
void mongo_doc_any(struct mongo_doc *d, struct mongo_doc *alternatives, uint32_t count);
/* Filter: _id beyond this one. */
void mongo_doc_key_after(struct mongo_doc *d, const struct id *id);
/* Filter: absent, or this text. */
void mongo_doc_absent_or(struct mongo_doc *d, const char *field, const char *text);
/* Filter: anything but this. */
void mongo_doc_not_hash(struct mongo_doc *d, const char *field, const struct secret_hash *h);
/* Filter: a token or a claim. */
void mongo_doc_token(struct mongo_doc *d, const struct secret_hash *h);

/* Fills the record's members from a document; what has another form counts as absent. */
void mongo_doc_read(const bson_t *doc, const struct mongo_kind *k, void *record);

#endif
