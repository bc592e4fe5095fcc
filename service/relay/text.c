#include "relay/text.h"

enum {
    TEXT_OUT_MAX = TRANSPORT_ROOM + CONN_TEXT_MAX + 1024
}; /* a peer's message and what is stamped on it */

static void room(struct text *t)
{
    static const char zeros[TRANSPORT_ROOM];
    buf_init(&t->buf, TEXT_OUT_MAX);
    buf_put(&t->buf, zeros, sizeof zeros);
    t->out = json_out_to(&t->buf);
}

void text_begin(struct text *t, const char *type)
{
    room(t);
    json_out_object(&t->out, NULL);
    json_out_string(&t->out, "type", type);
}

void text_id(struct text *t, const struct json *request)
{
    const struct json *id = request ? json_get(request, "id") : NULL;
    if (!id)
        return;
    struct buf b;
    buf_init(&b, CONN_ID_MAX);
    json_dump(id, &b);
    if (!buf_err(&b))
        json_out_raw(&t->out, "id", buf_span(&b));
    buf_fini(&b);
}

void text_of(struct text *t, const struct json *obj)
{
    room(t);
    json_dump(obj, &t->buf);
}

void text_done(struct text *t)
{
    json_out_end_object(&t->out);
}

void text_send(struct text *t, struct conn *c)
{
    if (c->dialect)
        return;
    if (buf_err(&t->buf))
        conn_close(c, CONN_CLOSE_INTERNAL);
    else
        conn_send(c, (uint8_t *)t->buf.data + TRANSPORT_ROOM, t->buf.len - TRANSPORT_ROOM);
}

void text_free(struct text *t)
{
    buf_fini(&t->buf);
}

void text_say(struct text *t, struct conn *c)
{
    text_done(t);
    text_send(t, c);
    text_free(t);
}

/* One sentence for people; the code is for programs. */
static const char *sentence(const char *code)
{
    static const struct {
        const char *code, *text;
    } all[] = {
        {"invalid", "A member of this message is missing or wrong."},
        {"not_found", "There is no such device for you."},
        {"forbidden", "You may not do this."},
        {"conflict", "This does not fit what the socket does already."},
        {"camera_offline", "The camera is not connected."},
        {"unauthenticated", "The credential is wrong or has expired."},
        {"rate_limited", "Too much or too many at once; try again later."},
        {"too_large", "The message is too large."},
        {"bad_frame", "The message is not a JPEG."},
        {"unknown_type", "This type of message is not known."},
        {"removed", "The device was removed."},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].code, code) == 0)
            return all[i].text;
    return "The request failed.";
}

void text_error(struct conn *c, const char *code, const struct json *request, const struct id *device)
{
    struct text t;
    text_begin(&t, "error");
    json_out_string(&t.out, "code", code);
    json_out_string(&t.out, "message", sentence(code));
    text_id(&t, request);
    if (device)
        json_out_string(&t.out, "device_id", device->s);
    text_say(&t, c);
}

static const char *code_of(enum err err)
{
    switch ((int)err) {
    case ERR_NOT_FOUND:
        return "not_found";
    case ERR_FORBIDDEN:
    case ERR_PAUSED:
        return "forbidden";
    case ERR_UNAUTHENTICATED:
    case ERR_TOKEN_STALE:
        return "unauthenticated";
    case ERR_CAMERA_OFFLINE:
        return "camera_offline";
    default: /* not the peer's fault: it may ask again */
        return "rate_limited";
    }
}

void text_refusal(struct conn *c, enum err err, const struct json *request, const struct id *device)
{
    text_error(c, code_of(err), request, device);
}
