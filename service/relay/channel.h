/* One device: its newest frame, who watches it, what its camera has been told to send. The relay thread only.
 */
#ifndef RELAY_CHANNEL_H
#define RELAY_CHANNEL_H

#include "relay/hub.h"
#include "relay/packet.h"
#include "relay/push.h"

struct command;
struct json;
struct snapshot;
struct stream;
struct viewer;

struct channel {
    struct hub *hub;
    struct id device;
    struct conn *camera; /* the newest connection of the device, NULL when it has none */
    struct push push;
    struct relay_packet *newest;
    struct relay_packet
        *spare; /* the frame before, when nobody else holds it: the next is received into it */
    uint32_t seq;
    struct viewer *viewers;
    unsigned n_viewers;
    struct stream *streams;
    unsigned n_streams;
    struct snapshot *asks;
    struct command *commands; /* under way to the camera */
    unsigned n_commands;
    unsigned holds;  /* callers that need it to outlive its last viewer */
    double told_fps; /* what the camera was last told; 0 = stopped */
    struct due linger;
};

/* The channel, made when there is none; NULL without memory. */
struct channel *channel_get(struct hub *h, const struct id *device);
struct channel *channel_find(const struct hub *h, const struct id *device);
/* Whether its frames can come now: by a connection or by HTTP. */
bool channel_online(const struct channel *ch);
/* Frees it when there is no camera, no viewer, no stream, no ask and no hold. */
void channel_release(struct channel *ch);
/* Keeps it until channel_unhold. */
void channel_hold(struct channel *ch);
void channel_unhold(struct channel *ch);

/* A good frame; taken. Stamps seq, keeps it as the newest and offers it to all. */
void channel_publish(struct channel *ch, struct relay_packet *p);
/* Tells of a frame as the first of that epoch when *next_us has come, and again every 5 s until that is kept:
 * then *next_us is INT64_MAX. */
void channel_tell_first(struct channel *ch, uint64_t epoch, int64_t *next_us);
/* True when the newest frame is younger than max_age_us. */
bool channel_fresh(const struct channel *ch, int64_t max_age_us);

/* Viewers or asks came, went or changed: start, start again, or stop after a while. */
void channel_needs_changed(struct channel *ch);
/* Tells viewers and the service how many watch. */
void channel_count_changed(struct channel *ch);
/* Tells viewers whether the camera is there. */
void channel_online_changed(struct channel *ch);
/* Passes a message of the device on to all viewers, with its device_id. ERR_NO_MEMORY. */
MUST_CHECK enum err channel_pass_on(struct channel *ch, struct json *doc);
/* Sends a message to all viewers. */
struct text;
void channel_tell_viewers(struct channel *ch, struct text *t);

#endif
