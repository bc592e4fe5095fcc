#include "relay/camera.h"

#include <arpa/inet.h>
#include <string.h>

#include "core/log.h"
#include "core/mem.h"
#include "provisioning/jpeg.h"
#include "relay/channel.h"
#include "relay/command.h"
#include "relay/snapshot.h"
#include "relay/text.h"
#include "relay/viewer.h"

enum { TELEMETRY_MAX = 4096, CLOCK_OFF_MAX_US = 60 * 1000000 };

struct camera {
    struct channel *channel; /* NULL once replaced */
    uint64_t epoch;
    struct relay_camera_info info;
    enum relay_offline_reason why; /* what is told when it ends */
    bool headers;                  /* framing */
    int64_t tell_first_us;         /* as channel_tell_first wants it */
    struct relay_packet *in;       /* the frame coming in */
    size_t in_len;                 /* bytes of the message so far */
};

/* ---- comes and goes ---- */

bool camera_begin(struct conn *c, const struct json *doc)
{
    struct channel *ch = channel_get(c->hub, &c->grant.device_id);
    struct camera *k = ch ? mem_zalloc(sizeof *k) : NULL;
    if (!k) {
        if (ch)
            channel_release(ch);
        return false;
    }
    struct conn *old = ch->camera;
    bool was_online = channel_online(ch);
    k->channel = ch;
    k->epoch = ++c->hub->epoch;
    k->why = RELAY_OFF_SILENT;
    (void)span_copy(span_of(c->address), k->info.address, sizeof k->info.address);
    c->camera = k;
    ch->camera = c;
    ch->told_fps = 0;
    push_replaced(ch);
    figures_add(&c->hub->stats.devices, 1);
    if (old) {
        old->camera->channel = NULL;              /* its end says nothing any more */
        command_fail_all(ch, ERR_CAMERA_OFFLINE); /* the new one never heard of them */
        conn_close(old, CONN_CLOSE_REPLACED);
    }
    if (doc)
        (void)camera_describe(c, doc, NULL); /* was checked before the credential was */
    camera_announce(c);
    if (!was_online)
        channel_online_changed(ch);
    return true;
}

void camera_announce(struct conn *c)
{
    struct hub *h = c->hub;
    h->hooks.camera_online(h->hooks.arg, &c->camera->channel->device, c->camera->epoch, &c->camera->info);
}

struct description {
    struct span framing, firmware, local_ip; /* p == NULL when unsaid */
};

static bool is_address(struct span text)
{
    char copy[46];
    unsigned char parsed[16];
    return span_copy(text, copy, sizeof copy) &&
           (inet_pton(AF_INET, copy, parsed) == 1 || inet_pton(AF_INET6, copy, parsed) == 1);
}

static bool read_description(const struct json *doc, struct description *d)
{
    *d = (struct description){0};
    const struct json_field fields[] = {
        {.name = "framing", .kind = JSON_KIND_STRING, .optional = true, .max = 16, .out = &d->framing},
        {.name = "firmware",
         .kind = JSON_KIND_STRING,
         .optional = true,
         .max = 64,
         .allow_empty = true,
         .out = &d->firmware},
        {.name = "local_ip",
         .kind = JSON_KIND_STRING,
         .optional = true,
         .max = 45,
         .allow_empty = true,
         .out = &d->local_ip},
    };
    if (json_read(doc, fields, sizeof fields / sizeof *fields, NULL, 0))
        return false;
    if (d->local_ip.len && !is_address(d->local_ip))
        return false;
    return !d->framing.p || span_is(d->framing, "header") || span_is(d->framing, "raw");
}

bool camera_description_ok(const struct json *doc)
{
    struct description d;
    return read_description(doc, &d);
}

bool camera_describe(struct conn *c, const struct json *doc, bool *changed)
{
    struct camera *k = c->camera;
    const struct relay_camera_info before = k->info;
    struct description d;
    if (!read_description(doc, &d))
        return false;
    if (d.framing.p)
        k->headers = span_is(d.framing, "header");
    if (d.firmware.p)
        (void)span_copy(d.firmware, k->info.firmware, sizeof k->info.firmware);
    if (d.local_ip.p)
        (void)span_copy(d.local_ip, k->info.local_ip, sizeof k->info.local_ip);
    if (changed)
        *changed =
            strcmp(before.firmware, k->info.firmware) != 0 || strcmp(before.local_ip, k->info.local_ip) != 0;
    return true;
}

void camera_close(struct conn *c, enum conn_close code, enum relay_offline_reason why)
{
    c->camera->why = why;
    conn_close(c, code);
}

void camera_end(struct conn *c)
{
    struct camera *k = c->camera;
    if (!k)
        return;
    struct channel *ch = k->channel;
    struct hub *h = c->hub;
    c->camera = NULL;
    figures_add(&h->stats.devices, -1);
    if (ch) {
        channel_hold(ch);
        ch->camera = NULL;
        snapshot_finish_all(ch, ERR_CAMERA_OFFLINE);
        command_fail_all(ch, ERR_CAMERA_OFFLINE);
        /* first those who are asked, then those who would ask them */
        h->hooks.camera_offline(h->hooks.arg, &ch->device, k->epoch, k->why);
        channel_online_changed(ch);
        channel_needs_changed(ch);
        channel_unhold(ch);
    }
    relay_packet_unref(k->in);
    mem_free(k);
}

