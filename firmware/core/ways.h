/* The camera's two ways to come online, in memory and as they are kept: the one it last came online by, and a
 * code that was read since. The old way stays until the new one has come online, whatever is lost in between:
 * each function leaves the store, at each of its writes, such that fw_ways_load goes on from there. Part of
 * the camera (core/camera.h); ports do not call it. */
#ifndef CORE_WAYS_H
#define CORE_WAYS_H

#include <stdbool.h>

#include "core/keep.h"
#include "core/machine.h"

struct fw_ways_one {
    struct prov_credentials wifi; /* its token until the service has taken or refused it */
    struct fw_keep_account account;
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
