/* Everything a store keeps, record by record, for moving from one back end to another (visionconnect
 * migrate). Beside the contract on purpose: no handler reads so. The store must serve nobody meanwhile. Any
 * thread; may block. */
#ifndef STORE_TRANSFER_H
#define STORE_TRANSFER_H

#include "store/store.h"

enum transfer_kind {
    TRANSFER_USERS,
    TRANSFER_SESSIONS,
    TRANSFER_STREAM_PASSWORDS,
    TRANSFER_CAMERAS,
    TRANSFER_KINDS
};

union transfer_record {
    struct user user;
    struct session session;
    struct stream_password stream_password;
    struct camera camera;
};

/* Up to max records whose ids are beyond after (empty: from the first), by id; *count < max: these were the
 * last. */
MUST_CHECK enum err sqlite_transfer_read(struct store *s, enum transfer_kind kind, const struct id *after,
                                         size_t max, union transfer_record *records, size_t *count);
MUST_CHECK enum err mongo_transfer_read(struct store *s, enum transfer_kind kind, const struct id *after,
                                        size_t max, union transfer_record *records, size_t *count);

/* Puts a record in place of the one with its id, or adds it. ERR_CONFLICT: something unique in it is
 * another's. */
MUST_CHECK enum err mongo_transfer_write(struct store *s, enum transfer_kind kind,
                                         const union transfer_record *record);

/* Notes that a transfer is under way, until mongo_transfer_end. ERR_CONFLICT: something is there that no
 * transfer under way has brought. */
MUST_CHECK enum err mongo_transfer_begin(struct store *s);
MUST_CHECK enum err mongo_transfer_end(struct store *s);

#endif