/* ---- frames ---- */

static size_t head_bytes(const struct camera *k)
{
    return k->headers ? PROV_FRAME_HEADER : 0;
}

/* Where the message goes: a header lands where the relay's own will be, so the JPEG is always at its place.
 */
static uint8_t *landing(struct camera *k)
{
    return k->headers ? packet_header(k->in) : packet_jpeg(k->in);
}

/* Room for a message of len bytes. An unfragmented one names its length at once. */
static enum err make_room(struct camera *k, size_t len, size_t max)
{
    size_t head = head_bytes(k), jpeg = len > head ? len - head : 0;
    if (!k->in) {
        k->in = k->channel->spare;
        k->channel->spare = NULL;
    }
    if (!k->in)
        return packet_create(&k->in, jpeg);
    if (k->in->cap >= jpeg)
        return ERR_OK;
    size_t ample = k->in_len ? 2 * jpeg : jpeg + jpeg / 8;
    return packet_grow(&k->in, ample < max ? ample : jpeg);
}

static void stamp(struct camera *k, struct hub *h)
{
    struct relay_packet *p = k->in;
    struct prov_frame f;
    p->received_us = hub_wall_us(h);
    p->received_mono_us = hub_now_us(h);
    p->captured_us = p->received_us;
    if (!k->headers || prov_frame_decode(packet_header(p), PROV_FRAME_HEADER, &f) || f.captured_us == 0)
        return;
    uint64_t now = (uint64_t)p->received_us;
    uint64_t off = f.captured_us > now ? f.captured_us - now : now - f.captured_us;
    if (off <= CLOCK_OFF_MAX_US)
        p->captured_us = (int64_t)f.captured_us;
}

static bool good_frame(struct camera *k)
{
    size_t head = head_bytes(k);
    struct prov_frame f;
    if (k->in_len <= head || (head && prov_frame_decode(packet_header(k->in), head, &f)))
        return false;
    k->in->len = k->in_len - head;
    return prov_jpeg_check(packet_jpeg(k->in), k->in->len, &k->in->width, &k->in->height) == PROV_OK;
}

void camera_first_frame_kept(struct hub *h, const struct id *device, uint64_t epoch)
{
    const struct channel *ch = channel_find(h, device);
    if (ch && ch->camera && ch->camera->camera->epoch == epoch)
        ch->camera->camera->tell_first_us = INT64_MAX;
}

static void complete(struct conn *c)
{
    struct camera *k = c->camera;
    struct hub *h = c->hub;
    if (!good_frame(k)) {
        figures_add(&h->stats.dropped_bad, 1);
        text_error(c, "bad_frame", NULL, NULL);
        return;
    }
    stamp(k, h);
    figures_add(&h->stats.frames_in, 1);
    struct relay_packet *p = k->in;
    k->in = NULL;
    channel_publish(k->channel, p);
    channel_tell_first(k->channel, k->epoch, &k->tell_first_us);
}

void camera_receive(struct conn *c, const struct transport_chunk *chunk)
{
    struct camera *k = c->camera;
    size_t max = c->hub->config.max_frame_bytes + PROV_FRAME_HEADER;
    if (chunk->first)
        k->in_len = 0;
    if (chunk->len > max - k->in_len || chunk->remaining > max - k->in_len - chunk->len) {
        conn_close(c, CONN_CLOSE_TOO_LARGE);
        return;
    }
    if (make_room(k, k->in_len + chunk->len + chunk->remaining, max)) {
        conn_close(c, CONN_CLOSE_INTERNAL);
        return;
    }
    if (chunk->len)
        memcpy(landing(k) + k->in_len, chunk->data, chunk->len);
    k->in_len += chunk->len;
    figures_add(&c->hub->stats.bytes_in, (int64_t)chunk->len);
    if (chunk->last)
        complete(c);
}

/* ---- messages ---- */

/* Passes a flat message of the device on to its viewers, under its own type. */
static void pass_on(struct conn *c, struct json *doc)
{
    if (channel_pass_on(c->camera->channel, doc))
        conn_close(c, CONN_CLOSE_INTERNAL);
}

bool camera_telemetry(struct conn *c, struct json *doc)
{
    struct hub *h = c->hub;
    struct buf b;
    json_del(doc, "type");
    json_del(doc, "device_id");
    buf_init(&b, TELEMETRY_MAX);
    json_dump(doc, &b);
    if (buf_err(&b)) {
        text_error(c, "too_large", doc, NULL);
    } else {
        h->hooks.telemetry(h->hooks.arg, &c->camera->channel->device, buf_span(&b));
        if (json_set_string(doc, "type", SPAN_LIT("telemetry")) == ERR_OK)
            pass_on(c, doc);
    }
    buf_fini(&b);
    return false;
}

bool camera_position(struct conn *c, struct json *doc)
{
    double x, y;
    const struct json_field fields[] = {
        {.name = "x", .kind = JSON_KIND_NUMBER, .out = &x},
        {.name = "y", .kind = JSON_KIND_NUMBER, .out = &y},
    };
    if (json_read(doc, fields, 2, NULL, 0))
        text_error(c, "invalid", doc, NULL);
    else
        pass_on(c, doc);
    return false;
}

bool camera_goodbye(struct conn *c, struct json *doc)
{
    camera_close(c, CONN_CLOSE_NORMAL, RELAY_OFF_GOODBYE);
    return false;
}
