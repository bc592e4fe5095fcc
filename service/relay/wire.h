/* One WebSocket between libwebsockets and the rules. The library shakes hands, frames what goes out and owns
 * the socket; what comes in is read here, because it lets unmasked frames pass, does not tell of pings, and
 * unmasks byte by byte. The relay thread only. */
#ifndef RELAY_WIRE_H
#define RELAY_WIRE_H

#include "relay/hub.h"

struct lws;
struct wire;

extern const struct transport wire_transport;

/* c is taken: it is freed with the wire. NULL without memory: c is gone. */
struct wire *wire_create(struct hub *h, struct conn *c, struct lws *wsi);
void wire_free(struct wire *w);
/* The handshake is done. rest are bytes that came behind the request's head; changed. */
void wire_open(struct wire *w);
void wire_feed(struct wire *w, uint8_t *rest, size_t len);
/* The socket has ended. */
void wire_gone(struct wire *w);
void wire_writable(struct wire *w);

#endif
