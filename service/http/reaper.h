/* Deadlines that libmicrohttpd does not keep: its timeout counts inactivity, so a peer that sends a byte now
 * and then would live for ever. One thread ends connections that idle too long or whose head or body does not
 * come in time; the latter are told so (408). It also lingers: reads off what a peer still sends after it got
 * an early answer, so that the answer is not lost to a reset. enter, leave, linger: any thread. */
#ifndef HTTP_REAPER_H
#define HTTP_REAPER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/err.h"

enum reaper_phase {
    REAPER_IDLE, /* between requests: 75 s, longer than proxies keep theirs */
    REAPER_HEAD, /* the head has begun: 10 s */
    REAPER_BODY, /* the head is complete, the body is not: 20 s */
    REAPER_BUSY, /* a handler or the answer is under way: no deadline here */
    REAPER_PHASES,
};

struct reaper;

/* One connection; the caller's memory. */
struct reaper_entry {
    int fd;
    char request_id[25]; /* the owner's to write while the phase is REAPER_IDLE */
    enum reaper_phase phase;
    bool reaped;
    int64_t deadline_us;
    struct reaper_entry *prev, *next;
};

MUST_CHECK enum err reaper_create(struct reaper **out, const struct clock *clock);
/* No entry may be inside any more. NULL is nothing. */
void reaper_free(struct reaper *r);
/* Begins that phase anew. False: it has been reaped, the peer was answered, nothing may be sent any more. */
bool reaper_enter(struct reaper *r, struct reaper_entry *e, enum reaper_phase phase);
/* Before the fd is closed or the entry freed. */
void reaper_leave(struct reaper *r, struct reaper_entry *e);
/* Duplicates fd and reads it to its end, for 5 s at most; nothing when too many linger. */
void reaper_linger(struct reaper *r, int fd);

#endif
