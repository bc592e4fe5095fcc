#include "relay/viewer.h"

#include "core/mem.h"
#include "relay/channel.h"
#include "relay/text.h"

/* ---- the slot ---- */

/* The frame as this viewer wants it; NULL without memory. */
static uint8_t *framed(const struct viewer *v, struct relay_packet *p, size_t *len)
{
    struct prov_frame f = {.channel = v->number,
                           .seq = p->seq,
                           .captured_us = (uint64_t)p->captured_us,
                           .received_us = (uint64_t)p->received_us};
    *len = p->len;
    switch (v->wish.framing) {
    case VIEWER_TEXT:
        return packet_text(p, len);
    case VIEWER_RAW:
        return packet_jpeg(p);
    case VIEWER_HEADER:
        break;
    }
    *len += PROV_FRAME_HEADER;
    prov_frame_encode(&f, packet_header(p));
    return packet_header(p);
}

static void write_now(struct viewer *v, struct relay_packet *p, int64_t now)
{
    struct hub *h = v->conn->hub;
    enum transport_kind kind = v->wish.framing == VIEWER_TEXT ? TRANSPORT_TEXT : TRANSPORT_BINARY;
    size_t len;
    uint8_t *data = framed(v, p, &len);
    v->pending = false;
    pace_went(&v->pace, now);
    if (!data || h->transport->write(v->conn->wire, kind, data, len)) {
        conn_close(v->conn, data ? CONN_CLOSE_SILENT : CONN_CLOSE_INTERNAL);
        return;
    }
    figures_measure(&h->stats.age, hub_now_us(h) - p->received_mono_us);
    figures_add(&h->stats.frames_out, 1);
    figures_add(&h->stats.bytes_out, (int64_t)len);
}

void viewer_offer(struct viewer *v, struct relay_packet *p)
{
    struct hub *h = v->conn->hub;
    if (v->conn->closing)
        return;
    if (v->pending)
        figures_add(v->due.set ? &h->stats.dropped_paced : &h->stats.dropped_newer, 1);
    int64_t now = p->received_mono_us;
    v->pending = true;
    if (!pace_in_time(&v->pace, now))
        due_set(&h->dues, &v->due, v->pace.next_us);
    else if (conn_idle(v->conn))
        write_now(v, p, now);
    else
        conn_want_write(v->conn);
}

/* Sends the newest frame if it may go; the socket has room. */
static void write_newest(struct viewer *v)
{
    struct hub *h = v->conn->hub;
    int64_t now = hub_now_us(h);
    if (!v->pending || !pace_in_time(&v->pace, now))
        return;
    if (channel_fresh(v->channel, v->wish.max_age_us)) {
        write_now(v, v->channel->newest, now);
    } else {
        v->pending = false;
        figures_add(&h->stats.dropped_old, 1);
    }
}

static void on_pace(void *arg)
{
    struct viewer *v = arg;
    if (!v->pending || v->conn->closing)
        return;
    if (conn_idle(v->conn))
        write_newest(v);
    else
        conn_want_write(v->conn);
}

bool viewer_write_waiting(struct conn *c)
{
    const struct transport *t = c->hub->transport;
    unsigned n = c->n_viewers;
    for (unsigned i = 0; i < n && c->viewers && !c->closing && !t->busy(c->wire); i++) {
        struct viewer *v = c->viewers;
        write_newest(v);
        if (n > 1) { /* to the end of the row */
            struct viewer *last = v;
            while (last->next_of_conn)
                last = last->next_of_conn;
            c->viewers = v->next_of_conn;
            last->next_of_conn = v;
            v->next_of_conn = NULL;
        }
    }
    int64_t now = hub_now_us(c->hub);
    for (const struct viewer *v = c->viewers; v; v = v->next_of_conn)
        if (v->pending && pace_in_time(&v->pace, now))
            return true;
    return false;
}

/* ---- a watch begins, changes, ends ---- */

/* device stays none when the message names what can be no device. */
static bool read_watch(const struct json *doc, struct viewer_wish *w, struct id *device)
{
    struct span device_id, framing = {0};
    int64_t max_width, max_age_ms = 1000;
    bool paced = false;
    *w = (struct viewer_wish){.framing = VIEWER_HEADER};
    *device = (struct id){0};
    const struct json_field fields[] = {
        {.name = "device_id", .kind = JSON_KIND_STRING, .max = 64, .out = &device_id},
        {.name = "max_fps",
         .kind = JSON_KIND_NUMBER,
         .optional = true,
         .max = 240,
         .out = &w->max_fps,
         .present = &paced},
        {.name = "max_width",
         .kind = JSON_KIND_INT,
         .optional = true,
         .min = 1,
         .max = 65535,
         .out = &max_width},
        {.name = "framing", .kind = JSON_KIND_STRING, .optional = true, .max = 16, .out = &framing},
        {.name = "max_age_ms",
         .kind = JSON_KIND_INT,
         .optional = true,
         .min = 1,
         .max = 3600000,
         .out = &max_age_ms},
    };
    if (json_read(doc, fields, sizeof fields / sizeof *fields, NULL, 0) || (paced && w->max_fps < 0.01))
        return false;
    w->max_age_us = max_age_ms * 1000;
    if (framing.p && span_is(framing, "raw"))
        w->framing = VIEWER_RAW;
    (void)id_parse(device_id, device);
    return !framing.p || w->framing == VIEWER_RAW || span_is(framing, "header");
}

static void apply(struct viewer *v, const struct viewer_wish *w)
{
    v->wish = *w;
    v->pace = pace_of(w->max_fps);
}

