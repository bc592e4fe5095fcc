/* The camera: machine, session and what it keeps, over a platform. This is what a port drives. No memory of
 * its own after init, no clock: every call brings the monotonic time in milliseconds. One thread. Events that
 * come late (of a try that was given up) are ignored. */
#ifndef CORE_CAMERA_H
#define CORE_CAMERA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/led.h"
#include "core/machine.h"
#include "core/session.h"
#include "core/ways.h"
#include "platform/platform.h"
#include "provisioning/activation.h"
#include "provisioning/payload.h"

struct fw_camera_config {
    const char *uid, *model, *firmware; /* live as long as the camera; uid at most PROV_UID_MAX bytes */
    const struct fw_size *size;
    uint8_t quality;
    uint32_t fps_cap_milli; /* 0: none */
};

struct fw_camera {
    const struct fw_platform *platform;
    struct fw_camera_config config;
    struct fw_machine machine;
    struct fw_session session;
    struct fw_ways ways;
    enum fw_led fault; /* why it is not online; FW_LED_NONE: nothing failed */
    enum fw_led led;   /* what the indicator shows */
    char local_ip[PROV_IP_MAX + 1];
    struct prov_parts parts;
    size_t inbox_len;
    bool inbox_over; /* the message being read is too long: skip it */
    char inbox[FW_RELAY_TEXT_MAX];
};

void fw_camera_init(struct fw_camera *c, const struct fw_platform *p, const struct fw_camera_config *config,
                    int64_t now_ms);
/* Reads what is kept and begins. */
void fw_camera_start(struct fw_camera *c, int64_t now_ms);
/* Wipes the secrets in memory; what is kept stays kept. */
void fw_camera_fini(struct fw_camera *c);
/* One QR code's text, from the scanner or from anywhere. PROV_OK: a whole payload, the camera goes on with
 * it. PROV_INCOMPLETE: other parts are missing. Else it is none of ours; nothing changes. */
PROV_MUST_CHECK enum prov_err fw_camera_code(struct fw_camera *c, const char *code, size_t len,
                                             int64_t now_ms);

void fw_camera_joined(struct fw_camera *c, const char *local_ip, int64_t now_ms);
void fw_camera_join_failed(struct fw_camera *c, enum fw_join_failure why, int64_t now_ms);
void fw_camera_wifi_lost(struct fw_camera *c, int64_t now_ms);

/* The answer to link.post. */
void fw_camera_posted(struct fw_camera *c, const struct fw_link_answer *answer, int64_t now_ms);
void fw_camera_link_open(struct fw_camera *c, int64_t now_ms);
/* A piece of a text message; last: it ends with this piece. */
void fw_camera_link_text(struct fw_camera *c, const char *piece, size_t len, bool last, int64_t now_ms);
void fw_camera_link_closed(struct fw_camera *c, const struct fw_link_end *end, int64_t now_ms);

void fw_camera_frame_ready(struct fw_camera *c, int64_t now_ms);
void fw_camera_frame_sent(struct fw_camera *c, int64_t now_ms);

/* To be called at fw_camera_deadline_ms (FW_NEVER: no need), which any other call may change. */
void fw_camera_tick(struct fw_camera *c, int64_t now_ms);
int64_t fw_camera_deadline_ms(const struct fw_camera *c);

/* Nothing is left to try: only a code helps. fault says why, if it was not always so. */
bool fw_camera_needs_code(const struct fw_camera *c);

/* Says goodbye to the relay and closes, before the power goes. Nothing else may be called after it but fini.
 */
void fw_camera_goodbye(struct fw_camera *c);

#endif
