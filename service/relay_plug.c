#include "relay_plug.h"

#include "admission.h"
#include "cameras/presence.h"
#include "cameras/progress.h"
#include "core/log.h"
#include "core/mem.h"
#include "device_gate.h"
#include "door/limits.h"

_Static_assert(sizeof API_STREAM_BOUNDARY == sizeof RELAY_BOUNDARY, "one boundary, in head and body");

/* ---- what the relay tells ---- */

enum news_kind { NEWS_ONLINE, NEWS_OFFLINE, NEWS_FIRST_FRAME };

struct news {
    struct relay_plug *plug;
    enum news_kind kind;
    struct id device;
    uint64_t epoch;                /* FIRST_FRAME */
    struct relay_camera_info info; /* ONLINE */
};

static void run_news(void *arg)
{
    struct news *n = arg;
    struct store *s = n->plug->store;
    int64_t now_ms = clock_wall_ms(n->plug->clock);
    enum err e = ERR_OK;
    switch (n->kind) {
    case NEWS_ONLINE:
        e = s->camera_seen(s, &n->device, now_ms, n->info.firmware, n->info.local_ip);
        break;
    case NEWS_OFFLINE:
        e = s->camera_seen(s, &n->device, now_ms, NULL, NULL);
        break;
    case NEWS_FIRST_FRAME:
        e = s->camera_first_frame(s, &n->device, now_ms);
        if (!e || e == ERR_NOT_FOUND)
            relay_first_frame_kept(n->plug->relay, &n->device, n->epoch);
        break;
    }
    if (e && e != ERR_NOT_FOUND)
        log_event(LOG_WARN, "app.news_not_kept", "device=%s reason=%s", n->device.s, err_word(e));
    progress_changed(n->plug->progress, &n->device);
    mem_free(n);
}

/* Keeps what the relay told. When the pool is full it is let go: presence has it and the next news brings it
 * again, and of a first frame the relay tells until it is kept. */
static void keep_news(struct relay_plug *p, const struct news *news)
{
    struct news *n = mem_alloc(sizeof *n);
    if (!n)
        return;
    *n = *news;
    n->plug = p;
    if (jobs_submit(p->jobs, run_news, n))
        mem_free(n);
}

static void on_camera_online(void *arg, const struct id *device, uint64_t epoch,
                             const struct relay_camera_info *info)
{
    struct relay_plug *p = arg;
    bool is_new = presence_online(p->presence, device, epoch);
    keep_news(p, &(struct news){.kind = NEWS_ONLINE, .device = *device, .info = *info});
    if (is_new) /* told again when the camera describes itself */
        log_event(LOG_INFO, "camera.online", "device=%s address=%s", device->s, info->address);
}

static const char *reason_word(enum relay_offline_reason why)
{
    switch (why) {
    case RELAY_OFF_GOODBYE:
        return "goodbye";
    case RELAY_OFF_SILENT:
        return "silent";
    case RELAY_OFF_NONE:
        break;
    }
    return NULL;
}

static void on_camera_offline(void *arg, const struct id *device, uint64_t epoch,
                              enum relay_offline_reason why)
{
    struct relay_plug *p = arg;
    const char *word = reason_word(why);
    presence_offline(p->presence, device, epoch, word);
    keep_news(p, &(struct news){.kind = NEWS_OFFLINE, .device = *device});
    log_event(LOG_INFO, "camera.offline", "device=%s reason=%s", device->s, word ? word : "closed");
}

static void on_camera_first_frame(void *arg, const struct id *device, uint64_t epoch)
{
    keep_news(arg, &(struct news){.kind = NEWS_FIRST_FRAME, .device = *device, .epoch = epoch});
}

static void on_viewers_changed(void *arg, const struct id *device, unsigned viewers)
{
    struct relay_plug *p = arg;
    presence_viewers(p->presence, device, viewers);
}

static void on_telemetry(void *arg, const struct id *device, struct span json)
{
    struct relay_plug *p = arg;
    presence_telemetry(p->presence, device, json);
}

static void on_socket_closed(void *arg, void *place)
{
    (void)arg;
    limits_leave(place);
}

/* ---- what handlers want from the relay ---- */

struct ask {
    void (*done)(void *arg, enum err err, const struct api_picture *picture);
    void *arg;
};

static void release_packet(void *keep)
{
    relay_packet_unref(keep);
}

