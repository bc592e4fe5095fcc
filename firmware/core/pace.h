/* When the next frame may be taken: a cap on the rate that does not drift, and one frame in flight. What
 * cannot be sent in time is never made up for by a burst. */
#ifndef CORE_PACE_H
#define CORE_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define FW_NEVER INT64_MAX

struct fw_pace {
    uint32_t fps_milli; /* 0: stopped */
    bool in_flight;
    int64_t base_ms; /* the first frame of this rhythm */
    uint32_t count;  /* frames since then */
};

/* Starts, or changes the rate (fps_milli >= 1) of a running pace without a gap or a burst. */
void fw_pace_start(struct fw_pace *p, uint32_t fps_milli, int64_t now_ms);
void fw_pace_stop(struct fw_pace *p);
/* The time from which the next frame may be taken; FW_NEVER while stopped or one is in flight. */
int64_t fw_pace_due_ms(const struct fw_pace *p);
/* A frame was taken and is on its way. */
void fw_pace_taken(struct fw_pace *p, int64_t now_ms);
/* It is out: the next may follow when its time has come. */
void fw_pace_sent(struct fw_pace *p);

#endif
