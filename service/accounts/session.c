#include "accounts/session.h"

#include "core/mem.h"
#include "core/rand.h"

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
    session_next_refresh(&record->id, secrets->refresh, &record->refresh);
    if (start->with_cookie) {
        char secret[SECRET_TEXT];
        secret_make(secret);
        secret_session_cookie(&record->id, secret, secrets->cookie);
        record->cookie = secret_hash_of(span_of(secrets->cookie));
        mem_wipe(secret, sizeof secret);
    }
}

void session_next_refresh(const struct id *session, char text[SECRET_SESSION_TEXT], struct secret_hash *hash)
{
    char secret[SECRET_TEXT];
    secret_make(secret);
    secret_session_refresh(session, secret, text);
    *hash = secret_hash_of(span_of(text));
    mem_wipe(secret, sizeof secret);
}

struct token_claims session_claims(const struct user *u, const struct id *session, int64_t now_ms,
                                   int64_t ttl_s)
{
    struct token_claims c = {
        .user_id = u->id, .session_id = *session, .issued_ms = now_ms, .expires_ms = now_ms + ttl_s * 1000};
    copy_cut(u->email, c.email, sizeof c.email);
    return c;
}
