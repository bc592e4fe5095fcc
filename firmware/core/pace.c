#include "core/pace.h"

static int64_t due(const struct fw_pace *p)
{
    return p->base_ms + (int64_t)p->count * 1000000 / p->fps_milli;
}

void fw_pace_start(struct fw_pace *p, uint32_t fps_milli, int64_t now_ms)
{
    if (p->fps_milli == fps_milli)
        return;
    if (p->fps_milli == 0) {
        *p = (struct fw_pace){.fps_milli = fps_milli, .base_ms = now_ms, .in_flight = p->in_flight};
        return;
    }
    /* Keep the distance to the frame before, measured in the new period. */
    int64_t last = p->count ? p->base_ms + (int64_t)(p->count - 1) * 1000000 / p->fps_milli : now_ms;
    p->base_ms = last;
    p->count = p->count ? 1 : 0;
    p->fps_milli = fps_milli;
}

void fw_pace_stop(struct fw_pace *p)
{
    p->fps_milli = 0;
}

int64_t fw_pace_due_ms(const struct fw_pace *p)
{
    return p->fps_milli == 0 || p->in_flight ? FW_NEVER : due(p);
}

void fw_pace_taken(struct fw_pace *p, int64_t now_ms)
{
    p->in_flight = true;
    if (p->fps_milli == 0)
        return;
    int64_t period = 1000000 / p->fps_milli;
    if (now_ms - due(p) > period || p->count == UINT32_MAX) {
        p->base_ms = now_ms; /* late by more than a frame: a new rhythm from here */
        p->count = 0;
    }
    p->count++;
}

void fw_pace_sent(struct fw_pace *p)
{
    p->in_flight = false;
}
