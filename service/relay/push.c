#include "relay/push.h"

#include "core/json.h"
#include "core/log.h"
#include "relay/channel.h"
#include "relay/snapshot.h"

enum { ONLINE_US = 15 * 1000000, WAITING_BYTES = 64 << 20 };

enum err push_take(struct hub *h, const struct relay_frame *f, struct relay_packet **out)
{
    if (f->jpeg.len > h->config.max_frame_bytes)
        return ERR_TOO_LARGE;
    if (atomic_load(&h->pushed_bytes) > WAITING_BYTES)
        return ERR_BUSY;
    struct relay_packet *p;
    enum err e = packet_of(&p, f->jpeg);
    if (e)
        return e;
    p->width = f->width;
    p->height = f->height;
    p->received_us = p->captured_us = hub_wall_us(h);
    p->received_mono_us = hub_now_us(h);
    atomic_fetch_add(&h->pushed_bytes, p->len);
    *out = p;
    return ERR_OK;
}

void push_drop(struct hub *h, struct relay_packet *p)
{
    atomic_fetch_sub(&h->pushed_bytes, p->len);
    relay_packet_unref(p);
}

static void on_silent(void *arg)
{
    push_end(arg, RELAY_OFF_SILENT);
}

void push_init(struct channel *ch)
{
    due_init(&ch->push.silent, on_silent, ch);
}

static void set_online(struct channel *ch, bool online)
{
    ch->push.online = online;
    figures_add(&ch->hub->stats.pushing, online ? 1 : -1);
}

static void begin(struct channel *ch, const char *address)
{
    struct hub *h = ch->hub;
    struct relay_camera_info info = {0};
    (void)span_copy(span_of(address), info.address, sizeof info.address);
    ch->push.epoch = ++h->epoch;
    ch->push.tell_first_us = 0;
    set_online(ch, true);
    h->hooks.camera_online(h->hooks.arg, &ch->device, ch->push.epoch, &info);
    channel_online_changed(ch);
}

void push_frame(struct hub *h, const struct relay_grant *grant, const char *address, struct relay_packet *p)
{
    bool late = h->draining || ended_since(&h->ended, grant, NULL);
    struct channel *ch = late ? NULL : channel_get(h, &grant->device_id);
    if (!ch) {
        push_drop(h, p);
        return;
    }
    atomic_fetch_sub(&h->pushed_bytes, p->len);
    figures_add(&h->stats.frames_in, 1);
    figures_add(&h->stats.bytes_in, (int64_t)p->len);
    if (!ch->camera) {
        if (!ch->push.online)
            begin(ch, address);
        ch->push.key = grant->key;
        due_set(&h->dues, &ch->push.silent, hub_now_us(h) + ONLINE_US);
    }
    channel_publish(ch, p);
    if (ch->push.online)
        channel_tell_first(ch, ch->push.epoch, &ch->push.tell_first_us);
}

void push_telemetry(struct hub *h, const struct id *device, struct span json)
{
    struct channel *ch = channel_find(h, device);
    struct json *doc = NULL;
    enum err e = ch && ch->viewers ? json_parse(json, &doc) : ERR_NOT_FOUND;
    e = e ? e : json_set_string(doc, "type", SPAN_LIT("telemetry"));
    e = e ? e : channel_pass_on(ch, doc);
    if (e && e != ERR_NOT_FOUND)
        log_event(LOG_WARN, "relay.telemetry_lost", "device=%s reason=%s", device->s, err_word(e));
    json_free(doc);
}

void push_first_frame_kept(struct hub *h, const struct id *device, uint64_t epoch)
{
    struct channel *ch = channel_find(h, device);
    if (ch && ch->push.online && ch->push.epoch == epoch)
        ch->push.tell_first_us = INT64_MAX;
}

void push_replaced(struct channel *ch)
{
    due_clear(&ch->hub->dues, &ch->push.silent);
    if (ch->push.online)
        set_online(ch, false);
}

void push_end(struct channel *ch, enum relay_offline_reason why)
{
    struct hub *h = ch->hub;
    if (!ch->push.online)
        return;
    channel_hold(ch);
    push_replaced(ch);
    snapshot_finish_all(ch, ERR_CAMERA_OFFLINE);
    /* first those who are asked, then those who would ask them */
    h->hooks.camera_offline(h->hooks.arg, &ch->device, ch->push.epoch, why);
    channel_online_changed(ch);
    channel_unhold(ch);
}

static bool end_one(void *arg, struct span key, void *value)
{
    push_end(value, RELAY_OFF_NONE);
    return true;
}

void push_end_all(struct hub *h)
{
    map_each(&h->channels, end_one, NULL);
}
