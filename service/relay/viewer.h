/* One watch: the newest frame or nothing. A viewer whose socket is busy keeps no frames, only the mark that
 * there is a newer one; when there is room it takes what is then the newest. The relay thread only. */
#ifndef RELAY_VIEWER_H
#define RELAY_VIEWER_H

#include "relay/conn.h"
#include "relay/pace.h"
#include "relay/packet.h"

struct channel;

struct viewer {
    struct viewer *next, *prev; /* in the channel */
    struct viewer *next_of_conn;
    struct conn *conn;
    struct channel *channel;
    uint16_t number; /* the channel number in this connection's frame headers */
    bool raw;        /* bare JPEG */
    bool pending;    /* the ONE slot: a frame newer than the last sent waits */
    double max_fps;  /* 0 = all there are */
    struct pace pace;
    int64_t max_age_us;
    struct due due;
};

/* Messages. Return true when they took doc. */
bool viewer_watch(struct conn *c, struct json *doc);
bool viewer_unwatch(struct conn *c, struct json *doc);
/* The service's answer to a watch; doc is the request, borrowed. */
void viewer_answer(struct conn *c, enum err err, const struct id *device, struct json *doc);

struct viewer *viewer_of(const struct conn *c, const struct channel *ch);
/* Ends one watch without a word to its peer. */
void viewer_end(struct viewer *v);
void viewer_end_all(struct conn *c);
/* Ends it because the right has ended: error and the socket stays, a raw socket closes. */
void viewer_expel(struct viewer *v, const char *code);

/* A frame was published. */
void viewer_offer(struct viewer *v, struct relay_packet *p);
/* There is room: sends what waits, fairly among the watches of c. True: more waits for room. */
bool viewer_write_waiting(struct conn *c);

#endif
