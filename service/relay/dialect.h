/* WebSockets that speak as other systems do (relay_dialect in relay.h; docs/protocol.md). They watch one
 * camera, and hear none of the messages of /ws: text_send leaves them out. The relay thread only. */
#ifndef RELAY_DIALECT_H
#define RELAY_DIALECT_H

#include "relay/conn.h"

/* From here on c speaks so. ERR_NO_MEMORY. */
MUST_CHECK enum err dialect_speak(struct conn *c, const struct relay_target *target);
/* Ends that; nothing when c speaks as /ws does. */
void dialect_end(struct conn *c);

/* c->dialect is set for all of these. */
/* It is known who c is. */
void dialect_granted(struct conn *c);
/* A text message. */
void dialect_receive(struct conn *c, struct span text);
/* The service's answer: may the user see the camera, which is it. device is read when err is ERR_OK. */
void dialect_answer(struct conn *c, enum err err, const struct id *device);

#endif
