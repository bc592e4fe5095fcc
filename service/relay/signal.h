/* P2P signalling: what peers say to each other passes through unread, stamped with who says it. A peering is
 * one user connection that may signal with one device; it lasts while the right to see the device does. The
 * relay thread only. */
#ifndef RELAY_SIGNAL_H
#define RELAY_SIGNAL_H

#include "relay/conn.h"

/* Messages. Return true when they took doc. */
bool signal_from_user(struct conn *c, struct json *doc);
bool signal_from_device(struct conn *c, struct json *doc);

/* The service's answer to a user's first message to a device (NULL: the one he named is not known); doc is
 * borrowed. */
void signal_answer(struct conn *c, enum err err, const struct id *device, struct json *doc);

/* Ends the peering with one device: bye to both. False when there was none, or they had said it. */
bool signal_end(struct conn *c, const struct id *device, const char *reason);
/* The user's connection is gone: bye to every device it signalled with. */
void signal_end_all(struct conn *c);

#endif
