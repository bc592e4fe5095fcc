/* Random secrets and their hashes: refresh tokens, cookies, onboarding tokens, device keys. A secret of that
 * many random bits needs no slow hash: SHA-256 (FIPS 180-4). Any thread. */
#ifndef AUTH_SECRET_H
#define AUTH_SECRET_H

#include "core/span.h"
#include "store/model.h"

enum { SECRET_TEXT = 44 }; /* 43 base64url characters of 32 random bytes, and NUL */

void secret_make(char out[SECRET_TEXT]);
struct secret_hash secret_hash_of(struct span secret);
/* HMAC-SHA-256 (RFC 2104): for what has too few random bits for a bare hash. */
struct secret_hash secret_mac(struct span key, struct span data);
/* Constant time. */
bool secret_hash_eq(const struct secret_hash *a, const struct secret_hash *b);
bool secret_hash_is_none(const struct secret_hash *h);

/* A secret that names its session: "<24 hex id>.<43 base64url>" (cookie), "vcr_<24 hex id>_<43>" (refresh
 * token). */
enum { SECRET_SESSION_TEXT = 80 };
void secret_session_cookie(const struct id *session, const char secret[SECRET_TEXT],
                           char out[SECRET_SESSION_TEXT]);
void secret_session_refresh(const struct id *session, const char secret[SECRET_TEXT],
                            char out[SECRET_SESSION_TEXT]);
/* Form only; *hash is of the whole text. */
bool secret_session_parse(struct span text, struct id *session, struct secret_hash *hash);

#endif
