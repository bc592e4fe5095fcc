/* What ended lately. A credential is judged on another thread; what ended between that and the socket's
 * arrival would otherwise be let in. The relay thread only. */
#ifndef RELAY_ENDED_H
#define RELAY_ENDED_H

#include "relay/relay.h"

enum { ENDED_KEPT = 256 };

enum ended_what { ENDED_SESSION, ENDED_ALL_SESSIONS, ENDED_RIGHT, ENDED_DEVICE, ENDED_KEYS };

struct ended_entry {
    enum ended_what what;
    int64_t at_us;    /* monotonic, when it was told of */
    struct id user;   /* SESSION, ALL_SESSIONS, RIGHT */
    struct id other;  /* the session; the session that was kept, perhaps none; the device */
    uint64_t key;     /* KEYS: the one that is good from then on */
    int64_t began_us; /* KEYS: monotonic, before the store was told */
};

struct ended {
    struct ended_entry ring[ENDED_KEPT];
    size_t count; /* ever; the last ENDED_KEPT are there */
};

void ended_note(struct ended *e, const struct ended_entry *entry);
/* Whether a grant ends with it. device: what it is for besides, may be NULL. */
bool ended_concerns(const struct ended_entry *entry, const struct relay_grant *grant,
                    const struct id *device);
/* Whether a grant judged at its judged_us may have ended since, or the ring no longer tells. */
bool ended_since(const struct ended *e, const struct relay_grant *grant, const struct id *device);

#endif
