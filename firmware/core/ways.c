#include "core/ways.h"

#include <string.h>

static bool has_key(const struct fw_ways_one *o)
{
    return o->keys.n != 0;
}

static bool has_token(const struct fw_ways_one *o)
{
    return o->wifi.token[0] != 0;
}

static bool same_token(const struct fw_ways_one *o, const struct prov_credentials *found)
{
    return has_token(o) && strcmp(o->wifi.token, found->token) == 0;
}

static bool same_key(const struct fw_ways_one *a, const struct fw_ways_one *b)
{
    return has_key(a) && has_key(b) && strcmp(a->keys.at[0].device_key, b->keys.at[0].device_key) == 0;
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

/* The network first: keys alone are no way, and the next code overwrites them. */
static void forget_new(struct fw_ways *w)
{
    fw_keep_forget_network(w->kv, FW_KEEP_NEW);
    fw_keep_forget_accounts(w->kv, FW_KEEP_NEW);
}

/* The keys first: their way is proven as far as the old one was. */
static bool put_settled(const struct fw_ways *w, const struct fw_ways_one *o)
{
    return fw_keep_put_accounts(w->kv, FW_KEEP_SETTLED, &o->keys) &&
           fw_keep_put_network(w->kv, FW_KEEP_SETTLED, &o->wifi);
}

/* Two ways that share their keys forget a dead one by two writes: what one of them has forgotten is dead. */
static void forget_alike(struct fw_keep_accounts *a, struct fw_keep_accounts *b)
{
    if (!a->n || !b->n || strcmp(a->at[a->n - 1].device_key, b->at[b->n - 1].device_key) != 0)
        return;
    if (a->n < b->n)
        *b = *a;
    else
        *a = *b;
}

void fw_ways_load(struct fw_ways *w, const struct fw_kv *kv)
{
    *w = (struct fw_ways){.kv = kv};
    (void)fw_keep_get_network(kv, FW_KEEP_SETTLED, &w->use.wifi);
    (void)fw_keep_get_accounts(kv, FW_KEEP_SETTLED, &w->use.keys);
    bool found = fw_keep_get_network(kv, FW_KEEP_NEW, &w->spare.wifi);
    if (found && !fw_keep_get_accounts(kv, FW_KEEP_NEW, &w->spare.keys) && !has_token(&w->spare))
        w->spare.keys = w->use.keys; /* a new network for the keys there are */
    else if (found)
        forget_alike(&w->use.keys, &w->spare.keys);
    if (has_token(&w->spare) || has_key(&w->spare)) {
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

/* The newest and the oldest stay when there are too many: of those between, each was replaced by its follower
 * unless it connected. */
static void add_older(struct fw_keep_accounts *keys, const struct fw_keep_accounts *older)
{
    for (unsigned i = 0; i < older->n; i++) {
        bool full = keys->n == FW_KEEP_ACCOUNTS;
        keys->at[full ? FW_KEEP_ACCOUNTS - 1 : keys->n] = older->at[i];
        keys->n += !full;
    }
}

/* Another code comes, and the one before has not connected for all we know. */
static bool make_room(struct fw_ways *w)
{
    struct fw_ways_one *new = fresh(w), *old = settled(w);
    if (!has_token(new) || (!has_key(new) && (has_key(old) || has_token(old))))
        return true; /* nothing that the settled way does not do as well */
    if (same_key(new, old))
        new->keys = old->keys;
    else
        add_older(&new->keys, &old->keys);
    *old = *new;
    return put_settled(w, old);
}

bool fw_ways_scanned(struct fw_ways *w, const struct prov_credentials *found)
{
    bool again = same_token(fresh(w), found), settled_again = !again && same_token(settled(w), found);
    if (w->fresh == settled_again)
        fw_ways_swap(w); /* what was found is in use */
    if (again || settled_again) {
        w->use.wifi = *found;
        return fw_keep_put_network(w->kv, slot(w), found);
    }
    bool kept = make_room(w);
    if (kept)
        forget_new(w);
    fw_keep_wipe(&w->use, sizeof w->use);
    w->use.wifi = *found;
    if (!found->token[0])
        w->use.keys = w->spare.keys;
    return fw_keep_put_network(w->kv, FW_KEEP_NEW, found) && kept;
}

static void keep_first(struct fw_keep_accounts *keys)
{
    keys->n = 1;
    fw_keep_wipe(&keys->at[1], sizeof keys->at - sizeof *keys->at);
}

bool fw_ways_activated(struct fw_ways *w, const struct fw_keep_account *a)
{
    w->use.keys.at[0] = *a;
    keep_first(&w->use.keys);
    return fw_keep_put_accounts(w->kv, slot(w), &w->use.keys);
}

bool fw_ways_forget_token(struct fw_ways *w)
{
    fw_keep_wipe(w->use.wifi.token, sizeof w->use.wifi.token);
    if (!has_key(&w->use))
        w->use.keys = w->spare.keys; /* as fw_ways_load will see it */
    if (has_key(&w->use) || !w->fresh)
        return fw_keep_put_network(w->kv, slot(w), &w->use.wifi);
    forget_new(w);
    fw_keep_wipe(&w->use, sizeof w->use);
    return true;
}

/* The others move up. */
static void drop_first(struct fw_keep_accounts *keys)
{
    keys->n--;
    memmove(keys->at, keys->at + 1, keys->n * sizeof *keys->at);
    fw_keep_wipe(&keys->at[keys->n], sizeof *keys->at);
}

void fw_ways_forget_key(struct fw_ways *w)
{
    bool shared = same_key(&w->use, &w->spare);
    drop_first(&w->use.keys);
    (void)fw_keep_put_accounts(w->kv, slot(w), &w->use.keys);
    if (shared) {
        drop_first(&w->spare.keys);
        (void)fw_keep_put_accounts(w->kv, w->fresh ? FW_KEEP_SETTLED : FW_KEEP_NEW, &w->spare.keys);
    }
    if (w->fresh && !has_token(&w->use) && !has_key(&w->use))
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
    bool kept = true, known = !w->fresh && !has_token(&w->use) && w->use.keys.n == 1;
    bool spare = w->spare.wifi.ssid_len != 0;
    keep_first(&w->use.keys);
    fw_keep_wipe(w->use.wifi.token, sizeof w->use.wifi.token);
    fw_keep_wipe(&w->spare, sizeof w->spare);
    if (!known)
        kept = put_settled(w, &w->use);
    if (kept && (!known || spare))
        forget_new(w);
    if (kept)
        w->fresh = false;
    return kept;
}

static struct fw_way way(const struct fw_ways_one *o)
{
    return (struct fw_way){.wifi = o->wifi.ssid_len > 0, .token = has_token(o), .keys = o->keys.n};
}

void fw_ways_tell(const struct fw_ways *w, struct fw_event *e)
{
    e->use = way(&w->use);
    e->spare = way(&w->spare);
    e->shared = same_key(&w->use, &w->spare);
}
