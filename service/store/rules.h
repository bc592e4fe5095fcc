/* What both back ends judge alike, about records they have read. Pure; any thread. */
#ifndef STORE_RULES_H
#define STORE_RULES_H

#include "store/store.h"

bool rules_has(const struct secret_hash *h);
/* Constant time. What is none equals nothing. */
bool rules_same_secret(const struct secret_hash *a, const struct secret_hash *b);

/* Fills role for this user. ERR_NOT_FOUND: he may not know of it, or it is an onboarding that has run out. */
MUST_CHECK enum err rules_see(struct camera *c, const struct id *user, int64_t now_ms);
/* As rules_see, for its owner only: ERR_FORBIDDEN. */
MUST_CHECK enum err rules_own(struct camera *c, const struct id *user, int64_t now_ms);
/* As rules_own, for a device only. ERR_CONFLICT: it is PENDING. */
MUST_CHECK enum err rules_own_device(struct camera *c, const struct id *user, int64_t now_ms);

/* Whether an onboarding found by its token is activated, by the refusals of camera_activate in their order;
 * then c has what the camera told about itself. ERR_INVALID: more than a record holds, c is spoiled. */
MUST_CHECK enum err rules_activate(struct camera *c, const struct store_activation *a);
/* Whether one found by its idempotency_key begins again: the refusals of camera_repeat in their order. */
MUST_CHECK enum err rules_repeat(const struct camera *c, const struct camera *again);
/* Whether one found by its token is cancelled: the refusals of camera_cancel in their order. */
MUST_CHECK enum err rules_cancel(const struct camera *c, const struct id *owner);

/* What a key is to a camera. */
enum rules_key {
    RULES_KEY_BAD,
    RULES_KEY_OLD,  /* good until next_key connects */
    RULES_KEY_ONLY, /* the last one that was issued */
    RULES_KEY_NEXT, /* next_key: the last one too, and it replaces key */
};
enum rules_key rules_key(const struct camera *c, const struct secret_hash *key);

/* Where a page begins: after this camera, by created_ms and then by id. */
struct rules_place {
    int64_t created_ms;
    struct id id;
};

/* ERR_INVALID: a crooked cursor or limit. */
MUST_CHECK enum err rules_page_begin(const struct store_camera_filter *f, struct rules_place *out);
/* The cursor of a page that ends with this camera. */
void rules_page_end(struct camera_page *page, const struct camera *last);

#endif
