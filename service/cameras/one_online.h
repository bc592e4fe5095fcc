/* Whom a user means who names no camera: the one that is online (contract §5). */
#ifndef CAMERAS_ONE_ONLINE_H
#define CAMERAS_ONE_ONLINE_H

#include "cameras/presence.h"
#include "store/store.h"

/* Any thread that may ask the store. ERR_CAMERA_OFFLINE: none is online; ERR_CONFLICT: several are; the
 * store's errors. */
MUST_CHECK enum err one_online_find(struct store *store, struct presence *presence, const struct id *user,
                                    int64_t now_ms, struct id *out);

#endif
