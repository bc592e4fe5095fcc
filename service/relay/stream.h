/* MJPEG over HTTP: one viewer on a plain socket, multipart/x-mixed-replace (contract §5). The rules are a
 * watch's: one slot, the newest frame or nothing. The relay thread only. */
#ifndef RELAY_STREAM_H
#define RELAY_STREAM_H

#include "relay/channel.h"

struct stream;

/* Takes s->fd, also on failure: then it is closed. */
void stream_begin(struct hub *h, const struct relay_stream *s);

/* ---- from the channel ---- */
/* There is a newest frame. */
void stream_offer_all(struct channel *ch);
/* The camera came or went. */
void stream_online_changed(struct channel *ch);
/* The highest rate its streams want; fallback for one that names none. 0 without streams. */
double stream_fps(const struct channel *ch, double fallback);

/* ---- the end ---- */
/* A right, a session or a device has ended: so do the streams that live by it. */
void stream_ended(struct hub *h, const struct ended_entry *entry);
/* The relay drains or stops. */
void stream_end_all(struct hub *h);

#endif
