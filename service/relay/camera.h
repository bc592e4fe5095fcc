/* A device's connection: frames in, start and stop out. The relay thread only. */
#ifndef RELAY_CAMERA_H
#define RELAY_CAMERA_H

#include "relay/conn.h"

/* The connection is this device's newest from now on; an older one is closed with 4409. doc: the register
 * message that describes it, NULL when there was none. False without memory. */
bool camera_begin(struct conn *c, const struct json *doc);
/* Whether framing, firmware and local_ip of a register message are right. */
bool camera_description_ok(const struct json *doc);
/* Takes them; false: a member is wrong, nothing was taken. *changed (may be NULL): firmware or address are
 * new. */
bool camera_describe(struct conn *c, const struct json *doc, bool *changed);
/* Tells the service that it is there (again, with the same epoch, when its description changed). */
void camera_announce(struct conn *c);
/* The connection ends; nothing when it is no device or was replaced. */
void camera_end(struct conn *c);
/* Closes it, with what the service is told about the end. */
void camera_close(struct conn *c, enum conn_close code, enum relay_offline_reason why);

void camera_receive(struct conn *c, const struct transport_chunk *chunk);
/* The service has kept that this connection has sent a frame. */
void camera_first_frame_kept(struct hub *h, const struct id *device, uint64_t epoch);

/* Messages. Return true when they took doc. */
bool camera_telemetry(struct conn *c, struct json *doc);
bool camera_position(struct conn *c, struct json *doc);
bool camera_goodbye(struct conn *c, struct json *doc);

#endif
