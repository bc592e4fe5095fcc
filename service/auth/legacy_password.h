/* Password hashes of the systems people come from: Werkzeug's pbkdf2:sha256 and scrypt
 * (generate_password_hash), and bcrypt. They are only checked, never made: the next login hashes anew. As
 * slow as they were made; any thread. */
#ifndef AUTH_LEGACY_PASSWORD_H
#define AUTH_LEGACY_PASSWORD_H

#include <stdbool.h>

#include "core/span.h"

/* Whether encoded is one of these forms. */
bool legacy_password_is(const char *encoded);
/* Whether it is the password; false also for a crooked hash. */
bool legacy_password_check(struct span password, const char *encoded);

#endif
