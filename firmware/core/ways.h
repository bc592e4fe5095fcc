/* The camera's two ways to come online, in memory and as they are kept: the settled one, by which it last
 * came online, and a code that was read since. The old way stays until the new one has come online, whatever
 * is lost in between: each function leaves the store, at each of its writes, such that fw_ways_load goes on
 * from there.
 *
 * A key that has not connected for all we know keeps its token, and the keys before it stay: only the service
 * knows which of them opens the relay. When a third code comes, the second takes the settled way's place with
 * all those keys; it does so without any when there was no key at all, for its token may be the only hold on
 * one. Part of the camera (core/camera.h); ports do not call it. */
#ifndef CORE_WAYS_H
#define CORE_WAYS_H

#include <stdbool.h>

#include "core/keep.h"
#include "core/machine.h"

struct fw_ways_one {
    struct prov_credentials wifi; /* its token until a key has connected, or it was refused */
    struct fw_keep_accounts keys; /* the first is in use */
};

struct fw_ways {
    const struct fw_kv *kv;
    struct fw_ways_one use, spare;
    bool fresh; /* the new one is in use; else the settled one */
};

/* What is kept. */
void fw_ways_load(struct fw_ways *w, const struct fw_kv *kv);
/* A token needs a service to go to; WiFi alone helps only a camera that has a key. */
bool fw_ways_can_use(const struct fw_ways *w, const struct prov_credentials *found);
/* A code that can be used becomes the new way, for the key there is when it has no token. Here and below
 * false means: done, but it could not be kept. */
bool fw_ways_scanned(struct fw_ways *w, const struct prov_credentials *found);
/* The service gave a key; the rest are the machine's actions. */
bool fw_ways_activated(struct fw_ways *w, const struct fw_keep_account *a);
bool fw_ways_forget_token(struct fw_ways *w);
void fw_ways_forget_key(struct fw_ways *w);
void fw_ways_swap(struct fw_ways *w);
bool fw_ways_settle(struct fw_ways *w);
/* As the machine wants to know it: use, spare and shared of the event. */
void fw_ways_tell(const struct fw_ways *w, struct fw_event *e);

#endif
