/* What other threads tell the relay thread. */
#ifndef RELAY_LETTER_H
#define RELAY_LETTER_H

#include "relay/ended.h"
#include "relay/hub.h"
#include "relay/snapshot.h"

enum letter_kind {
    LETTER_ADOPT,
    LETTER_STREAM,
    LETTER_FRAME,
    LETTER_TELEMETRY,
    LETTER_GRANT,
    LETTER_WATCH,
    LETTER_DEVICE,
    LETTER_FIRST_FRAME,
    LETTER_ENDED,
    LETTER_SNAPSHOT,
    LETTER_COMMAND,
    LETTER_DRAIN,
};

struct letter {
    enum letter_kind kind;
    enum err err;
    struct relay_ref ref;
    struct relay_grant grant;
    struct id device;
    uint64_t epoch;
    struct ended_entry ended;
    struct snapshot_request snapshot;
    struct relay_command command;
    struct relay_packet *packet; /* FRAME */
    int spread_ms;
    int fd;               /* ADOPT, STREAM */
    struct id request_id; /* ADOPT */
    double fps;
    struct relay_target target; /* ADOPT */
    void *place;
    char address[46];
    size_t tail_len;
    char tail[]; /* STREAM: the head of the answer; COMMAND: name and args */
};

/* A copy of *what with room for tail_len bytes behind it; NULL without memory. mem_free it. Any thread. */
struct letter *letter_new(const struct letter *what, size_t tail_len);
/* Does what it says, and frees it. The relay thread only. */
void letter_open(struct hub *h, struct letter *l);

#endif
