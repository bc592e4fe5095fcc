/* The header before a JPEG on the relay (framing "header"): 24 bytes big-endian, then the JPEG.
 * u8 version=1 · u8 kind=1 (JPEG) · u16 channel · u32 seq · u64 captured_us · u64 received_us (Unix µs). */
#ifndef PROVISIONING_FRAME_H
#define PROVISIONING_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "provisioning/err.h"

enum { PROV_FRAME_HEADER = 24, PROV_FRAME_VERSION = 1, PROV_FRAME_JPEG = 1 };

struct prov_frame {
    uint16_t channel;
    uint32_t seq;
    uint64_t captured_us, received_us;
};

void prov_frame_encode(const struct prov_frame *f, uint8_t out[PROV_FRAME_HEADER]);
/* PROV_INVALID: fewer than 24 bytes, another version or kind. */
PROV_MUST_CHECK enum prov_err prov_frame_decode(const uint8_t *data, size_t len, struct prov_frame *out);

#endif
