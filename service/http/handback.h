/* An answered connection goes back to the door, so that the head of every request passes there: strict
 * parsing, deadlines, limits, upgrades; and a kept-alive connection costs the door's few bytes, not
 * libmicrohttpd's 40 KB. libmicrohttpd may have read on into the next request (pipelining): then it keeps the
 * connection. The kernel's count of bytes tells. Event threads, unless it says otherwise. */
#ifndef HTTP_HANDBACK_H
#define HTTP_HANDBACK_H

#include "http/inside.h"

/* How many bytes were read from the socket in its life, by whomever. False: the kernel does not tell, or the
 * peer has closed. Any thread. */
bool handback_consumed(int fd, uint64_t *out);
/* Whether the answered exchange leaves a connection that libmicrohttpd keeps open, and not a byte too many
 * was read from it. */
bool handback_possible(const struct http_exchange *x, const struct http_connection *c);
/* Takes the socket from under libmicrohttpd, which then sees the end of the stream, and gives it back. */
void handback_run(struct http_exchange *x, struct http_connection *c);

#endif
