/* Access tokens: JWT, HS256 only (RFC 7519, RFC 8725). Claims: sub user_id email sid iat exp
 * iss=aud=visionconnect typ=access. The header's alg is compared, never obeyed. Any thread; keys are constant
 * after token_keys_create. */
#ifndef AUTH_TOKEN_H
#define AUTH_TOKEN_H

#include "core/buf.h"
#include "core/clock.h"
#include "core/err.h"
#include "core/id.h"
#include "core/span.h"
#include "store/model.h"

struct token_keys;

/* secret: the bytes of SECRET_KEY. ERR_INVALID: shorter than 32 bytes or well known. */
MUST_CHECK enum err token_keys_create(struct token_keys **out, struct span secret);
void token_keys_free(struct token_keys *k);
/* Whether a secret would be refused, and in words why; NULL = it is good. */
const char *token_secret_fault(struct span secret);
/* SECRET_KEY when nobody set one: read from data_dir/secret_key, or made there once (0600, O_EXCL, fsync).
 * mem_free and wipe the result. ERR_IO. */
MUST_CHECK enum err token_secret_keep(const char *data_dir, char **out);

/* A hash of data that only holders of SECRET_KEY can make or guess at. Each purpose has a key of its own. */
struct secret_hash token_keys_mac(const struct token_keys *k, const char *purpose, struct span data);

struct token_claims {
    struct id user_id, session_id;
    char email[255];
    int64_t issued_ms, expires_ms;
};

MUST_CHECK enum err token_sign(const struct token_keys *k, const struct token_claims *c, struct buf *out);
/* ERR_UNAUTHENTICATED (anything wrong), ERR_TOKEN_STALE (all right but past exp). At most 4 KiB. */
MUST_CHECK enum err token_verify(const struct token_keys *k, struct span text, int64_t now_ms,
                                 struct token_claims *out);

#endif
