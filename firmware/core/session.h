/* One time online: what the relay says, frames while somebody watches, telemetry. Part of the camera
 * (core/camera.h); ports do not call it. */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/control.h"
#include "core/pace.h"
#include "core/relay.h"
#include "platform/platform.h"

enum { FW_TELEMETRY_MS = 10000, FW_DEFAULT_FPS_MILLI = 15000 };

struct fw_session {
    const struct fw_platform *platform;
    struct fw_control control; /* outlives the session: what was set stays set */
    struct fw_pace pace;
    int64_t boot_ms;
    bool online, watched;
    bool starved; /* the source had nothing when asked; it will say when it has */
    uint32_t wanted_fps_milli;
    uint32_t seq;
    uint32_t sent, dropped; /* frames since boot */
    uint64_t sent_bytes;
    uint16_t width, height; /* of the last frame */
    int64_t telemetry_ms;   /* next telemetry */
    int64_t window_ms;      /* the present measurement of fps began */
    uint32_t window_frames;
};

void fw_session_init(struct fw_session *s, const struct fw_platform *p, int64_t now_ms);
void fw_session_online(struct fw_session *s, int64_t now_ms);
void fw_session_offline(struct fw_session *s);
/* start, stop, settings, command, error, offer. *restart: a command asked for one (already acknowledged). */
void fw_session_message(struct fw_session *s, const struct fw_relay_message *m, int64_t now_ms,
                        bool *restart);
/* Sends what is due: a frame, telemetry. */
void fw_session_run(struct fw_session *s, int64_t now_ms);
void fw_session_frame_ready(struct fw_session *s, int64_t now_ms);
void fw_session_frame_sent(struct fw_session *s, int64_t now_ms);
int64_t fw_session_deadline_ms(const struct fw_session *s);

#endif