static void say_watching(const struct viewer *v, const struct json *doc)
{
    const struct channel *ch = v->channel;
    struct text t;
    text_begin(&t, "watching");
    text_id(&t, doc);
    json_out_string(&t.out, "device_id", ch->device.s);
    json_out_int(&t.out, "channel", v->number);
    json_out_bool(&t.out, "online", channel_online(ch));
    if (ch->newest) {
        json_out_int(&t.out, "width", ch->newest->width);
        json_out_int(&t.out, "height", ch->newest->height);
    }
    text_say(&t, v->conn);
}

/* A bare picture says nothing of where it is from: such a socket watches one device. */
static bool framing_fits(const struct conn *c, const struct viewer *same, enum viewer_framing framing)
{
    for (const struct viewer *v = c->viewers; v; v = v->next_of_conn)
        if (v != same && (v->wish.framing == VIEWER_RAW || framing == VIEWER_RAW))
            return false;
    return true;
}

bool viewer_watch(struct conn *c, struct json *doc)
{
    struct viewer_wish w;
    struct id device;
    if (!read_watch(doc, &w, &device)) {
        text_error(c, "invalid", doc, NULL);
        return false;
    }
    if (id_is_none(&device)) {
        text_error(c, "not_found", doc, NULL);
        return false;
    }
    struct channel *ch = channel_find(c->hub, &device);
    struct viewer *v = ch ? viewer_of(c, ch) : NULL;
    if (!framing_fits(c, v, w.framing)) {
        text_error(c, "conflict", doc, &device);
    } else if (v) {
        apply(v, &w);
        say_watching(v, doc);
        channel_needs_changed(ch);
    } else if (c->n_viewers >= CONN_DEVICES_MAX) {
        text_error(c, "rate_limited", doc, &device);
    } else {
        struct relay_ref ref = conn_ask(c, ASK_WATCH, &device, doc);
        c->hub->hooks.authorize(c->hub->hooks.ask_arg, ref, &c->grant, &device);
        return true;
    }
    return false;
}

struct viewer *viewer_begin(struct conn *c, const struct id *device, const struct viewer_wish *wish)
{
    struct channel *ch = channel_get(c->hub, device);
    struct viewer *v = ch ? mem_zalloc(sizeof *v) : NULL;
    if (!v) {
        if (ch)
            channel_release(ch);
        return NULL;
    }
    apply(v, wish);
    v->conn = c;
    v->channel = ch;
    v->number = ++c->last_channel;
    due_init(&v->due, on_pace, v);
    v->next = ch->viewers;
    if (v->next)
        v->next->prev = v;
    ch->viewers = v;
    ch->n_viewers++;
    v->next_of_conn = c->viewers;
    c->viewers = v;
    c->n_viewers++;
    figures_add(&c->hub->stats.watches, 1);
    return v;
}

void viewer_start(struct viewer *v)
{
    if (channel_fresh(v->channel, v->wish.max_age_us)) {
        v->pending = true;
        on_pace(v);
    }
    channel_needs_changed(v->channel);
    channel_count_changed(v->channel);
}

void viewer_answer(struct conn *c, enum err err, const struct id *device, struct json *doc)
{
    struct viewer_wish w;
    struct id asked;
    if (err) {
        text_refusal(c, err, doc, device);
        return;
    }
    struct viewer *v = read_watch(doc, &w, &asked) ? viewer_begin(c, device, &w) : NULL;
    if (!v) {
        conn_close(c, CONN_CLOSE_INTERNAL);
        return;
    }
    say_watching(v, doc);
    viewer_start(v);
}

struct viewer *viewer_of(const struct conn *c, const struct channel *ch)
{
    struct viewer *v = c->viewers;
    while (v && v->channel != ch)
        v = v->next_of_conn;
    return v;
}

void viewer_end(struct viewer *v)
{
    struct conn *c = v->conn;
    struct channel *ch = v->channel;
    struct viewer **at = &c->viewers;
    while (*at != v)
        at = &(*at)->next_of_conn;
    *at = v->next_of_conn;
    c->n_viewers--;
    if (v->prev)
        v->prev->next = v->next;
    else
        ch->viewers = v->next;
    if (v->next)
        v->next->prev = v->prev;
    ch->n_viewers--;
    due_clear(&c->hub->dues, &v->due);
    figures_add(&c->hub->stats.watches, -1);
    mem_free(v);
    channel_needs_changed(ch);
    channel_count_changed(ch);
    channel_release(ch);
}

void viewer_end_all(struct conn *c)
{
    while (c->viewers)
        viewer_end(c->viewers);
}

void viewer_expel(struct viewer *v, const char *code)
{
    struct conn *c = v->conn;
    bool removed = strcmp(code, "removed") == 0;
    text_error(c, code, NULL, &v->channel->device);
    if (v->wish.framing != VIEWER_HEADER)
        conn_close(c, removed ? CONN_CLOSE_REMOVED : CONN_CLOSE_FORBIDDEN);
    viewer_end(v);
}

bool viewer_unwatch(struct conn *c, struct json *doc)
{
    struct id device;
    if (!id_parse(json_get_string(doc, "device_id"), &device)) {
        text_error(c, "invalid", doc, NULL);
        return false;
    }
    struct channel *ch = channel_find(c->hub, &device);
    struct viewer *v = ch ? viewer_of(c, ch) : NULL;
    if (!v) {
        text_error(c, "not_found", doc, &device);
        return false;
    }
    viewer_end(v);
    struct text t;
    text_begin(&t, "unwatched");
    text_id(&t, doc);
    json_out_string(&t.out, "device_id", device.s);
    text_say(&t, c);
    return false;
}
