/* The camera that is meant when none is named (contract §5). */
#ifndef CAMERAS_ONLY_CAMERA_H
#define CAMERAS_ONLY_CAMERA_H

#include "cameras/presence.h"
#include "store/store.h"

/* The one camera that the user may see and that is online. ERR_CAMERA_OFFLINE: none is. ERR_INVALID: several
 * are, or the user has more than can be looked through. Else the store's errors. May block. */
MUST_CHECK enum err only_camera_find(struct store *store, struct presence *presence, const struct id *user,
                                     int64_t now_ms, struct id *out);

#endif
