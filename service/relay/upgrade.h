/* The head of a WebSocket upgrade, as text, before the library sees it. Any thread. */
#ifndef RELAY_UPGRADE_H
#define RELAY_UPGRADE_H

#include <stddef.h>

enum { UPGRADE_HEAD_MAX = 16 * 1024, UPGRADE_PROTOCOL_MAX = 64, UPGRADE_KEY_MAX = 32, UPGRADE_OUT_MAX = 256 };

/* Writes the head that a handshake needs, with the key of the judged one (len bytes, to its empty line), and
 * returns its length. libwebsockets sees nothing else of a client: it hangs at names it mistakes for one of
 * its own ("Proxy", "X"), answers some targets itself, counts blanks around a value as part of it, and drops
 * a client that offers only subprotocols it does not know. first receives the first of those, "" when there
 * is none or it is no token: it is echoed, as browsers drop a server that picks none (RFC 6455
 * section 4.2.2). */
size_t upgrade_head(const char *head, size_t len, char out[UPGRADE_OUT_MAX],
                    char first[UPGRADE_PROTOCOL_MAX]);

#endif
