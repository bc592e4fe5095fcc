/* What the handlers about pictures share. */
#ifndef HTTP_API_MEDIA_H
#define HTTP_API_MEDIA_H

#include "http/api/api.h"

/* *out = *device, when the caller may see it and his credential opens it. False: the reply says why not. */
bool media_open_device(struct http_exchange *x, const struct api *api, const struct id *device,
                       struct id *out);

/* The device a request is about, under the same conditions. */
typedef bool media_finder(struct http_exchange *x, const struct api *api, struct id *out);
/* The one of the path ({id} is its first parameter). */
media_finder media_find_device;

/* A picture of the device, and all that come, as the query wants them. */
enum http_next media_snapshot(struct http_exchange *x, const struct api *api, media_finder *find);
enum http_next media_stream(struct http_exchange *x, const struct api *api, media_finder *find);

#endif
