/* How much libmicrohttpd may read from a connection: its one request and not a byte more, so that the next
 * head is still in the kernel when the door looks for it. libmicrohttpd reads by recv(), and the program's
 * own goes before the C library's for it. Chunks are judged on the way: libmicrohttpd takes nonsense for one,
 * or answers it with a page of its own. An intake is used by the thread whose connection it is. */
#ifndef HTTP_INTAKE_H
#define HTTP_INTAKE_H

#include "http/chunks.h"

enum { INTAKE_FD_MAX = 65536 }; /* descriptors are below */

struct intake {
    uint64_t left; /* of the head, and of a body of known length */
    bool chunked;  /* then chunks follow */
    struct chunks chunks;
    bool crooked;            /* they do not make sense; nothing more is read */
    void (*tell)(void *arg); /* NULL: nobody is told of that */
    void *arg;
};

/* From now on i says what may be read from fd. Until intake_close, which comes before fd is closed. */
void intake_open(struct intake *i, int fd);
void intake_close(int fd);
/* Whether all of the request was read. */
bool intake_done(const struct intake *i);

#endif
