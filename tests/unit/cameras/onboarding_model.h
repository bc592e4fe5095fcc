/* What onboarding promises, in as few words as it can be said: the state machine of docs/onboarding.md.
 * Owners, labels, secrets and seconds are small numbers; 0 = none. */
#ifndef TESTS_UNIT_CAMERAS_ONBOARDING_MODEL_H
#define TESTS_UNIT_CAMERAS_ONBOARDING_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"

enum { MODEL_DOCS = 40, MODEL_TTL = 600, MODEL_DAY = 24 * 3600 };

/* An onboarding, and from its activation on the device it made; or one that leads to a device that is kept.
 */
struct model_doc {
    bool there, active, connected;
    int owner, uid, token, key, next, again, body, kept; /* kept: that device's number + 1 */
    int64_t expires;
};

struct model {
    struct model_doc doc[MODEL_DOCS];
    int docs;
    int64_t now;
};

enum model_kind {
    MODEL_ONBOARD,
    MODEL_CREATE, /* a device with its key, without an onboarding */
    MODEL_ACTIVATE,
    MODEL_CONNECT,
    MODEL_CANCEL,
    MODEL_DELETE,
    MODEL_ROTATE,
    MODEL_SWEEP,
    MODEL_KINDS,
};

/* What somebody does. again, body: the Idempotency-Key and what the call asks for; doc: the number of a
 * device; fresh: the token or key that is made by it, if one is. */
struct model_op {
    enum model_kind kind;
    int owner, uid, token, key, again, body, doc, fresh;
};

enum err model_do(struct model *m, const struct model_op *o);

#endif
