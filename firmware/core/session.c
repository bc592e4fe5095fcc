#include "core/session.h"

#include <stdio.h>
#include <string.h>

#include "core/say.h"
#include "provisioning/frame.h"
#include "provisioning/jpeg.h"

static void send_text(struct fw_session *s, const char *text, size_t len)
{
    const struct fw_platform *p = s->platform;
    if (len && !p->link.send_text(p->link.ctx, text, len))
        fw_say(p, FW_LOG_WARN, "camera.text_lost", "bytes=%u", (unsigned)len);
}

static void configure_source(struct fw_session *s)
{
    const struct fw_source *src = &s->platform->source;
    const struct fw_control *c = &s->control;
    s->width = s->height = 0; /* the next frame tells */
    if (c->adjustable && !src->configure(src->ctx, c->size->width, c->size->height, c->quality))
        fw_say(s->platform, FW_LOG_WARN, "camera.picture_unchanged", "size=%s quality=%u", c->size->name,
               (unsigned)c->quality);
}

/* Brings source and pace to what is wanted now. */
static void arrange(struct fw_session *s, int64_t now_ms)
{
    const struct fw_source *src = &s->platform->source;
    bool was = s->pace.fps_milli != 0;
    if (!s->online || !s->watched || s->control.paused) {
        fw_pace_stop(&s->pace);
        if (was) {
            src->stop(src->ctx);
            fw_say(s->platform, FW_LOG_INFO, "camera.idle", "frames_sent=%u", (unsigned)s->sent);
        }
        return;
    }
    uint32_t fps = s->wanted_fps_milli ? s->wanted_fps_milli : FW_DEFAULT_FPS_MILLI;
    if (s->control.fps_cap_milli && s->control.fps_cap_milli < fps)
        fps = s->control.fps_cap_milli;
    if (fps == s->pace.fps_milli)
        return;
    fw_pace_start(&s->pace, fps, now_ms);
    src->start(src->ctx, fps);
    if (!was) {
        s->starved = false;
        s->window_ms = now_ms;
        s->window_frames = 0;
    }
    fw_say(s->platform, FW_LOG_INFO, "camera.streaming", "fps=%u.%u", (unsigned)(fps / 1000),
           (unsigned)(fps % 1000 / 100));
}

static void apply(struct fw_session *s, unsigned changed, int64_t now_ms)
{
    const struct fw_board *b = &s->platform->board;
    if (changed & FW_CHANGED_PICTURE)
        configure_source(s);
    if (changed & (FW_CHANGED_POSITION | FW_CHANGED_LAMP))
        b->actuate(b->ctx, &s->control.actuators);
    if (changed & FW_CHANGED_POSITION) {
        char text[FW_RELAY_REPLY_MAX];
        send_text(s, text, fw_relay_position(text, s->control.actuators.x, s->control.actuators.y));
    }
    if (changed & (FW_CHANGED_RATE | FW_CHANGED_PAUSE))
        arrange(s, now_ms);
}

void fw_session_init(struct fw_session *s, const struct fw_platform *p, int64_t now_ms)
{
    *s = (struct fw_session){.platform = p, .boot_ms = now_ms, .telemetry_ms = FW_NEVER};
}

void fw_session_online(struct fw_session *s, int64_t now_ms)
{
    s->online = true;
    s->watched = false;
    s->telemetry_ms = now_ms; /* the first at once: the owner sees something */
    configure_source(s);
}

void fw_session_offline(struct fw_session *s)
{
    const struct fw_source *src = &s->platform->source;
    s->online = s->watched = false;
    s->telemetry_ms = FW_NEVER;
    if (s->pace.in_flight)
        src->release(src->ctx);
    fw_pace_sent(&s->pace);
    arrange(s, 0);
}

static void on_command(struct fw_session *s, const struct fw_relay_message *m, int64_t now_ms, bool *restart)
{
    struct fw_control_answer answer;
    fw_control_command(&s->control, m->word, m->args, &answer);
    char text[FW_RELAY_REPLY_MAX];
    send_text(s, text, fw_relay_ack(text, m->id, answer.error, answer.result[0] ? answer.result : NULL));
    char name[FW_RELAY_WORD_MAX];
    fw_say(s->platform, FW_LOG_INFO, "camera.command", "name=%s ok=%s",
           fw_say_safe(m->word, name, sizeof name), answer.error ? "false" : "true");
    apply(s, answer.changed, now_ms);
    *restart = (answer.changed & FW_CHANGED_RESTART) != 0;
}

static void on_offer(struct fw_session *s, const struct fw_relay_message *m)
{
    if (!m->session[0])
        return;
    char text[FW_RELAY_REPLY_MAX];
    send_text(s, text, fw_relay_bye(text, m->session, m->attempt, "unsupported"));
}

