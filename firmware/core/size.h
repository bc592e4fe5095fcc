/* The picture sizes by name, as the esp32-camera driver calls them. */
#ifndef CORE_SIZE_H
#define CORE_SIZE_H

#include <stdint.h>

struct fw_size {
    const char *name;
    uint16_t width, height;
};

/* By name in any case; NULL: unknown. */
const struct fw_size *fw_size_by_name(const char *name);
/* NULL: no such size has a name. */
const struct fw_size *fw_size_by_pixels(uint16_t width, uint16_t height);

#endif
