/* What the files about devices share. */
#ifndef HTTP_API_DEVICES_H
#define HTTP_API_DEVICES_H

#include "cameras/presence.h"
#include "http/api/api.h"

/* The id of the path. False: the reply holds the problem. */
bool devices_read_id(struct http_exchange *x, struct id *out);
/* Writes the members of a Device (contract §3) for the user whose role c holds. */
void devices_members(struct json_out *o, const struct camera *c, const struct presence_state *s,
                     int64_t now_ms);

#endif
