/* A frame: received once, then immutable and counted. Before the JPEG lie the bytes of the relay's frame
 * header, and before those the room for the transport's head: both are written anew for each viewer, on the
 * relay thread only. */
#ifndef RELAY_PACKET_H
#define RELAY_PACKET_H

#include <stdatomic.h>

#include "provisioning/frame.h"
#include "relay/relay.h"
#include "relay/transport.h"

struct relay_packet {
    atomic_uint refs;
    uint32_t seq;
    int64_t captured_us, received_us; /* Unix µs */
    int64_t received_mono_us;
    size_t cap, len; /* of the JPEG */
    uint16_t width, height;
    uint8_t *text;   /* packet_text, once it was asked for */
    uint8_t bytes[]; /* TRANSPORT_ROOM, PROV_FRAME_HEADER, JPEG */
};

/* An empty packet with room for cap bytes of JPEG, held once. */
MUST_CHECK enum err packet_create(struct relay_packet **out, size_t cap);
/* One that holds a copy of a JPEG; the size and the times are still to be filled in. */
MUST_CHECK enum err packet_of(struct relay_packet **out, struct span jpeg);
/* Makes room for cap bytes in a packet nobody else holds; the bytes (header and len of JPEG) stay. */
MUST_CHECK enum err packet_grow(struct relay_packet **p, size_t cap);
/* The picture as a data URL of *len bytes, with TRANSPORT_ROOM before it; made by the first call and shared
 * from then on. NULL without memory. The relay thread only. */
uint8_t *packet_text(struct relay_packet *p, size_t *len);
/* Frees that form of a packet nobody else holds. */
void packet_drop_text(struct relay_packet *p);
/* True when only the caller holds it. */
static inline bool packet_sole(const struct relay_packet *p)
{
    return atomic_load_explicit(&p->refs, memory_order_acquire) == 1;
}

static inline uint8_t *packet_header(struct relay_packet *p)
{
    return p->bytes + TRANSPORT_ROOM;
}

static inline uint8_t *packet_jpeg(struct relay_packet *p)
{
    return p->bytes + TRANSPORT_ROOM + PROV_FRAME_HEADER;
}

#endif
