#include "relay/dialect.h"

#include "core/mem.h"
#include "relay/channel.h"
#include "relay/register.h"
#include "relay/text.h"
#include "relay/viewer.h"

enum { AGAIN_US = 1000000, MAX_AGE_US = 1000000 };

static const char not_connected[] = "Camera not connected";

struct dialect {
    struct relay_target target;
    struct due tick;      /* WS_STREAM: once a second */
    uint64_t asked_epoch; /* of the hub when the user had no camera online; 0 = has to be asked again */
};

static void on_tick(void *arg);

enum err dialect_speak(struct conn *c, const struct relay_target *target)
{
    struct dialect *d = mem_zalloc(sizeof *d);
    if (!d)
        return ERR_NO_MEMORY;
    d->target = *target;
    due_init(&d->tick, on_tick, c);
    c->dialect = d;
    return ERR_OK;
}

void dialect_end(struct conn *c)
{
    if (!c->dialect)
        return;
    due_clear(&c->hub->dues, &c->dialect->tick);
    mem_free(c->dialect);
    c->dialect = NULL;
}

static void ask(struct conn *c)
{
    const struct relay_hooks *hooks = &c->hub->hooks;
    struct dialect *d = c->dialect;
    const struct id *device = d->target.named ? &d->target.device : &c->grant.device_id;
    d->asked_epoch = c->hub->epoch;
    if (!id_is_none(device))
        hooks->authorize(hooks->ask_arg, conn_ask(c, ASK_WATCH, device, NULL), &c->grant, device);
    else if (d->target.named)
        dialect_answer(c, ERR_NOT_FOUND, NULL);
    else
        hooks->find_online(hooks->ask_arg, conn_ask(c, ASK_ONLINE, NULL, NULL), &c->grant);
}

static struct viewer *watch(struct conn *c, const struct id *device, enum viewer_framing framing)
{
    const struct viewer_wish wish = {
        .framing = framing, .max_fps = c->dialect->target.fps, .max_age_us = MAX_AGE_US};
    struct viewer *v = viewer_begin(c, device, &wish);
    if (!v)
        conn_close(c, CONN_CLOSE_INTERNAL);
    return v;
}

/* ---- data URLs ---- */

static void close_saying(struct conn *c, enum conn_close code, const char *reason)
{
    c->close_reason = reason;
    conn_close(c, code);
}

/* Says that there is no picture to come, as long as that is so. It never waits for the socket: it is said
 * again. */
static void tell_connected(struct conn *c)
{
    uint8_t text[TRANSPORT_ROOM + sizeof not_connected - 1];
    bool online = c->viewers && channel_online(c->viewers->channel);
    memcpy(text + TRANSPORT_ROOM, not_connected, sizeof not_connected - 1);
    if (!online && conn_idle(c))
        conn_send(c, text + TRANSPORT_ROOM, sizeof not_connected - 1);
    due_set(&c->hub->dues, &c->dialect->tick, hub_now_us(c->hub) + AGAIN_US);
}

static void on_tick(void *arg)
{
    struct conn *c = arg;
    if (c->closing)
        return;
    /* a camera of somebody's has come since, or the service could not tell */
    if (!c->viewers && !c->question.kind && c->dialect->asked_epoch != c->hub->epoch)
        ask(c);
    tell_connected(c);
}

static void stream_answer(struct conn *c, enum err err, const struct id *device)
{
    struct viewer *v;
    switch ((int)err) {
    case ERR_OK:
        v = watch(c, device, VIEWER_TEXT);
        if (v)
            viewer_start(v);
        break;
    case ERR_INVALID:
        close_saying(c, CONN_CLOSE_BAD_MESSAGE, "Several cameras are online: name one by device_id.");
        return;
    case ERR_NOT_FOUND:
        close_saying(c, CONN_CLOSE_NO_DEVICE, "There is no such device for you.");
        return;
    case ERR_FORBIDDEN:
        conn_close(c, CONN_CLOSE_FORBIDDEN);
        return;
    case ERR_CAMERA_OFFLINE:
        break;
    default: /* the service could not tell */
        c->dialect->asked_epoch = 0;
    }
    if (!c->closing)
        tell_connected(c);
}

/* ---- go2rtc ---- */

/* error NULL: just the type. */
static void say(struct conn *c, const char *type, struct span about, const char *error)
{
    struct text t;
    struct buf value;
    buf_init(&value, CONN_TEXT_MAX);
    text_begin(&t, type);
    if (error) {
        buf_put(&value, about.p, about.len);
        buf_printf(&value, ": %s", error);
        json_out_span(&t.out, "value", buf_span(&value));
    }
    text_done(&t);
    if (buf_err(&value) || buf_err(&t.buf))
        conn_close(c, CONN_CLOSE_TOO_LARGE);
    else
        conn_send(c, (uint8_t *)t.buf.data + TRANSPORT_ROOM, t.buf.len - TRANSPORT_ROOM);
    text_free(&t);
    buf_fini(&value);
}

static void go2rtc_receive(struct conn *c, struct span text)
{
    struct json *doc = NULL;
    enum err e = json_parse(text, &doc);
    struct span type = e ? (struct span){0} : json_get_string(doc, "type");
    if (e == ERR_NO_MEMORY)
        conn_close(c, CONN_CLOSE_INTERNAL);
    else if (e || !json_is_obj(doc) || !type.p)
        conn_close(c, CONN_CLOSE_BAD_MESSAGE);
    else if (!span_is(type, "mjpeg"))
        say(c, "error", type, "unknown type");
    else if (c->viewers)
        say(c, "mjpeg", type, NULL);
    else
        ask(c);
    json_free(doc);
}

static void go2rtc_answer(struct conn *c, enum err err, const struct id *device)
{
    const struct span mjpeg = SPAN_LIT("mjpeg");
    struct viewer *v;
    if (err == ERR_NOT_FOUND) {
        say(c, "error", mjpeg, "stream not found");
    } else if (err) {
        say(c, "error", mjpeg, err == ERR_FORBIDDEN ? "forbidden" : "try again");
    } else if ((v = watch(c, device, VIEWER_RAW))) {
        say(c, "mjpeg", mjpeg, NULL);
        viewer_start(v);
    }
}

/* ---- both ---- */

void dialect_granted(struct conn *c)
{
    if (c->dialect->target.dialect == RELAY_WS_STREAM)
        ask(c);
}

void dialect_receive(struct conn *c, struct span text)
{
    if (c->dialect->target.dialect == RELAY_GO2RTC)
        go2rtc_receive(c, text);
    else if (c->grant.role == RELAY_NOBODY)
        register_token(c, text);
}

void dialect_answer(struct conn *c, enum err err, const struct id *device)
{
    if (c->dialect->target.dialect == RELAY_GO2RTC)
        go2rtc_answer(c, err, device);
    else
        stream_answer(c, err, device);
}
