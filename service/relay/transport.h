/* What the rules of the relay ask of the socket below them: loop.c has the real one, the unit tests a fake.
 * All on the relay thread. `wire` is the transport's own name for the socket of a connection. */
#ifndef RELAY_TRANSPORT_H
#define RELAY_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* Bytes before a message that the transport may overwrite with its own head. */
enum { TRANSPORT_ROOM = 16 };

enum transport_kind { TRANSPORT_TEXT, TRANSPORT_BINARY, TRANSPORT_PING, TRANSPORT_PONG };

/* A piece of an incoming message, as the wire brought it. */
struct transport_chunk {
    const uint8_t *data;
    size_t len;
    size_t remaining; /* bytes of this WebSocket frame still to come (more frames may follow) */
    bool binary, first, last;
};

struct transport {
    /* Sends one whole message, only while not busy. TRANSPORT_ROOM bytes before data are overwritten; what
     * the socket does not take at once is copied. ERR_IO: the socket is dead. */
    enum err (*write)(void *wire, enum transport_kind kind, uint8_t *data, size_t len);
    /* An earlier message is not out yet. */
    bool (*busy)(void *wire);
    /* Calls conn_writable once the earlier messages are out; soon when not busy. */
    void (*want_write)(void *wire);
    /* Stops (true) or goes on with reading. */
    void (*hold)(void *wire, bool hold);
    /* Says the code and, unless it is NULL, the reason (of at most 123 bytes); only while not busy. Nothing
     * may be written after it. */
    void (*close)(void *wire, uint16_t code, const char *reason);
    /* Ends the socket without a word. */
    void (*kill)(void *wire);
};

#endif
