/* The head of a WebSocket upgrade, as text, before the library sees it. Any thread. */
#ifndef RELAY_UPGRADE_H
#define RELAY_UPGRADE_H

#include <stddef.h>

enum { UPGRADE_HEAD_MAX = 16 * 1024, UPGRADE_PROTOCOL_MAX = 64 };

/* Leaves of head (len bytes; what follows the empty line is left alone) what a handshake needs: libwebsockets
 * hangs at names it mistakes for one of its own ("Proxy", "X"), answers some targets itself, and drops a
 * client that offers only subprotocols it does not know. first receives the first of those, "" when there is
 * none or it is no token: it is echoed, as browsers drop a server that picks none (RFC 6455 section 4.2.2).
 * Returns the new length. */
size_t upgrade_trim(char *head, size_t len, char first[UPGRADE_PROTOCOL_MAX]);

#endif
