/* One connection, from its accept to its hand-over, refusal or end. The door's thread only. */
#ifndef DOOR_VISIT_H
#define DOOR_VISIT_H

#include "door/inside.h"

/* A new one: counted in and looked at. */
void visit_begin(struct door *d, struct conn *c);
/* Those that were given back. */
void visit_returned(struct door *d);
/* The same, to do something else with them: oldest first, linked by next. close_it: no more may come. */
struct conn *visit_take_returned(struct door *d, bool close_it);
/* epoll told of it. */
void visit_event(struct door *d, struct conn *c, uint32_t events);
/* Its time is over. */
void visit_expire(struct door *d, struct conn *c);
/* Answers a problem, then waits a little for the peer to read it. */
void visit_refuse(struct door *d, struct conn *c, int status);
void visit_close(struct door *d, struct conn *c);
/* Frees the closed ones; when no event can name them any more. */
void visit_bury(struct door *d);

#endif
