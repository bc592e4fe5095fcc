/* What a port implements to give pictures (a sensor, a file, a drawing) and to read QR codes with the same
 * eye. Called from the core's thread, never blocks for longer than one frame takes to make, never calls back
 * from inside. */
#ifndef PLATFORM_SOURCE_H
#define PLATFORM_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fw_frame {
    const uint8_t *data; /* one JPEG */
    size_t len;
    uint64_t captured_us; /* Unix microseconds; 0 when the wall clock is not set */
};

struct fw_source {
    void *ctx;
    bool adjustable; /* whether configure can change anything */
    /* Somebody watches: be ready to give pictures, at most fps_milli / 1000 a second. May come again with
     * another rate. */
    void (*start)(void *ctx, uint32_t fps_milli);
    void (*stop)(void *ctx);
    /* Size in pixels and quality 4 (best) .. 63, as the sensors count. False: cannot; the present ones stay.
     */
    bool (*configure)(void *ctx, uint16_t width, uint16_t height, uint8_t quality);
    /* The newest picture, when there is one that was not given yet: then it is borrowed until release. False:
     * none now; the port calls fw_camera_frame_ready when there is. Never a queue: what was not taken is
     * replaced by the next. */
    bool (*take)(void *ctx, struct fw_frame *out);
    void (*release)(void *ctx);
};

/* Looking for QR codes. Each one found goes to fw_camera_code, from the port's event loop. */
struct fw_scanner {
    void *ctx;
    void (*start)(void *ctx);
    void (*stop)(void *ctx);
};

#endif
