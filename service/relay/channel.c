#include "relay/channel.h"

#include "core/mem.h"
#include "relay/snapshot.h"
#include "relay/stream.h"
#include "relay/text.h"
#include "relay/viewer.h"

enum { TELL_AGAIN_US = 5 * 1000000 };

static void on_linger(void *arg);

struct channel *channel_find(const struct hub *h, const struct id *device)
{
    return map_get(&h->channels, hub_key(device));
}

struct channel *channel_get(struct hub *h, const struct id *device)
{
    struct channel *ch = channel_find(h, device);
    if (ch)
        return ch;
    ch = mem_zalloc(sizeof *ch);
    if (!ch || map_put(&h->channels, hub_key(device), ch, NULL)) {
        mem_free(ch);
        return NULL;
    }
    ch->hub = h;
    ch->device = *device;
    due_init(&ch->linger, on_linger, ch);
    push_init(ch);
    return ch;
}

bool channel_online(const struct channel *ch)
{
    return ch->camera || ch->push.online;
}

void channel_release(struct channel *ch)
{
    if (channel_online(ch) || ch->viewers || ch->streams || ch->asks || ch->holds)
        return;
    map_del(&ch->hub->channels, hub_key(&ch->device));
    due_clear(&ch->hub->dues, &ch->linger);
    relay_packet_unref(ch->newest);
    relay_packet_unref(ch->spare);
    mem_free(ch);
}

void channel_hold(struct channel *ch)
{
    ch->holds++;
}

void channel_unhold(struct channel *ch)
{
    ch->holds--;
    channel_release(ch);
}

/* ---- frames ---- */

static void recycle(struct channel *ch, struct relay_packet *old)
{
    if (!old)
        return;
    if (!ch->camera || ch->spare || !packet_sole(old)) {
        relay_packet_unref(old);
        return;
    }
    packet_drop_text(old);
    ch->spare = old;
}

void channel_publish(struct channel *ch, struct relay_packet *p)
{
    struct relay_packet *old = ch->newest;
    p->seq = ++ch->seq;
    ch->newest = p;
    for (struct viewer *v = ch->viewers; v; v = v->next)
        viewer_offer(v, p);
    stream_offer_all(ch);
    if (ch->viewers || ch->streams)
        figures_measure(&ch->hub->stats.latency, hub_now_us(ch->hub) - p->received_mono_us);
    snapshot_finish_all(ch, ERR_OK);
    recycle(ch, old);
}

void channel_tell_first(struct channel *ch, uint64_t epoch, int64_t *next_us)
{
    struct hub *h = ch->hub;
    int64_t now = hub_now_us(h);
    if (now < *next_us)
        return;
    *next_us = now + TELL_AGAIN_US;
    h->hooks.camera_first_frame(h->hooks.arg, &ch->device, epoch);
}

bool channel_fresh(const struct channel *ch, int64_t max_age_us)
{
    return ch->newest && hub_now_us(ch->hub) - ch->newest->received_mono_us <= max_age_us;
}

/* ---- what the camera is told ---- */

enum { DEFAULT_FPS = 15 };

/* The highest rate anybody wants, 0 when nobody wants any. */
static double wanted_fps(const struct channel *ch)
{
    double most = stream_fps(ch, DEFAULT_FPS);
    if (ch->asks && most < DEFAULT_FPS)
        most = DEFAULT_FPS;
    for (const struct viewer *v = ch->viewers; v; v = v->next) {
        double fps = v->wish.max_fps > 0 ? v->wish.max_fps : DEFAULT_FPS;
        most = fps > most ? fps : most;
    }
    return most;
}

static void on_linger(void *arg)
{
    struct channel *ch = arg;
    if (!ch->camera || wanted_fps(ch) > 0)
        return;
    struct text t;
    ch->told_fps = 0;
    text_begin(&t, "stop");
    text_say(&t, ch->camera);
    relay_packet_unref(ch->spare);
    ch->spare = NULL;
}

void channel_needs_changed(struct channel *ch)
{
    double fps = wanted_fps(ch);
    if (!ch->camera) {
        due_clear(&ch->hub->dues, &ch->linger);
    } else if (fps > 0) {
        due_clear(&ch->hub->dues, &ch->linger);
        if (fps == ch->told_fps)
            return;
        struct text t;
        ch->told_fps = fps;
        text_begin(&t, "start");
        json_out_double(&t.out, "fps", fps);
        text_say(&t, ch->camera);
    } else if (ch->told_fps > 0 && !ch->linger.set) {
        due_set(&ch->hub->dues, &ch->linger,
                hub_now_us(ch->hub) + (int64_t)ch->hub->config.stop_linger_ms * 1000);
    }
}

/* ---- what the viewers are told ---- */

void channel_tell_viewers(struct channel *ch, struct text *t)
{
    for (struct viewer *v = ch->viewers; v; v = v->next)
        text_send(t, v->conn);
}

enum err channel_pass_on(struct channel *ch, struct json *doc)
{
    struct text t;
    enum err e = json_set_string(doc, "device_id", span_of(ch->device.s));
    if (e)
        return e;
    text_of(&t, doc);
    channel_tell_viewers(ch, &t);
    text_free(&t);
    return ERR_OK;
}

void channel_count_changed(struct channel *ch)
{
    struct text t;
    /* first those who are asked, then those who would ask them */
    ch->hub->hooks.viewers_changed(ch->hub->hooks.arg, &ch->device, ch->n_viewers + ch->n_streams);
    text_begin(&t, "client_count");
    json_out_string(&t.out, "device_id", ch->device.s);
    json_out_int(&t.out, "count", ch->n_viewers + ch->n_streams);
    text_done(&t);
    channel_tell_viewers(ch, &t);
    text_free(&t);
}

void channel_online_changed(struct channel *ch)
{
    struct text t;
    text_begin(&t, "camera");
    json_out_string(&t.out, "device_id", ch->device.s);
    json_out_bool(&t.out, "online", channel_online(ch));
    text_done(&t);
    channel_tell_viewers(ch, &t);
    text_free(&t);
    stream_online_changed(ch);
}
