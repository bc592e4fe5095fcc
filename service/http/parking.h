/* Exchanges that wait for a job or for an event, their connections suspended. Two sides hold one:
 * libmicrohttpd's and the handler's; it is freed when both have let go, in whatever order they do. */
#ifndef HTTP_PARKING_H
#define HTTP_PARKING_H

#include "http/inside.h"

/* False: the server stops, new requests are refused. Any thread. */
bool parking_is_open(struct http_server *s);
/* The connection's side lets go; frees unless a handler holds it still. Event threads. */
void parking_end(struct http_exchange *x);
/* Suspends until http_finish, which may have come already. False: the server stops, nobody is parked any
 * more: a handler that holds it is given up, one that was not started must not be. Event threads. */
bool parking_enter(struct http_exchange *x);
/* Resumes what parking_enter suspended for something other than its answer. Any thread; x may be gone
 * afterwards. */
void parking_leave(struct http_exchange *x);
/* Whether to answer without the handler. Any thread that holds the exchange. */
bool parking_is_abandoned(struct http_exchange *x);
/* Stop: refuses new requests, waits until none is under way, at most drain_ms; gives up those still parked.
 */
void parking_close(struct http_server *s, int drain_ms);

#endif
