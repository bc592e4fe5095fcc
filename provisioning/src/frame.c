#include "provisioning/frame.h"

static void put(uint8_t *out, uint64_t value, size_t bytes)
{
    while (bytes > 0) {
        out[--bytes] = (uint8_t)value;
        value >>= 8;
    }
}

static uint64_t get(const uint8_t *data, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++) {
        value = value << 8 | data[i];
    }
    return value;
}

void prov_frame_encode(const struct prov_frame *f, uint8_t out[PROV_FRAME_HEADER])
{
    out[0] = PROV_FRAME_VERSION;
    out[1] = PROV_FRAME_JPEG;
    put(out + 2, f->channel, 2);
    put(out + 4, f->seq, 4);
    put(out + 8, f->captured_us, 8);
    put(out + 16, f->received_us, 8);
}

enum prov_err prov_frame_decode(const uint8_t *data, size_t len, struct prov_frame *out)
{
    if (len < PROV_FRAME_HEADER || data[0] != PROV_FRAME_VERSION || data[1] != PROV_FRAME_JPEG) {
        return PROV_INVALID;
    }
    *out = (struct prov_frame){
        .channel = (uint16_t)get(data + 2, 2),
        .seq = (uint32_t)get(data + 4, 4),
        .captured_us = get(data + 8, 8),
        .received_us = get(data + 16, 8),
    };
    return PROV_OK;
}
