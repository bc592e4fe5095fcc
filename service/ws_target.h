/* What a WebSocket upgrade is for, by its target. Pure. */
#ifndef SERVICE_WS_TARGET_H
#define SERVICE_WS_TARGET_H

#include "core/err.h"
#include "door/head.h"
#include "http/form.h"
#include "relay/target.h"

/* Its route (static), and what is spoken there. */
const char *ws_target_route(const struct head *h, struct relay_target *out);
/* The rest, from the query. ERR_INVALID: a member, *field, is missing or out of range. */
MUST_CHECK enum err ws_target_read(const struct form *query, struct relay_target *target, const char **field);

#endif
