#include "relay/ended.h"

void ended_note(struct ended *e, const struct ended_entry *entry)
{
    e->ring[e->count++ % ENDED_KEPT] = *entry;
}

bool ended_concerns(const struct ended_entry *x, const struct relay_grant *g, const struct id *device)
{
    bool user = g->role == RELAY_USER && id_eq(&g->user_id, &x->user);
    switch (x->what) {
    case ENDED_SESSION:
        return user && id_eq(&g->session_id, &x->other);
    case ENDED_ALL_SESSIONS:
        return user && (id_is_none(&x->other) || !id_eq(&g->session_id, &x->other));
    case ENDED_RIGHT:
        return user && device && id_eq(device, &x->other);
    case ENDED_KEYS:
        return g->role == RELAY_DEVICE && id_eq(&g->device_id, &x->other) && g->key != x->key;
    case ENDED_DEVICE:
    default:
        return (g->role == RELAY_DEVICE && id_eq(&g->device_id, &x->other)) ||
               (device && id_eq(device, &x->other));
    }
}

bool ended_since(const struct ended *e, const struct relay_grant *g, const struct id *device)
{
    size_t kept = e->count < ENDED_KEPT ? e->count : ENDED_KEPT;
    if (!g->judged_us || g->role == RELAY_NOBODY)
        return false;
    for (size_t i = 1; i <= kept; i++) {
        const struct ended_entry *x = &e->ring[(e->count - i) % ENDED_KEPT];
        if (x->at_us >= g->judged_us && ended_concerns(x, g, device))
            return true;
    }
    /* told of in any order, by several threads: the oldest that is left tells roughly how far back we see */
    return kept == ENDED_KEPT && e->ring[e->count % ENDED_KEPT].at_us >= g->judged_us;
}
