/* Text messages coming in: found by type in a table and handed to their rule. The relay thread only. */
#ifndef RELAY_MESSAGE_H
#define RELAY_MESSAGE_H

#include "relay/conn.h"

/* One whole text message. */
void message_receive(struct conn *c, struct span text);

/* The service's answers, brought to the connection that asked; nothing when it is gone. */
void message_answer_grant(struct hub *h, struct relay_ref ref, enum err err, const struct relay_grant *grant);
void message_answer_watch(struct hub *h, struct relay_ref ref, enum err err);
void message_answer_device(struct hub *h, struct relay_ref ref, enum err err, const struct id *device);

#endif
