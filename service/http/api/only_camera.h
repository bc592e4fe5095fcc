/* The camera that is meant when none is named. */
#ifndef HTTP_API_ONLY_CAMERA_H
#define HTTP_API_ONLY_CAMERA_H

#include "http/api/api.h"

/* The one camera that the user may see and that is online. ERR_CAMERA_OFFLINE: none is. ERR_INVALID: several
 * are, or the user has more than can be looked through. Else the store's errors. May block. */
MUST_CHECK enum err only_camera_find(const struct api *api, const struct id *user, struct id *out);

#endif
