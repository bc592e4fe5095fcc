#include "core/size.h"

#include <stddef.h>
#include <strings.h>

static const struct fw_size sizes[] = {
    {"96X96", 96, 96},   {"QQVGA", 160, 120},   {"128X128", 128, 128}, {"QCIF", 176, 144},
    {"HQVGA", 240, 176}, {"240X240", 240, 240}, {"QVGA", 320, 240},    {"320X320", 320, 320},
    {"CIF", 400, 296},   {"HVGA", 480, 320},    {"VGA", 640, 480},     {"SVGA", 800, 600},
    {"XGA", 1024, 768},  {"HD", 1280, 720},     {"SXGA", 1280, 1024},  {"UXGA", 1600, 1200},
    {"FHD", 1920, 1080}, {"P_HD", 720, 1280},   {"P_3MP", 864, 1536},  {"QXGA", 2048, 1536},
};

const struct fw_size *fw_size_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (strcasecmp(sizes[i].name, name) == 0)
            return &sizes[i];
    return NULL;
}

const struct fw_size *fw_size_by_pixels(uint16_t width, uint16_t height)
{
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i].width == width && sizes[i].height == height)
            return &sizes[i];
    return NULL;
}
