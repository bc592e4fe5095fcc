#include "onboarding_model.h"

#include <stddef.h>

#define EACH(d)                                                                                              \
    for (struct model_doc *d = m->doc; d < m->doc + m->docs; d++)                                            \
        if (d->there)

/* clang-format off */
enum err model_do(struct model *m, const struct model_op *o)
{
    struct model_doc *d = &m->doc[o->doc], *t = NULL, *k = NULL, *r = NULL, *u = NULL, *from = NULL;
    EACH(p) t = o->token && p->token == o->token ? p : t;
    EACH(p) k = o->key && p->active && (p->key == o->key || p->next == o->key) ? p : k;
    EACH(p) r = o->again && p->again == o->again && p->owner == o->owner ? p : r;
    EACH(p) u = o->uid && p->active && p->uid == o->uid && p->owner == (t ? t->owner : o->owner) ? p : u;
    EACH(p) from = k && p->kept == k - m->doc + 1 && k->next == o->key && p->key == o->key ? p : from;
    switch (o->kind) {
    case MODEL_ONBOARD:
        if (r && r->body != o->body) return ERR_IDEMPOTENCY;
        if (r && r->uid) return ERR_ALREADY_ACTIVATED;
        if (!r) *(r = &m->doc[m->docs++]) = (struct model_doc){true, .owner = o->owner, .again = o->again, .body = o->body};
        r->token = o->fresh, r->expires = m->now + MODEL_TTL;
        return ERR_OK;
    case MODEL_CREATE: if (u) return ERR_UID_TAKEN;
        m->doc[m->docs++] = (struct model_doc){true, true, .owner = o->owner, .uid = o->uid, .key = o->fresh};
        return ERR_OK;
    case MODEL_ACTIVATE:
        if (!t) return ERR_NOT_FOUND;
        if (t->uid && t->uid != o->uid) return ERR_TOKEN_USED;
        if (t->connected || t->next) return ERR_ALREADY_ACTIVATED;
        if (m->now >= t->expires) return ERR_TOKEN_EXPIRED;
        t->uid = o->uid, t->key = o->fresh, t->kept = 0;
        if (t->active || !u) t->active = true;
        else t->kept = (int)(u - m->doc) + 1, u->next = o->fresh, u->connected = false;
        return ERR_OK;
    case MODEL_CONNECT: if (!k) return ERR_UNAUTHENTICATED;
        if (from) k->token = from->token, k->expires = from->expires;
        EACH(p) p->there = !from || p->kept != from->kept;
        if (k->next == o->key) k->key = o->key, k->next = 0;
        k->connected = k->connected || !k->next;
        return ERR_OK;
    case MODEL_CANCEL: if (!t || t->owner != o->owner) return ERR_NOT_FOUND;
        if (t->uid) return ERR_ALREADY_ACTIVATED;
        return t->there = false, ERR_OK;
    case MODEL_DELETE: if (!d->there || d->owner != o->owner || (!d->active && m->now >= d->expires)) return ERR_NOT_FOUND;
        EACH(p) p->there = p != d && p->kept != o->doc + 1;
        EACH(p) p->next = p->next == d->key ? 0 : p->next;
        return ERR_OK;
    case MODEL_ROTATE: if (!d->there || d->owner != o->owner || (!d->active && m->now >= d->expires)) return ERR_NOT_FOUND;
        if (!d->active) return ERR_CONFLICT;
        return d->key = o->fresh, d->next = 0, ERR_OK;
    case MODEL_SWEEP: case MODEL_KINDS:
        EACH(p) p->there = p->active || m->now <= p->expires + MODEL_DAY;
    }
    return ERR_OK;
}
/* clang-format on */
