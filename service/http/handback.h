/* The socket leaves libmicrohttpd alive: back to the door after an answer, so that the head of every request
 * passes there (strict parsing, deadlines, limits, upgrades) and a kept-alive connection costs the door's few
 * bytes, not libmicrohttpd's 64 KB; or to who asked for it (http_give_socket). libmicrohttpd is left with a
 * dead one, sees the end of the stream and closes that. Nothing behind the request was read (intake.h). Event
 * threads. */
#ifndef HTTP_HANDBACK_H
#define HTTP_HANDBACK_H

#include "http/inside.h"

/* The answer is out: the connection goes back to the door if it stays open. If it closes, what is unread is
 * read off, for closing over it would be a reset, which takes the answer from many a peer. */
void handback_end(struct http_exchange *x);
/* For a reply that gives the socket away, with the head of the answer; x->taken: it is gone, and the error,
 * if any, was answered on it. Else nothing has happened. */
MUST_CHECK enum err handback_give(struct http_exchange *x);

#endif
