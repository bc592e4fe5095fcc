/* How many connections there may be: in all, from one address, of one account. A connection has a place from
 * its accept to its close, whoever owns the socket meanwhile. It counts for its address until a credential
 * was found good, for the account afterwards: people behind one address (a company, a mobile network) do not
 * shut each other out once they are signed in. IPv6 counts per /64. Any thread. */
#ifndef DOOR_LIMITS_H
#define DOOR_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "core/err.h"
#include "core/span.h"

struct limits;
struct limits_place;

struct limits_config {
    size_t all, per_address, per_account; /* 0 = as many as come */
};

MUST_CHECK enum err limits_create(struct limits **out, const struct limits_config *config);
/* After every place was given back; NULL is nothing. */
void limits_free(struct limits *l);

/* address NULL: does not count for one. ERR_BUSY: full in all; ERR_RATE_LIMITED: this address has its share;
 * ERR_NO_MEMORY. */
MUST_CHECK enum err limits_enter(struct limits *l, const struct sockaddr *address, struct limits_place **out);
/* Who it is became known: counts for account (at most 62 bytes) from here on. ERR_RATE_LIMITED,
 * ERR_NO_MEMORY: it stays as it was. */
MUST_CHECK enum err limits_sign_in(struct limits_place *p, struct span account);
/* NULL is nothing. */
void limits_leave(struct limits_place *p);
/* Places taken now. */
size_t limits_count(struct limits *l);

#endif
