/* Tickets: what a page puts into a URL that cannot carry a header (<img>, a player, a WebSocket). Signed with
 * a key of their own; each opens one device for one user and one purpose until its end. Those for /ws are
 * short and spent by use; the spent ones are remembered, bounded, until they would have ended. Any thread. */
#ifndef AUTH_TICKET_H
#define AUTH_TICKET_H

#include "auth/token.h"
#include "core/clock.h"
#include "core/id.h"

enum ticket_purpose { TICKET_STREAM, TICKET_SNAPSHOT, TICKET_WS, TICKET_PURPOSES };

enum { TICKET_TEXT = 112, TICKET_WS_MAX_S = 30 };

struct ticket {
    enum ticket_purpose purpose;
    struct id user_id, device_id;
    int64_t expires_ms;
};

struct tickets;

MUST_CHECK enum err tickets_create(struct tickets **out, const struct token_keys *keys,
                                   const struct clock *clock);
void tickets_free(struct tickets *t);
void tickets_make(struct tickets *t, const struct ticket *ticket, char out[TICKET_TEXT]);
/* A good one of that purpose; one for /ws is spent by this. ERR_UNAUTHENTICATED: anything else. ERR_BUSY:
 * more were spent lately than are remembered. Whether the user may see the device still is the store's word.
 */
MUST_CHECK enum err tickets_read(struct tickets *t, struct span text, enum ticket_purpose purpose,
                                 struct ticket *out);
/* The word for it in the API; NULL for none. */
const char *ticket_word(enum ticket_purpose purpose);

#endif
