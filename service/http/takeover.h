/* A WebSocket upgrade on a connection that libmicrohttpd owns already: a proxy reused it. The socket is taken
 * from under libmicrohttpd and given away with the head rebuilt. */
#ifndef HTTP_TAKEOVER_H
#define HTTP_TAKEOVER_H

#include "http/inside.h"

/* GET /ws with Upgrade: websocket, and somebody to give it to. */
bool takeover_wanted(const struct http_exchange *x, const char *method);
/* Puts a dead socket in fd's place and gives the live one away; the connection is suspended meanwhile. False:
 * it could not be done, nothing has happened. */
bool takeover_run(struct http_exchange *x, int fd);
/* The same for a reply that gives the socket away, with the head of the answer. */
bool takeover_give(struct http_exchange *x, int fd);

#endif
