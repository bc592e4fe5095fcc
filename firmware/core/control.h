/* What can be set on a camera, and the commands that set it. Checks everything; touches no hardware: the
 * caller applies what changed. */
#ifndef CORE_CONTROL_H
#define CORE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/relay.h"
#include "core/size.h"
#include "platform/board.h"
#include "provisioning/json.h"

enum { FW_CONTROL_SENSORS = 22, FW_CONTROL_RESULT_MAX = 64, FW_CONTROL_SERVO_STEP = 10 };

struct fw_control {
    struct fw_actuators actuators;
    const struct fw_size *size; /* never NULL */
    uint8_t quality;            /* 4 (best) .. 63 */
    uint32_t fps_cap_milli;     /* 0: none of our own */
    bool paused;
    bool adjustable; /* whether size, quality and sensor can change at all */
    int16_t sensor[FW_CONTROL_SENSORS];
};

/* What a command or a setting changed, as bits. */
enum {
    FW_CHANGED_PICTURE = 1,
    FW_CHANGED_RATE = 2,
    FW_CHANGED_POSITION = 4,
    FW_CHANGED_LAMP = 8,
    FW_CHANGED_PAUSE = 16,
    FW_CHANGED_RESTART = 32, /* asks for one */
};

void fw_control_init(struct fw_control *c, const struct fw_size *size, uint8_t quality, bool adjustable);

struct fw_control_answer {
    const char *error;                  /* NULL: done; "invalid" or "unsupported" else, and nothing changed */
    char result[FW_CONTROL_RESULT_MAX]; /* JSON, "" when there is none */
    unsigned changed;
};

void fw_control_command(struct fw_control *c, const char *name, struct prov_json args,
                        struct fw_control_answer *out);
/* Takes over what a wish names and this camera can do; returns what changed. The rate is taken as our own
 * cap. */
unsigned fw_control_settings(struct fw_control *c, const struct fw_relay_wish *wish);
/* The same for size and quality only: what a start asks for. */
unsigned fw_control_picture(struct fw_control *c, const struct fw_relay_wish *wish);

#endif
