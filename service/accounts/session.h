/* Sessions: what is kept of one, and the secrets that only its owner gets. Pure rules; any thread. */
#ifndef ACCOUNTS_SESSION_H
#define ACCOUNTS_SESSION_H

#include "auth/secret.h"
#include "auth/token.h"
#include "store/model.h"

/* How long a refresh token that was just spent stays good once more. */
enum { SESSION_GRACE_MS = 30 * 1000 };

struct session_start {
    const struct token_keys *keys;
    struct id user_id;
    int64_t now_ms, ttl_s;
    const char *user_agent; /* NULL = unsaid; cut to what is kept */
    const char *address;
    bool with_cookie;
};

/* Wipe after use. */
struct session_secrets {
    char refresh[SECRET_SESSION_TEXT];
    char cookie[SECRET_SESSION_TEXT]; /* empty unless with_cookie */
};

/* A new session with a fresh id and fresh secrets; the record holds their hashes only. */
void session_begin(const struct session_start *start, struct session *record,
                   struct session_secrets *secrets);
/* The refresh token that follows. Half of its secret is random, half vouches that we made it for this
 * session. */
void session_next_refresh(const struct token_keys *keys, const struct id *session,
                          char text[SECRET_SESSION_TEXT], struct secret_hash *hash);
/* Whether we ever made this refresh token; *session is whose. What we never made is no reuse: it ends no
 * session. */
bool session_refresh_is_ours(const struct token_keys *keys, struct span text, struct id *session,
                             struct secret_hash *hash);
/* What an access token says that is issued now. */
struct token_claims session_claims(const struct user *u, const struct id *session, int64_t now_ms,
                                   int64_t ttl_s);

#endif
