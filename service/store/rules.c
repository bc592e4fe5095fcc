#include "store/rules.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/mem.h"

/* ---- secrets ---- */

bool rules_has(const struct secret_hash *h)
{
    static const struct secret_hash none;
    return memcmp(h, &none, sizeof none) != 0;
}

bool rules_same_secret(const struct secret_hash *a, const struct secret_hash *b)
{
    return rules_has(a) && mem_equal_secret(a->b, b->b, sizeof a->b);
}

/* ---- who may ---- */

enum err rules_see(struct camera *c, const struct id *user, int64_t now_ms)
{
    bool has_run_out = c->state == CAMERA_PENDING && c->token_expires_ms <= now_ms;
    if (has_run_out || !id_eq(&c->owner_id, user))
        return ERR_NOT_FOUND;
    c->role = ROLE_OWNER;
    return ERR_OK;
}

enum err rules_own(struct camera *c, const struct id *user, int64_t now_ms)
{
    enum err e = rules_see(c, user, now_ms);
    return e ? e : c->role == ROLE_OWNER ? ERR_OK : ERR_FORBIDDEN;
}

enum err rules_own_device(struct camera *c, const struct id *user, int64_t now_ms)
{
    enum err e = rules_own(c, user, now_ms);
    return e ? e : c->state == CAMERA_ACTIVE ? ERR_OK : ERR_CONFLICT;
}

/* ---- onboarding ---- */

static bool take_said(const char *said, char *field, size_t cap)
{
    return !said || !said[0] || span_copy(span_of(said), field, cap);
}

enum err rules_activate(struct camera *c, const struct store_activation *a)
{
    if (c->device_uid[0] && strcmp(c->device_uid, a->device_uid) != 0)
        return ERR_TOKEN_USED;
    /* A next_key was issued by a later onboarding: this one's is over. */
    if (c->connected_ms || rules_has(&c->next_key))
        return ERR_ALREADY_ACTIVATED;
    if (a->now_ms >= c->token_expires_ms)
        return ERR_TOKEN_EXPIRED;
    c->activated_ms = a->now_ms;
    bool good = a->device_uid[0] && take_said(a->device_uid, c->device_uid, sizeof c->device_uid) &&
                take_said(a->camera_model, c->camera_model, sizeof c->camera_model) &&
                take_said(a->local_ip, c->local_ip, sizeof c->local_ip) &&
                take_said(a->firmware, c->firmware, sizeof c->firmware);
    return good ? ERR_OK : ERR_INVALID;
}

enum err rules_repeat(const struct camera *c, const struct camera *again)
{
    if (!rules_same_secret(&c->idempotency_body, &again->idempotency_body))
        return ERR_IDEMPOTENCY;
    return c->state == CAMERA_PENDING && !c->device_uid[0] ? ERR_OK : ERR_ALREADY_ACTIVATED;
}

enum err rules_cancel(const struct camera *c, const struct id *owner)
{
    if (!id_eq(&c->owner_id, owner))
        return ERR_NOT_FOUND;
    return c->device_uid[0] ? ERR_ALREADY_ACTIVATED : ERR_OK;
}

/* ---- keys ---- */

enum rules_key rules_key(const struct camera *c, const struct secret_hash *key)
{
    if (c->state != CAMERA_ACTIVE)
        return RULES_KEY_BAD;
    if (rules_same_secret(key, &c->next_key))
        return RULES_KEY_NEXT;
    if (!rules_same_secret(key, &c->key))
        return RULES_KEY_BAD;
    return rules_has(&c->next_key) ? RULES_KEY_OLD : RULES_KEY_ONLY;
}

/* ---- pages: a cursor is created_ms in 16 hex digits, then the id ---- */

enum { LIMIT_MAX = 200, TIME_LEN = 16, CURSOR_LEN = TIME_LEN + 24 };

static bool parse_cursor(const char *text, struct rules_place *out)
{
    uint64_t ms = 0;
    if (strlen(text) != CURSOR_LEN || !id_parse(span_of(text + TIME_LEN), &out->id))
        return false;
    for (int i = 0; i < TIME_LEN; i++) {
        const char *digits = "0123456789abcdef", *at = strchr(digits, text[i]);
        if (!at)
            return false;
        ms = ms << 4 | (uint64_t)(at - digits);
    }
    out->created_ms = (int64_t)ms;
    return ms <= INT64_MAX;
}

enum err rules_page_begin(const struct store_camera_filter *f, struct rules_place *out)
{
    struct rules_place after = {.created_ms = -1};
    if (f->limit < 1 || f->limit > LIMIT_MAX)
        return ERR_INVALID;
    if (f->cursor && f->cursor[0] && !parse_cursor(f->cursor, &after))
        return ERR_INVALID;
    *out = after;
    return ERR_OK;
}

void rules_page_end(struct camera_page *page, const struct camera *last)
{
    (void)snprintf(page->next_cursor, sizeof page->next_cursor, "%016" PRIx64 "%s",
                   (uint64_t)last->created_ms, last->id.s);
}
