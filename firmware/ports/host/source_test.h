/* A drawn test pattern: colour bars, a clock, the frame's number, things that move, and what the actuators
 * do. Made when asked for. */
#ifndef PORTS_HOST_SOURCE_TEST_H
#define PORTS_HOST_SOURCE_TEST_H

#include "platform/board.h"
#include "platform/source.h"
#include "ports/host/draw.h"

struct host_test {
    struct host_canvas background, canvas;
    struct fw_actuators actuators;
    const char *name; /* drawn too; may be empty */
    uint8_t quality;
    uint32_t frames;
    uint8_t *jpeg; /* malloc'ed by the encoder */
    unsigned long jpeg_cap;
};

bool host_test_init(struct host_test *t, uint16_t width, uint16_t height, uint8_t quality, const char *name);
void host_test_fini(struct host_test *t);
void host_test_actuate(struct host_test *t, const struct fw_actuators *a);
struct fw_source host_test_ops(struct host_test *t);

#endif
