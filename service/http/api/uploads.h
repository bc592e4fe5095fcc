/* What the files about cameras that upload by HTTP share. */
#ifndef HTTP_API_UPLOADS_H
#define HTTP_API_UPLOADS_H

#include "http/api/api.h"

/* Counts a request of the device; false: the reply holds the 429. */
bool uploads_within_rate(struct http_exchange *x, const struct api *api);

#endif
