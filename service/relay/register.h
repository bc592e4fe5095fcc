/* Who a connection is: register, renewal, and the service's answers. The relay thread only. */
#ifndef RELAY_REGISTER_H
#define RELAY_REGISTER_H

#include "relay/conn.h"

/* The connection has its grant: takes its place and hears `registered`. doc is the register message, NULL
 * when it came with a credential in the upgrade. */
void register_granted(struct conn *c, const struct json *doc);

/* Messages. Return true when they took doc. */
bool register_message(struct conn *c, struct json *doc);
bool register_auth(struct conn *c, struct json *doc);

/* A bare access token, from somebody not known yet. */
void register_token(struct conn *c, struct span token);

/* The service's answer to any; doc is borrowed, NULL for a bare token. */
void register_answer(struct conn *c, enum err err, const struct relay_grant *grant, struct json *doc);
void register_renewed(struct conn *c, enum err err, const struct relay_grant *grant, struct json *doc);

#endif
