/* Commands to a camera and its acks: each has a number of ours, and is answered once. The relay thread only.
 */
#ifndef RELAY_COMMAND_H
#define RELAY_COMMAND_H

#include "relay/channel.h"
#include "relay/conn.h"

enum { COMMANDS_MAX = 64 /* under way to one camera */ };

/* For relay_command; done runs exactly once, perhaps before this returns. */
void command_send(struct hub *h, const struct relay_command *r);

/* Messages. Return true when they took doc. */
bool command_from_user(struct conn *c, struct json *doc);
bool command_ack(struct conn *camera, struct json *doc);
/* The service's answer to whether the user may; doc is the request, borrowed. */
void command_answer(struct conn *c, enum err err, const struct id *device, struct json *doc);

/* The camera went away or the relay stops. */
void command_fail_all(struct channel *ch, enum err err);

#endif
