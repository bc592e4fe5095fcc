#include "relay/message.h"

#include "relay/camera.h"
#include "relay/command.h"
#include "relay/dialect.h"
#include "relay/register.h"
#include "relay/signal.h"
#include "relay/text.h"
#include "relay/viewer.h"

static bool on_ping(struct conn *c, struct json *doc)
{
    int64_t received_us = hub_wall_us(c->hub);
    struct text t;
    text_begin(&t, "pong");
    text_id(&t, doc);
    json_out_int(&t.out, "received_us", received_us);
    json_out_int(&t.out, "sent_us", hub_wall_us(c->hub));
    text_say(&t, c);
    return false;
}

enum { USER = 1, DEVICE = 2 };

/* Handlers return true when they took the document. */
static const struct rule {
    const char *type;
    int who;
    bool (*handle)(struct conn *c, struct json *doc);
} rules[] = {
    {"register", USER | DEVICE, register_message},
    {"auth", USER, register_auth},
    {"watch", USER, viewer_watch},
    {"unwatch", USER, viewer_unwatch},
    {"ping", USER | DEVICE, on_ping},
    {"command", USER, command_from_user},
    {"ack", DEVICE, command_ack},
    {"offer", USER, signal_from_user},
    {"answer", USER, signal_from_user},
    {"candidate", USER, signal_from_user},
    {"bye", USER, signal_from_user},
    {"offer", DEVICE, signal_from_device},
    {"answer", DEVICE, signal_from_device},
    {"candidate", DEVICE, signal_from_device},
    {"bye", DEVICE, signal_from_device},
    {"telemetry", DEVICE, camera_telemetry},
    {"position_update", DEVICE, camera_position},
    {"goodbye", DEVICE, camera_goodbye},
};

static bool dispatch(struct conn *c, struct span type, struct json *doc)
{
    int who = conn_is_user(c) ? USER : DEVICE;
    if (who == USER && json_get_string(doc, "target_uid").p) /* the seed's envelopes carry any type */
        return signal_from_user(c, doc);
    if (who == DEVICE && span_is(json_get_string(doc, "to"), "user"))
        return signal_from_device(c, doc);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if ((rules[i].who & who) && span_is(type, rules[i].type))
            return rules[i].handle(c, doc);
    text_error(c, "unknown_type", doc, NULL);
    return false;
}

void message_receive(struct conn *c, struct span text)
{
    struct json *doc = NULL;
    if (c->dialect) {
        dialect_receive(c, text);
        return;
    }
    enum err e = json_parse(text, &doc);
    struct span type = e ? (struct span){0} : json_get_string(doc, "type");
    bool taken = false;
    if (e == ERR_NO_MEMORY) {
        conn_close(c, CONN_CLOSE_INTERNAL);
    } else if (e || !json_is_obj(doc) || !type.p) {
        conn_close(c, CONN_CLOSE_BAD_MESSAGE);
    } else if (c->grant.role != RELAY_NOBODY) {
        taken = dispatch(c, type, doc);
    } else if (span_is(type, "register")) {
        taken = register_message(c, doc);
    } else {
        text_error(c, "unauthenticated", doc, NULL);
        conn_close(c, CONN_CLOSE_CREDENTIAL);
    }
    c->spoke = true;
    if (!taken)
        json_free(doc);
}

/* ---- answers ---- */

/* The connection that still waits for this very answer, or NULL. */
static struct conn *asker(struct hub *h, struct relay_ref ref)
{
    struct conn *c = hub_conn(h, ref.connection);
    if (!c || c->closing || c->question.kind == ASK_NOTHING || c->question.number != ref.question)
        return NULL;
    return c;
}

/* The right may be gone since the store was asked; who asks again hears for certain. */
static bool may_have_ended(const struct conn *c, const struct question *q, const struct id *device)
{
    struct relay_grant grant = c->grant;
    grant.judged_us = q->since_us;
    return ended_since(&c->hub->ended, &grant, device);
}

void message_answer_grant(struct hub *h, struct relay_ref ref, enum err err, const struct relay_grant *grant)
{
    struct conn *c = asker(h, ref);
    if (!c)
        return;
    struct question q = conn_answered(c);
    if (q.kind == ASK_REGISTER)
        register_answer(c, err, grant, q.doc);
    else if (q.kind == ASK_RENEW)
        register_renewed(c, err, grant, q.doc);
    json_free(q.doc);
}

void message_answer_watch(struct hub *h, struct relay_ref ref, enum err err)
{
    struct conn *c = asker(h, ref);
    if (!c)
        return;
    struct question q = conn_answered(c);
    if (!err && may_have_ended(c, &q, &q.device))
        err = ERR_BUSY;
    if (q.kind == ASK_WATCH && c->dialect)
        dialect_answer(c, err, &q.device);
    else if (q.kind == ASK_WATCH)
        viewer_answer(c, err, &q.device, q.doc);
    else if (q.kind == ASK_OPERATE)
        command_answer(c, err, &q.device, q.doc);
    else if (q.kind == ASK_SIGNAL)
        signal_answer(c, err, &q.device, q.doc);
    json_free(q.doc);
}

void message_answer_device(struct hub *h, struct relay_ref ref, enum err err, const struct id *device)
{
    struct conn *c = asker(h, ref);
    if (!c)
        return;
    struct question q = conn_answered(c);
    if (!err && may_have_ended(c, &q, device))
        err = ERR_BUSY;
    if (q.kind == ASK_FIND)
        signal_answer(c, err, err ? NULL : device, q.doc);
    else if (q.kind == ASK_ONLINE)
        dialect_answer(c, err, device);
    json_free(q.doc);
}