void fw_session_message(struct fw_session *s, const struct fw_relay_message *m, int64_t now_ms, bool *restart)
{
    char word[FW_RELAY_WORD_MAX];
    *restart = false;
    switch (m->type) {
    case FW_RELAY_START:
        s->watched = true;
        s->wanted_fps_milli = m->wish.fps_milli;
        apply(s, fw_control_picture(&s->control, &m->wish), now_ms);
        arrange(s, now_ms);
        break;
    case FW_RELAY_STOP:
        s->watched = false;
        arrange(s, now_ms);
        break;
    case FW_RELAY_SETTINGS:
        apply(s, fw_control_settings(&s->control, &m->wish), now_ms);
        break;
    case FW_RELAY_COMMAND:
        on_command(s, m, now_ms, restart);
        break;
    case FW_RELAY_OFFER:
        on_offer(s, m);
        break;
    case FW_RELAY_ERROR:
        fw_say(s->platform, FW_LOG_WARN, "camera.relay_error", "code=%s",
               fw_say_safe(m->word, word, sizeof word));
        break;
    default:
        fw_say(s->platform, FW_LOG_DEBUG, "camera.ignored", "type=%s",
               fw_say_safe(m->word, word, sizeof word));
        break;
    }
}

static void send_telemetry(struct fw_session *s, int64_t now_ms)
{
    const struct fw_platform *p = s->platform;
    struct fw_health health = {0};
    p->board.health(p->board.ctx, &health);
    uint16_t width = s->width ? s->width : s->control.size->width;
    uint16_t height = s->height ? s->height : s->control.size->height;
    const struct fw_size *size = fw_size_by_pixels(width, height);
    char pixels[16];
    (void)snprintf(pixels, sizeof pixels, "%ux%u", (unsigned)width, (unsigned)height);
    int64_t window = now_ms - s->window_ms;
    struct fw_relay_telemetry t = {
        .rssi_dbm = health.rssi_dbm,
        .heap_bytes = health.heap_bytes,
        .fps_milli =
            s->pace.fps_milli && window > 0 ? (uint32_t)((int64_t)s->window_frames * 1000000 / window) : 0,
        .uptime_s = (uint64_t)((now_ms - s->boot_ms) / 1000),
        .resolution = size ? size->name : pixels,
        .quality = s->control.quality,
        .frames_sent = s->sent,
        .frames_dropped = s->dropped,
    };
    char text[FW_RELAY_REPLY_MAX];
    send_text(s, text, fw_relay_telemetry(text, &t));
    s->window_ms = now_ms;
    s->window_frames = 0;
    s->telemetry_ms = now_ms + FW_TELEMETRY_MS;
}

static void send_frame(struct fw_session *s, int64_t now_ms)
{
    const struct fw_platform *p = s->platform;
    struct fw_frame f;
    if (!p->source.take(p->source.ctx, &f)) {
        s->starved = true;
        return;
    }
    fw_pace_taken(&s->pace, now_ms);
    uint8_t header[PROV_FRAME_HEADER];
    struct prov_frame about = {.seq = s->seq++, .captured_us = f.captured_us};
    prov_frame_encode(&about, header);
    bool sent = prov_jpeg_check(f.data, f.len, &s->width, &s->height) == PROV_OK &&
                p->link.send_frame(p->link.ctx, header, sizeof header, f.data, f.len);
    if (sent) {
        s->sent++;
        s->sent_bytes += f.len;
        s->window_frames++;
        return;
    }
    p->source.release(p->source.ctx);
    fw_pace_sent(&s->pace);
    s->dropped++;
    fw_say(p, FW_LOG_WARN, "camera.frame_dropped", "bytes=%u dropped=%u", (unsigned)f.len,
           (unsigned)s->dropped);
}

void fw_session_run(struct fw_session *s, int64_t now_ms)
{
    if (!s->online)
        return;
    if (now_ms >= s->telemetry_ms)
        send_telemetry(s, now_ms);
    if (!s->starved && now_ms >= fw_pace_due_ms(&s->pace))
        send_frame(s, now_ms);
}

void fw_session_frame_ready(struct fw_session *s, int64_t now_ms)
{
    s->starved = false;
    fw_session_run(s, now_ms);
}

void fw_session_frame_sent(struct fw_session *s, int64_t now_ms)
{
    if (!s->pace.in_flight)
        return;
    s->platform->source.release(s->platform->source.ctx);
    fw_pace_sent(&s->pace);
    fw_session_run(s, now_ms);
}

int64_t fw_session_deadline_ms(const struct fw_session *s)
{
    int64_t frame = s->starved ? FW_NEVER : fw_pace_due_ms(&s->pace);
    return frame < s->telemetry_ms ? frame : s->telemetry_ms;
}
