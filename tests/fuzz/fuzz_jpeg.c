/* Any bytes as a JPEG; one that passes has a size, a beginning and an end. */
#include <stdlib.h>

#include "provisioning/jpeg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint16_t width = 0, height = 0;
    if (prov_jpeg_check(data, size, &width, &height) == PROV_OK) {
        if (width == 0 || height == 0 || size < 16 || data[0] != 0xFF || data[1] != 0xD8) {
            abort();
        }
    } else if (width != 0 || height != 0) {
        abort();
    }
    return 0;
}
