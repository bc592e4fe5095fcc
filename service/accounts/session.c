#include "accounts/session.h"

#include "auth/base64url.h"
#include "core/mem.h"
#include "core/rand.h"

enum { RANDOM_BYTES = 16, SECRET_BYTES = 32 };

static void copy_cut(const char *text, char *out, size_t cap)
{
    size_t len = text ? strnlen(text, cap - 1) : 0;
    if (len)
        memcpy(out, text, len);
    out[len] = 0;
}

void session_begin(const struct session_start *start, struct session *record, struct session_secrets *secrets)
{
    *record = (struct session){.user_id = start->user_id,
                               .created_ms = start->now_ms,
                               .last_used_ms = start->now_ms,
                               .expires_ms = start->now_ms + start->ttl_s * 1000};
    rand_id(record->id.s);
    copy_cut(start->user_agent, record->user_agent, sizeof record->user_agent);
    copy_cut(start->address, record->address, sizeof record->address);
    *secrets = (struct session_secrets){.refresh = ""};
    session_next_refresh(start->keys, &record->id, secrets->refresh, &record->refresh);
    if (start->with_cookie) {
        char secret[SECRET_TEXT];
        secret_make(secret);
        secret_session_cookie(&record->id, secret, secrets->cookie);
        record->cookie = secret_hash_of(span_of(secrets->cookie));
        mem_wipe(secret, sizeof secret);
    }
}

/* The second half of a refresh token's secret, from its first and the session. */
static void vouch(const struct token_keys *keys, const struct id *session, uint8_t secret[SECRET_BYTES])
{
    uint8_t data[sizeof session->s - 1 + RANDOM_BYTES];
    memcpy(data, session->s, sizeof session->s - 1);
    memcpy(data + sizeof session->s - 1, secret, RANDOM_BYTES);
    struct secret_hash mac = token_keys_mac(keys, "refresh", (struct span){(const char *)data, sizeof data});
    memcpy(secret + RANDOM_BYTES, mac.b, SECRET_BYTES - RANDOM_BYTES);
    mem_wipe(data, sizeof data);
}

void session_next_refresh(const struct token_keys *keys, const struct id *session,
                          char text[SECRET_SESSION_TEXT], struct secret_hash *hash)
{
    uint8_t raw[SECRET_BYTES];
    char secret[SECRET_TEXT];
    rand_bytes(raw, RANDOM_BYTES);
    vouch(keys, session, raw);
    base64url_encode(raw, sizeof raw, secret);
    secret_session_refresh(session, secret, text);
    *hash = secret_hash_of(span_of(text));
    mem_wipe(raw, sizeof raw);
    mem_wipe(secret, sizeof secret);
}

bool session_refresh_is_ours(const struct token_keys *keys, struct span text, struct id *session,
                             struct secret_hash *hash)
{
    uint8_t said[SECRET_BYTES], ours[SECRET_BYTES];
    size_t n = 0;
    if (text.len < SECRET_TEXT || text.p[0] != 'v' || !secret_session_parse(text, session, hash))
        return false; /* a cookie's secret begins with the id: it is no refresh token */
    struct span secret = {text.p + text.len - (SECRET_TEXT - 1), SECRET_TEXT - 1};
    if (!base64url_decode(secret, said, sizeof said, &n) || n != sizeof said)
        return false;
    memcpy(ours, said, sizeof ours);
    vouch(keys, session, ours);
    bool same = mem_equal_secret(said, ours, sizeof ours);
    mem_wipe(said, sizeof said);
    mem_wipe(ours, sizeof ours);
    return same;
}

struct token_claims session_claims(const struct user *u, const struct id *session, int64_t now_ms,
                                   int64_t ttl_s)
{
    struct token_claims c = {
        .user_id = u->id, .session_id = *session, .issued_ms = now_ms, .expires_ms = now_ms + ttl_s * 1000};
    copy_cut(u->email, c.email, sizeof c.email);
    return c;
}
