/* The few things done to a collection, each one atomic change of one document. Filters and changes are taken
 * (freed), whatever comes of it. Failures: ERR_CONFLICT (a unique index), ERR_UNAVAILABLE. Any thread. */
#ifndef STORE_MONGO_MONGO_OP_H
#define STORE_MONGO_MONGO_OP_H

#include "store/mongo/mongo_db.h"
#include "store/mongo/mongo_doc.h"

MUST_CHECK enum err mongo_op_insert(struct store *s, const struct mongo_kind *k, const void *record);
/* The first match, of several those with the lesser status; NULL out = only whether there is one.
 * ERR_NOT_FOUND. */
MUST_CHECK enum err mongo_op_find(struct store *s, const struct mongo_kind *k, struct mongo_doc *filter,
                                  void *out);
/* ERR_NOT_FOUND: nothing matched. */
MUST_CHECK enum err mongo_op_change(struct store *s, const struct mongo_kind *k, struct mongo_doc *filter,
                                    struct mongo_doc *change);
/* As change; *out is the document as it is then (MONGO_OP_AFTER), or as it was. */
enum mongo_op_moment { MONGO_OP_BEFORE, MONGO_OP_AFTER };
MUST_CHECK enum err mongo_op_change_get(struct store *s, const struct mongo_kind *k, struct mongo_doc *filter,
                                        struct mongo_doc *change, enum mongo_op_moment moment, void *out);
/* Removes one; *out (may be NULL) is what it was. ERR_NOT_FOUND. */
MUST_CHECK enum err mongo_op_remove(struct store *s, const struct mongo_kind *k, struct mongo_doc *filter,
                                    void *out);
MUST_CHECK enum err mongo_op_remove_all(struct store *s, const struct mongo_kind *k,
                                        struct mongo_doc *filter);
/* Up to limit matches by sort ("created_at" then _id, or _id alone when NULL), into an array of the kind's
 * records. */
MUST_CHECK enum err mongo_op_list(struct store *s, const struct mongo_kind *k, struct mongo_doc *filter,
                                  const char *sort, size_t limit, void *records, size_t *count);

#endif
