/* A device without a connection: its frames come one by one, by HTTP (contract §6). It is online for a while
 * after each, unless it has a connection: then that alone says whether it is. The relay thread only, if not
 * said otherwise. */
#ifndef RELAY_PUSH_H
#define RELAY_PUSH_H

#include "relay/hub.h"

struct channel;
struct relay_packet;

/* Part of a channel. */
struct push {
    bool online;
    uint64_t epoch, key;   /* of this time; of its last frame */
    int64_t tell_first_us; /* as channel_tell_first wants it */
    struct due silent;
};

void push_init(struct channel *ch);
/* Any thread: *out = a copy, stamped with this moment, for push_frame or push_drop. ERR_TOO_LARGE,
 * ERR_NO_MEMORY; ERR_BUSY: too much waits already. */
MUST_CHECK enum err push_take(struct hub *h, const struct relay_frame *f, struct relay_packet **out);
void push_drop(struct hub *h, struct relay_packet *p);
/* A frame has come; p is taken. What its grant may not do any more is let go. */
void push_frame(struct hub *h, const struct relay_grant *grant, const char *address, struct relay_packet *p);
/* The device told of itself, a JSON object: passed on to who watches it. */
void push_telemetry(struct hub *h, const struct id *device, struct span json);
/* The service has kept that the device has sent a frame. */
void push_first_frame_kept(struct hub *h, const struct id *device, uint64_t epoch);

/* The device has a connection: its times are over without a word. */
void push_replaced(struct channel *ch);
/* It is offline; the channel may be gone afterwards. Nothing when it was not online. */
void push_end(struct channel *ch, enum relay_offline_reason why);
void push_end_all(struct hub *h);

#endif
