/* The head of a WebSocket upgrade, as text, before the library sees it. Any thread. */
#ifndef RELAY_UPGRADE_H
#define RELAY_UPGRADE_H

#include <stddef.h>

enum { UPGRADE_HEAD_MAX = 16 * 1024, UPGRADE_PROTOCOL_MAX = 64 };

/* Takes every Sec-WebSocket-Protocol line out of head (len bytes; what follows the empty line is left alone),
 * because libwebsockets drops a client that offers only names it does not know. first receives the first name
 * offered, "" when there is none or it is no token: it is echoed, as browsers drop a server that picks none
 * (RFC 6455 section 4.2.2). Returns the new length. */
size_t upgrade_strip_protocols(char *head, size_t len, char first[UPGRADE_PROTOCOL_MAX]);

#endif
