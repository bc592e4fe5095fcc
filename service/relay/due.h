/* What time will do: a heap of deadlines that needs no memory of its own (pairing heap, Fredman et al. 1986).
 * The relay thread only. An entry lives inside its owner and must be cleared before the owner dies. */
#ifndef RELAY_DUE_H
#define RELAY_DUE_H

#include <stdbool.h>
#include <stdint.h>

struct due {
    int64_t at_us; /* monotonic */
    void (*fn)(void *arg);
    void *arg;
    struct due *child, *next, *prev; /* prev: elder sibling, or the parent of a first child */
    bool set;
};

struct dues {
    struct due *first;
};

void due_init(struct due *d, void (*fn)(void *arg), void *arg);
/* (Re)sets the moment. */
void due_set(struct dues *all, struct due *d, int64_t at_us);
void due_clear(struct dues *all, struct due *d);
/* Takes out what was due at or before now_us and calls it, the earliest first. Entries set again meanwhile
 * for a moment not after now_us run too. */
void due_run(struct dues *all, int64_t now_us);
/* The earliest moment, or -1. */
int64_t due_next_us(const struct dues *all);

#endif