static void on_snapshot(void *arg, enum err err, struct relay_packet *packet)
{
    struct ask *ask = arg;
    struct api_picture picture;
    if (!err)
        picture = (struct api_picture){.jpeg = relay_packet_jpeg(packet),
                                       .seq = relay_packet_seq(packet),
                                       .captured_us = relay_packet_captured_us(packet),
                                       .release = release_packet,
                                       .keep = relay_packet_ref(packet)};
    ask->done(ask->arg, err, err ? NULL : &picture);
    mem_free(ask);
}

static void api_relay_snapshot(void *arg, const struct id *device, int max_age_ms, int wait_ms,
                               void (*done)(void *done_arg, enum err err, const struct api_picture *picture),
                               void *done_arg)
{
    struct relay_plug *p = arg;
    struct ask *ask = mem_alloc(sizeof *ask);
    if (!ask) {
        done(done_arg, ERR_NO_MEMORY, NULL);
        return;
    }
    *ask = (struct ask){done, done_arg};
    relay_snapshot(p->relay, device, max_age_ms, wait_ms, on_snapshot, ask);
}

static enum err api_relay_stream(void *arg, const struct api_stream *s)
{
    struct relay_plug *p = arg;
    const struct relay_stream stream = {.fd = s->fd,
                                        .head = s->head,
                                        .address = s->address,
                                        .device = s->device,
                                        .fps = s->fps,
                                        .place = s->place,
                                        .grant = {.role = RELAY_USER,
                                                  .by_cookie = s->who->by_cookie,
                                                  .user_id = s->who->user_id,
                                                  .session_id = s->who->session_id,
                                                  .expires_ms = s->who->expires_ms,
                                                  .judged_us = s->judged_us}};
    enum err e = s->place ? limits_sign_in(s->place, span_of(s->who->user_id.s)) : ERR_OK;
    if (!e)
        e = relay_adopt_stream(p->relay, &stream);
    if (e)
        limits_leave(s->place);
    return e;
}

static enum err api_relay_frame(void *arg, const struct api_frame *f)
{
    struct relay_plug *p = arg;
    const struct relay_frame frame = {.grant = {.role = RELAY_DEVICE,
                                                .device_id = f->who->device_id,
                                                .key = device_gate_tag(&f->who->device_key),
                                                .judged_us = f->judged_us},
                                      .address = f->address,
                                      .jpeg = f->jpeg,
                                      .width = f->width,
                                      .height = f->height};
    enum err e = relay_frame(p->relay, &frame);
    if (!e)
        presence_frame(p->presence, &f->who->device_id);
    return e;
}

static void api_relay_telemetry(void *arg, const struct id *device, struct span json)
{
    struct relay_plug *p = arg;
    relay_telemetry(p->relay, device, json);
}

static void api_relay_device_removed(void *arg, const struct id *device)
{
    struct relay_plug *p = arg;
    device_gate_removed(p->devices, device);
}

static void api_relay_device_key_changed(void *arg, const struct id *device, const struct secret_hash *key,
                                         int64_t began_us)
{
    struct relay_plug *p = arg;
    device_gate_key_changed(p->devices, device, key, began_us);
}

static void api_relay_session_ended(void *arg, const struct id *user, const struct id *session)
{
    struct relay_plug *p = arg;
    relay_session_ended(p->relay, user, session, NULL);
}

struct relay_hooks relay_plug_hooks(struct relay_plug *p)
{
    return (struct relay_hooks){.ask_arg = p->admission,
                                .authenticate = admission_authenticate,
                                .authorize = admission_authorize,
                                .authorize_operate = admission_authorize_operate,
                                .find_device = admission_find_device,
                                .find_online = admission_find_online,
                                .sign_in = admission_sign_in,
                                .arg = p,
                                .camera_online = on_camera_online,
                                .camera_offline = on_camera_offline,
                                .camera_first_frame = on_camera_first_frame,
                                .viewers_changed = on_viewers_changed,
                                .socket_closed = on_socket_closed,
                                .telemetry = on_telemetry};
}

struct api_relay relay_plug_api(struct relay_plug *p)
{
    return (struct api_relay){.arg = p,
                              .snapshot = api_relay_snapshot,
                              .stream = api_relay_stream,
                              .frame = api_relay_frame,
                              .telemetry = api_relay_telemetry,
                              .device_removed = api_relay_device_removed,
                              .device_key_changed = api_relay_device_key_changed,
                              .session_ended = api_relay_session_ended};
}
