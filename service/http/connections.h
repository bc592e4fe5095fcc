/* The connections libmicrohttpd has: counted, each with its place among the door's and what is known of its
 * request. Any thread. */
#ifndef HTTP_CONNECTIONS_H
#define HTTP_CONNECTIONS_H

#include "http/inside.h"

/* s->dead is -1 afterwards when there is no descriptor for it. */
void connections_init(struct http_server *s);
/* After the daemon has stopped. */
void connections_fini(struct http_server *s);
/* One comes. False: no memory; its place was given up, the fd was not. */
bool connections_note(struct http_server *s, const struct http_arrival *a);
/* What was noted about that descriptor, once; NULL: nothing. */
struct http_connection *connections_take(struct http_server *s, int fd);
/* One is gone: gives up its place, frees; c may be NULL. */
void connections_end(struct http_server *s, struct http_connection *c);

#endif
