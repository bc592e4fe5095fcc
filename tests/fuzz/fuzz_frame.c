/* Any bytes as a frame header; what is read is written as it was. */
#include <stdlib.h>
#include <string.h>

#include "provisioning/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct prov_frame f;
    uint8_t out[PROV_FRAME_HEADER];
    if (prov_frame_decode(data, size, &f) == PROV_OK) {
        prov_frame_encode(&f, out);
        if (memcmp(out, data, sizeof out) != 0) {
            abort();
        }
    }
    return 0;
}
