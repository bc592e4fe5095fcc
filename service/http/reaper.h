/* The deadline of a request's body: libmicrohttpd's timeout counts inactivity, so a peer that sends a byte
 * now and then would live for ever. One thread tells those whose body does not come in time (408) and ends
 * them. It also lingers: reads off what a peer still sends after it got an early answer, so that the answer
 * is not lost to a reset. enter, leave, linger: any thread. */
#ifndef HTTP_REAPER_H
#define HTTP_REAPER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/err.h"

struct reaper;

/* One connection; the caller's memory. */
struct reaper_entry {
    int fd;
    char request_id[25];
    bool reaped;
    bool error_first;    /* the owner's to write while it is not inside, as the request_id (problem.h) */
    int64_t deadline_us; /* 0: it is not inside */
    struct reaper_entry *prev, *next;
};

MUST_CHECK enum err reaper_create(struct reaper **out, const struct clock *clock);
/* No entry may be inside any more. NULL is nothing. */
void reaper_free(struct reaper *r);
/* The body is to come within 20 s. Once a connection. */
void reaper_enter(struct reaper *r, struct reaper_entry *e);
/* It has come, or is not waited for any more; before fd is closed, too. False: it was reaped, the peer was
 * answered, nothing may be sent any more. */
bool reaper_leave(struct reaper *r, struct reaper_entry *e);
/* Duplicates fd and reads it to its end, for 5 s at most; nothing when too many linger. */
void reaper_linger(struct reaper *r, int fd);

#endif
