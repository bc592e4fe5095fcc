/* The storage contract. Back ends (sqlite/, mongo/) fill this table; tests/contract/ holds each to it.
 *
 * Every operation is atomic: it happens wholly or not at all, also when the process is killed at any moment,
 * and what was acknowledged stays. An operation is at most one compare-and-set on one document, or a few
 * whose every intermediate state is lawful: a back end without transactions must be able to keep the
 * contract. Authorization is part of the operation: a camera read or changed "for a user" is ERR_NOT_FOUND
 * when that user may not know of it, ERR_FORBIDDEN when he may see it but not do this.
 *
 * Thread-safe. May block (disk, network): call it from job threads, or from event threads when quick_reads is
 * set and the operation is marked (read). General errors of every operation: ERR_NO_MEMORY, ERR_UNAVAILABLE,
 * ERR_IO. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "core/err.h"
#include "core/span.h"
#include "store/model.h"

/* How long an onboarding that ran out is still found by its token. */
enum { STORE_REMEMBERED_MS = 24 * 60 * 60 * 1000 };

struct store_activation {
    struct secret_hash token; /* hash of the token or of the claim, whichever the camera sent */
    const char *device_uid;   /* 1..128 bytes */
    const char *camera_model; /* NULL = unsaid */
    const char *local_ip;     /* NULL = unsaid */
    const char *firmware;     /* NULL = unsaid */
    int64_t now_ms;
};

struct store_camera_filter {
    int64_t now_ms;     /* pending cameras whose token has expired are left out */
    size_t limit;       /* 1..200 */
    const char *cursor; /* from the page before; NULL or empty = from the start */
};

struct store {
    bool quick_reads; /* (read) operations take microseconds: event threads may call them */

    /* ---- users ---- */
    /* ERR_EMAIL_TAKEN, ERR_USERNAME_TAKEN. */
    enum err (*user_create)(struct store *s, const struct user *u);
    /* (read) name holds '@' = email (normalised), else a user name. ERR_NOT_FOUND. */
    enum err (*user_find)(struct store *s, struct span name, struct user *out);
    /* (read) ERR_NOT_FOUND. */
    enum err (*user_get)(struct store *s, const struct id *id, struct user *out);
    /* Replaces the hash only if it still is old_hash: ERR_CONFLICT when not. */
    enum err (*user_set_password)(struct store *s, const struct id *id, const char *old_hash,
                                  const char *new_hash);

    /* ---- sessions ---- */
    /* ERR_NOT_FOUND: no such user. */
    enum err (*session_create)(struct store *s, const struct session *n);
    /* (read) ERR_NOT_FOUND: gone or past expires_ms. */
    enum err (*session_get)(struct store *s, const struct id *id, int64_t now_ms, struct session *out);
    /* The session was used: last_used_ms = now_ms, expires_ms = the new end unless it ends later already.
     * ERR_NOT_FOUND. */
    enum err (*session_touch)(struct store *s, const struct id *id, int64_t now_ms, int64_t expires_ms);
    /* Spends presented for next (compare-and-set): presented is the current token → spent = it, good once
     * more until now_ms + grace_ms. presented is the spent one within its time → next takes the place of the
     * current one, and spent is good no more. Anything else ends the session and is ERR_UNAUTHENTICATED. */
    enum err (*session_rotate)(struct store *s, const struct id *id, const struct secret_hash *presented,
                               const struct secret_hash *next, int64_t now_ms, int64_t grace_ms,
                               int64_t expires_ms);
    /* ERR_NOT_FOUND also when it is another user's. */
    enum err (*session_delete)(struct store *s, const struct id *user_id, const struct id *id);

    /* ---- cameras: onboarding ---- */
    /* Stores a CAMERA_PENDING one; or an ACTIVE one that gets its key without an onboarding: no token, no
     * claim, activated_ms 0. ERR_NOT_FOUND: no such owner. ERR_UID_TAKEN: it is ACTIVE and so is another one
     * of this owner with its device_uid. ERR_CONFLICT: this owner has one with its idempotency_key (unique
     * per owner among those that have one): see camera_repeat. */
    enum err (*camera_create)(struct store *s, const struct camera *c);
    /* The onboarding of c->owner_id with c->idempotency_key begins again (compare-and-set on that document):
     * when no camera is bound to it (PENDING, device_uid empty), expired or not, and its idempotency_body is
     * c's, it takes c's token, claim and token_expires_ms and nothing else; *before = as it was until then.
     * Refusals in this order: ERR_NOT_FOUND (none has this key) · ERR_IDEMPOTENCY (another body) ·
     * ERR_ALREADY_ACTIVATED. */
    enum err (*camera_repeat)(struct store *s, const struct camera *c, struct camera *before);
    /* (read) By token or claim hash, expired or not, until swept. owner NULL: for whoever holds the token.
     * ERR_NOT_FOUND: unknown, or another owner's. Once its activation found a device to keep, the answer is
     * the pending document; kept_id names the device. */
    enum err (*camera_by_token)(struct store *s, const struct secret_hash *token, const struct id *owner,
                                struct camera *out);
    /* Binds the token to uid and issues a key, once: refusals in this order: ERR_NOT_FOUND · ERR_TOKEN_USED
     * (bound to another uid) · ERR_ALREADY_ACTIVATED (that uid has connected with its key since) ·
     * ERR_TOKEN_EXPIRED. The same uid before its first connect repeats: make_key is called again and the key
     * before dies. The owner already has an ACTIVE device with this uid: that device is kept: its next_key
     * becomes the hash of the new key, the pending one remembers kept_id, and *out is the kept device with
     * its id. An older onboarding of a device that was kept so is over: ERR_ALREADY_ACTIVATED. make_key(arg,
     * id, hash) is called with the id the key is for; it makes the key and fills its hash. A back end that
     * lost a race may call it again with another id: the last call counts. ERR_INVALID: a member is too long.
     */
    enum err (*camera_activate)(struct store *s, const struct store_activation *a,
                                void (*make_key)(void *arg, const struct id *id, struct secret_hash *hash),
                                void *arg, struct camera *out);
    /* Cancels an onboarding of this owner; *gone = as it was. ERR_NOT_FOUND, ERR_ALREADY_ACTIVATED. */
    enum err (*camera_cancel)(struct store *s, const struct id *owner, const struct secret_hash *token,
                              struct camera *gone);

