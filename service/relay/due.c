#include "relay/due.h"

#include <stddef.h>

/* Joins two heaps; either may be NULL. The earlier root adopts the other as its first child. */
static struct due *meld(struct due *a, struct due *b)
{
    if (!a || !b)
        return a ? a : b;
    if (b->at_us < a->at_us) {
        struct due *t = a;
        a = b;
        b = t;
    }
    b->prev = a;
    b->next = a->child;
    if (b->next)
        b->next->prev = b;
    a->child = b;
    return a;
}

/* Melds a row of siblings into one heap: pairs from the left, then all from the right. */
static struct due *meld_row(struct due *row)
{
    struct due *pairs = NULL;
    while (row) {
        struct due *a = row, *b = row->next;
        row = b ? b->next : NULL;
        a->next = a->prev = NULL;
        if (b)
            b->next = b->prev = NULL;
        a = meld(a, b);
        a->next = pairs;
        pairs = a;
    }
    struct due *all = NULL;
    while (pairs) {
        struct due *rest = pairs->next;
        pairs->next = NULL;
        all = meld(all, pairs);
        pairs = rest;
    }
    return all;
}

void due_init(struct due *d, void (*fn)(void *arg), void *arg)
{
    *d = (struct due){.fn = fn, .arg = arg};
}

void due_clear(struct dues *all, struct due *d)
{
    if (!d->set)
        return;
    if (d == all->first) {
        all->first = meld_row(d->child);
    } else {
        if (d->prev->child == d)
            d->prev->child = d->next;
        else
            d->prev->next = d->next;
        if (d->next)
            d->next->prev = d->prev;
        all->first = meld(all->first, meld_row(d->child));
    }
    d->child = d->next = d->prev = NULL;
    d->set = false;
}

void due_set(struct dues *all, struct due *d, int64_t at_us)
{
    due_clear(all, d);
    d->at_us = at_us;
    d->set = true;
    all->first = meld(all->first, d);
}

void due_run(struct dues *all, int64_t now_us)
{
    while (all->first && all->first->at_us <= now_us) {
        struct due *d = all->first;
        due_clear(all, d);
        d->fn(d->arg);
    }
}

int64_t due_next_us(const struct dues *all)
{
    return all->first ? all->first->at_us : -1;
}
