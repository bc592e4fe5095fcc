/* An upgrade or a stream that came pipelined behind another request: libmicrohttpd has read its head already.
 * The socket is taken from under libmicrohttpd and given away with the head rebuilt. */
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

/* Puts the server's dead socket in fd's place: the live one under another number, or -1. The connection must
 * be suspended. */
int takeover_swap(const struct http_server *s, int fd);

#endif
