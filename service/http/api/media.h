/* What the handlers about pictures share. */
#ifndef HTTP_API_MEDIA_H
#define HTTP_API_MEDIA_H

#include "http/api/api.h"

/* The device of the path ({id} is its first parameter), when the caller may see it and his credential opens
 * it. False: the reply says why not. */
bool media_find_device(struct http_exchange *x, const struct api *api, struct id *out);

#endif
