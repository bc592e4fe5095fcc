/* The platform contract: everything the portable core asks of a port. A port fills one struct fw_platform,
 * which lives as long as the camera, and reports events by the functions of core/camera.h. One thread:
 * whoever calls the core is the core's thread, and the core calls the port only from there. Time comes with
 * each event (monotonic milliseconds). */
#ifndef PLATFORM_PLATFORM_H
#define PLATFORM_PLATFORM_H

#include "platform/board.h"
#include "platform/kv.h"
#include "platform/link.h"
#include "platform/source.h"
#include "platform/wifi.h"

struct fw_platform {
    struct fw_kv kv;
    struct fw_wifi wifi;
    struct fw_scanner scanner;
    struct fw_link link;
    struct fw_source source;
    struct fw_board board;
};

#endif
