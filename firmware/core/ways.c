#include "core/ways.h"

#include <string.h>

static bool has_key(const struct fw_ways_one *o)
{
    return o->account.device_key[0] != 0;
}

static bool same_key(const struct fw_ways_one *a, const struct fw_ways_one *b)
{
    return has_key(a) && strcmp(a->account.device_key, b->account.device_key) == 0;
}

static struct fw_ways_one *settled(struct fw_ways *w)
{
    return w->fresh ? &w->spare : &w->use;
}

static struct fw_ways_one *fresh(struct fw_ways *w)
{
    return w->fresh ? &w->use : &w->spare;
}

static enum fw_keep_slot slot(const struct fw_ways *w)
{
    return w->fresh ? FW_KEEP_NEW : FW_KEEP_SETTLED;
}

/* The network first: an account alone is no way, and the next code overwrites it. */
static void forget_new(struct fw_ways *w)
{
    fw_keep_forget_network(w->kv, FW_KEEP_NEW);
    fw_keep_forget_account(w->kv, FW_KEEP_NEW);
}

void fw_ways_load(struct fw_ways *w, const struct fw_kv *kv)
{
    *w = (struct fw_ways){.kv = kv};
    (void)fw_keep_get_network(kv, FW_KEEP_SETTLED, &w->use.wifi);
    (void)fw_keep_get_account(kv, FW_KEEP_SETTLED, &w->use.account);
    bool found = fw_keep_get_network(kv, FW_KEEP_NEW, &w->spare.wifi);
    if (found && !fw_keep_get_account(kv, FW_KEEP_NEW, &w->spare.account) && !w->spare.wifi.token[0])
        w->spare.account = w->use.account; /* a new network for the key there is */
    if (w->spare.wifi.token[0] || has_key(&w->spare)) {
        fw_ways_swap(w);
        return;
    }
    forget_new(w); /* what a power cut left of it */
    fw_keep_wipe(&w->spare, sizeof w->spare);
}

bool fw_ways_can_use(const struct fw_ways *w, const struct prov_credentials *found)
{
    return found->token[0] ? found->server_url[0] != 0 : has_key(&w->use) || has_key(&w->spare);
}

bool fw_ways_scanned(struct fw_ways *w, const struct prov_credentials *found)
{
    const struct fw_ways_one *before = fresh(w);
    struct fw_ways_one next = {.wifi = *found};
    bool kept = true;
    bool unproven =
        before->wifi.token[0] && has_key(before); /* a key that has not connected, for all we know */
    if (unproven && strcmp(found->token, before->wifi.token) == 0) {
        next.account = before->account; /* the same code again */
    } else {
        if (unproven && !w->fresh)
            fw_ways_swap(w);
        if (unproven)
            kept = fw_ways_settle(w); /* it may be the only good key by now */
        if (!found->token[0])
            next.account = settled(w)->account;
        fw_keep_forget_account(w->kv, FW_KEEP_NEW);
    }
    if (!w->fresh)
        fw_ways_swap(w);
    w->use = next;
    fw_keep_wipe(&next, sizeof next);
    return fw_keep_put_network(w->kv, FW_KEEP_NEW, found) && kept;
}

bool fw_ways_activated(struct fw_ways *w, const struct fw_keep_account *a)
{
    w->use.account = *a;
    if (w->fresh && !has_key(&w->spare))
        return fw_ways_settle(w); /* there is no older key to keep */
    return fw_keep_put_account(w->kv, slot(w), a);
}

bool fw_ways_forget_token(struct fw_ways *w)
{
    fw_keep_wipe(w->use.wifi.token, sizeof w->use.wifi.token);
    if (!has_key(&w->use))
        w->use.account = w->spare.account; /* as fw_ways_load will see it */
    if (has_key(&w->use) || !w->fresh)
        return fw_keep_put_network(w->kv, slot(w), &w->use.wifi);
    forget_new(w);
    fw_keep_wipe(&w->use, sizeof w->use);
    return true;
}

void fw_ways_forget_key(struct fw_ways *w)
{
    bool shared = same_key(&w->use, &w->spare);
    fw_keep_forget_account(w->kv, slot(w));
    fw_keep_wipe(&w->use.account, sizeof w->use.account);
    if (shared) {
        fw_keep_forget_account(w->kv, w->fresh ? FW_KEEP_SETTLED : FW_KEEP_NEW);
        fw_keep_wipe(&w->spare.account, sizeof w->spare.account);
    }
    if (w->fresh && !w->use.wifi.token[0])
        forget_new(w);
}

void fw_ways_swap(struct fw_ways *w)
{
    struct fw_ways_one use = w->use;
    w->use = w->spare;
    w->spare = use;
    w->fresh = !w->fresh;
    fw_keep_wipe(&use, sizeof use);
}

bool fw_ways_settle(struct fw_ways *w)
{
    bool kept = true;
    if (w->fresh) {
        fw_keep_wipe(w->use.wifi.token, sizeof w->use.wifi.token);
        kept = fw_keep_put_account(w->kv, FW_KEEP_SETTLED, &w->use.account) &&
               fw_keep_put_network(w->kv, FW_KEEP_SETTLED, &w->use.wifi);
    }
    if (kept && (w->fresh || w->spare.wifi.ssid_len))
        forget_new(w);
    if (kept)
        w->fresh = false;
    fw_keep_wipe(&w->spare, sizeof w->spare);
    return kept;
}

static struct fw_way way(const struct fw_ways_one *o)
{
    return (struct fw_way){.wifi = o->wifi.ssid_len > 0, .token = o->wifi.token[0] != 0, .key = has_key(o)};
}

void fw_ways_tell(const struct fw_ways *w, struct fw_event *e)
{
    e->use = way(&w->use);
    e->spare = way(&w->spare);
    e->shared = same_key(&w->use, &w->spare);
}