    /* ---- cameras: as a device ---- */
    /* (read) The device whose key or next_key this is. ERR_UNAUTHENTICATED for anything else. */
    enum err (*camera_by_key)(struct store *s, const struct id *id, const struct secret_hash *key,
                              struct camera *out);
    /* It connected with this key: the first time sets connected_ms (activation is over, its token answers
     * ERR_ALREADY_ACTIVATED), and activated_ms if that is 0; next_key becomes key, the old key dies and the
     * pending document that led here goes. The onboarding's token and claim go over to the kept device, so
     * that check-status still finds it. Always sets last_seen_ms. *replaced: an older key died by it.
     * ERR_UNAUTHENTICATED when the key is not good. */
    enum err (*camera_connected)(struct store *s, const struct id *id, const struct secret_hash *key,
                                 int64_t now_ms, bool *replaced);
    /* Sets first_frame_ms if it is 0 and no next_key waits (then the picture came by the old key). */
    enum err (*camera_first_frame)(struct store *s, const struct id *id, int64_t now_ms);
    /* It was heard from: last_seen_ms; firmware and local_ip when not NULL or empty. ERR_INVALID: one is too
     * long. */
    enum err (*camera_seen)(struct store *s, const struct id *id, int64_t now_ms, const char *firmware,
                            const char *local_ip);

    /* ---- cameras: for a user ---- */
    /* (read) With role filled. A pending camera whose token has expired is ERR_NOT_FOUND. */
    enum err (*camera_get)(struct store *s, const struct id *user, const struct id *id, int64_t now_ms,
                           struct camera *out);
    /* (read) Owner only: an ACTIVE device. ERR_NOT_FOUND (also a pending one that has expired),
     * ERR_FORBIDDEN, ERR_CONFLICT: it is PENDING. */
    enum err (*camera_get_device)(struct store *s, const struct id *user, const struct id *id, int64_t now_ms,
                                  struct camera *out);
    /* (read) The user's ACTIVE camera of this device_uid, with role filled. ERR_NOT_FOUND. */
    enum err (*camera_by_uid)(struct store *s, const struct id *user, struct span uid, struct camera *out);
    /* (read) Own ones with role filled, oldest first, each once however many are added between pages.
     * ERR_INVALID: a crooked cursor or limit. */
    enum err (*camera_list)(struct store *s, const struct id *user, const struct store_camera_filter *f,
                            struct camera_page *out);
    /* *key becomes the one key of a device; the key before dies, and so does a next_key. Refusals as of
     * camera_get_device. */
    enum err (*camera_rotate_key)(struct store *s, const struct id *user, const struct id *id,
                                  const struct secret_hash *key, int64_t now_ms);
    /* Owner only; *gone = as it was. Pending documents that led to it go too, and so do stream passwords for
     * it (in a back end without transactions some may stay, and open nothing); a next_key issued through a
     * deleted one dies. ERR_NOT_FOUND (also a pending one that has expired), ERR_FORBIDDEN. */
    enum err (*camera_delete)(struct store *s, const struct id *user, const struct id *id, int64_t now_ms,
                              struct camera *gone);

    /* ---- stream passwords ---- */
    /* One document. ERR_NOT_FOUND: no such user. ERR_CONFLICT: the user has MODEL_STREAM_PASSWORDS_MAX for
     * the device already (two at once may both get the last place). Whether he may see the device is asked
     * before (camera_get), and again at each use. */
    enum err (*stream_password_create)(struct store *s, const struct stream_password *p);
    /* (read) ERR_NOT_FOUND. It may outlive its device or the user's right to it. */
    enum err (*stream_password_get)(struct store *s, const struct id *id, struct stream_password *out);
    /* (read) The user's own for the device, oldest first. */
    enum err (*stream_password_list)(struct store *s, const struct id *user, const struct id *device,
                                     struct stream_password_list *out);
    /* ERR_NOT_FOUND also when it is another user's or another device's. */
    enum err (*stream_password_delete)(struct store *s, const struct id *user, const struct id *device,
                                       const struct id *id);

    /* ---- upkeep ---- */
    /* Removes sessions past their end and pending cameras expired for over STORE_REMEMBERED_MS. */
    enum err (*sweep)(struct store *s, int64_t now_ms);
    /* ERR_OK while the back end answers. */
    enum err (*ping)(struct store *s);
    /* Ends and frees it; no operation may run. */
    void (*close)(struct store *s);
};

#endif
