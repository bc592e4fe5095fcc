/* One watch: the newest frame or nothing. A viewer whose socket is busy keeps no frames, only the mark that
 * there is a newer one; when there is room it takes what is then the newest. The relay thread only. */
#ifndef RELAY_VIEWER_H
#define RELAY_VIEWER_H

#include "relay/conn.h"
#include "relay/pace.h"
#include "relay/packet.h"

struct channel;

enum viewer_framing { VIEWER_HEADER, VIEWER_RAW, VIEWER_TEXT /* a data URL in a text message */ };

struct viewer_wish {
    enum viewer_framing framing;
    double max_fps; /* 0 = all there are */
    int64_t max_age_us;
};

struct viewer {
    struct viewer *next, *prev; /* in the channel */
    struct viewer *next_of_conn;
    struct conn *conn;
    struct channel *channel;
    uint16_t number; /* the channel number in this connection's frame headers */
    bool pending;    /* the ONE slot: a frame newer than the last sent waits */
    struct viewer_wish wish;
    struct pace pace;
    struct due due;
};

/* Messages. Return true when they took doc. */
bool viewer_watch(struct conn *c, struct json *doc);
bool viewer_unwatch(struct conn *c, struct json *doc);
/* The service's answer to a watch; doc is the request, borrowed. */
void viewer_answer(struct conn *c, enum err err, const struct id *device, struct json *doc);

/* A watch that the service has allowed; NULL without memory. Pictures come from viewer_start on. */
struct viewer *viewer_begin(struct conn *c, const struct id *device, const struct viewer_wish *wish);
void viewer_start(struct viewer *v);

struct viewer *viewer_of(const struct conn *c, const struct channel *ch);
/* Ends one watch without a word to its peer. */
void viewer_end(struct viewer *v);
void viewer_end_all(struct conn *c);
/* Ends it because the right has ended: error and the socket stays; it closes when it is for this one device
 * (framing). */
void viewer_expel(struct viewer *v, const char *code);

/* A frame was published. */
void viewer_offer(struct viewer *v, struct relay_packet *p);
/* There is room: sends what waits, fairly among the watches of c. True: more waits for room. */
bool viewer_write_waiting(struct conn *c);

#endif
