#include "http/api/sign_in.h"

#include "accounts/account.h"
#include "auth/limiter.h"
#include "auth/password.h"
#include "core/log.h"
#include "core/mem.h"

/* Best effort: the password was good, and a hash that stays weak today is tried again tomorrow. */
static void strengthen(const struct api *api, const struct user *u, struct span password)
{
    char hash[MODEL_PASSWORD_HASH_MAX + 1];
    enum err e = password_hash(password, hash);
    if (!e)
        e = api->store->user_set_password(api->store, &u->id, u->password_hash, hash);
    if (e)
        log_event(LOG_WARN, "accounts.hash_stays_weak", "user=%s reason=%s", u->id.s, err_word(e));
    mem_wipe(hash, sizeof hash);
}

enum err sign_in_check(const struct api *api, const struct sign_in *s, struct user *out,
                       uint32_t *retry_after_s)
{
    char name[MODEL_EMAIL_MAX + 1] = "";
    struct user u = {.is_active = false};
    bool weak = false;
    enum err e = account_name(s->name, name);
    if (!e)
        e = api->store->user_find(api->store, span_of(name), &u);
    else
        e = ERR_NOT_FOUND; /* nobody is called so */
    if (e && e != ERR_NOT_FOUND)
        return e;
    /* An account has one bucket, by whichever of its names it is tried; a name without an account has its
     * own. */
    struct span key = e ? span_of(name) : span_of(u.id.s);
    if (!limiter_take(api->limiter, "login_account", key, api->conf->rate_login, retry_after_s))
        return ERR_RATE_LIMITED;
    bool good = password_check(s->password, u.password_hash, &weak) && u.is_active;
    if (good && weak)
        strengthen(api, &u, s->password);
    mem_wipe(u.password_hash, sizeof u.password_hash);
    if (good)
        *out = u;
    else
        log_event(LOG_INFO, "accounts.sign_in_refused", "user=%s address=%s", u.id.s[0] ? u.id.s : "none",
                  s->address);
    return good ? ERR_OK : ERR_CREDENTIALS;
}
