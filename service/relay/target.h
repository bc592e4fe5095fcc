/* What a WebSocket is opened for. */
#ifndef RELAY_TARGET_H
#define RELAY_TARGET_H

#include <stdbool.h>

#include "core/id.h"

/* What it speaks (docs/protocol.md). */
enum relay_dialect {
    RELAY_WS,        /* as on /ws */
    RELAY_WS_STREAM, /* data URLs of one camera, from the start */
    RELAY_GO2RTC,    /* bare JPEGs of one camera, from {"type":"mjpeg"} on */
};

/* With RELAY_WS nothing else counts. */
struct relay_target {
    enum relay_dialect dialect;
    bool named;       /* which camera; else it is the one that is online (WS_STREAM only) */
    struct id device; /* none though named: there can be no such device */
    double fps;       /* at most; 0 = all there are */
};

#endif
