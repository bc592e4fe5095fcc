/* What comes in on a WebSocket (RFC 6455 §5): frames out of bytes in any split, unmasked in place, checked
 * strictly. Nothing is kept but a head that is not whole and a control frame's 125 bytes. */
#ifndef RELAY_WS_FRAME_H
#define RELAY_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "provisioning/utf8.h"
#include "relay/transport.h"

enum { WS_FRAME_HEAD_MAX = 14, WS_FRAME_CONTROL_MAX = 125 };

enum ws_frame_kind {
    WS_FRAME_MORE, /* all bytes are used, nothing is whole */
    WS_FRAME_DATA, /* chunk: a piece of a message, perhaps empty; told with the head already */
    WS_FRAME_PING, /* control, control_len */
    WS_FRAME_PONG,
    WS_FRAME_CLOSE, /* code: what to answer; 0 = the peer named none */
    WS_FRAME_FAULT, /* code: what to close with; the reader must not be used again */
};

struct ws_frame {
    uint8_t head[WS_FRAME_HEAD_MAX];
    uint8_t have; /* bytes of the head */
    bool in_payload;
    bool announced;          /* the frame's length was told */
    bool in_message, binary; /* a message is under way, and of which kind */
    bool first;              /* nothing of the message was told yet */
    uint8_t mask_at;
    uint64_t left; /* payload still to come */
    struct prov_utf8 text;
    uint8_t control_len, control[WS_FRAME_CONTROL_MAX];
    uint16_t code;
    struct transport_chunk chunk; /* borrowed from the bytes */
};

/* Uses up bytes from *data until something is to be told; call again until WS_FRAME_MORE. A zeroed struct is
 * a new reader. */
enum ws_frame_kind ws_frame_next(struct ws_frame *f, uint8_t **data, size_t *len);

#endif
