/* Password hashing: argon2id (RFC 9106), m=19 MiB t=2 p=1, parameters in the encoded hash. Slow and
 * memory-hungry on purpose: call it on the password pool only. */
#ifndef AUTH_PASSWORD_H
#define AUTH_PASSWORD_H

#include <stdbool.h>

#include "core/err.h"
#include "core/span.h"
#include "store/model.h"

MUST_CHECK enum err password_hash(struct span password, char out[MODEL_PASSWORD_HASH_MAX + 1]);
/* Whether it is the password. encoded NULL or empty: does the same work and says false, so that an unknown
 * account takes as long as a wrong password. *weak (may be NULL): good, but its parameters are below today's,
 * or it is of a form that is only read (auth/legacy_password.h): hash again. */
bool password_check(struct span password, const char *encoded, bool *weak);

#endif
