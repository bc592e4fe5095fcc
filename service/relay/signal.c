#include "relay/signal.h"

#include "core/mem.h"
#include "relay/channel.h"
#include "relay/text.h"
#include "relay/viewer.h"

struct peering {
    struct peering *next;
    struct id device;
    bool over; /* the last that passed was a bye */
};

static struct peering *peering_of(const struct conn *c, const struct id *device)
{
    struct peering *p = c->peerings;
    while (p && !id_eq(&p->device, device))
        p = p->next;
    return p;
}

static void forget(struct conn *c, const struct id *device)
{
    struct peering **at = &c->peerings;
    while (*at && !id_eq(&(*at)->device, device))
        at = &(*at)->next;
    struct peering *p = *at;
    if (!p)
        return;
    *at = p->next;
    c->n_peerings--;
    mem_free(p);
}

/* A bye ends nothing here: what crosses it, an answer to the next offer, still has to pass. */
static void note(struct conn *c, const struct id *device, const struct json *doc)
{
    struct peering *p = peering_of(c, device);
    if (p)
        p->over = span_is(json_get_string(doc, "type"), "bye");
}

static bool is_over(const struct conn *c, const struct id *device)
{
    const struct peering *p = peering_of(c, device);
    return p && p->over;
}

/* A device may answer whoever may see it: one that watches, or one whose message was let through. */
static bool may_hear(const struct conn *c, const struct id *device)
{
    const struct channel *ch = channel_find(c->hub, device);
    return peering_of(c, device) || (ch && viewer_of(c, ch));
}

static struct conn *camera_of(const struct hub *h, const struct id *device)
{
    struct channel *ch = channel_find(h, device);
    return ch ? ch->camera : NULL;
}

static void send_doc(struct conn *to, const struct json *doc)
{
    struct text t;
    text_of(&t, doc);
    text_send(&t, to);
    text_free(&t);
}

/* ---- user → device ---- */

static void forward(struct conn *c, const struct id *device, struct json *doc)
{
    struct conn *camera = camera_of(c->hub, device);
    if (!camera) {
        text_error(c, "camera_offline", doc, device);
        return;
    }
    enum err e = json_set_string(doc, "session", span_of(c->session));
    e = e ? e : json_set_string(doc, "user_id", span_of(c->grant.user_id.s));
    e = e ? e : json_set_string(doc, "device_id", span_of(device->s));
    if (e) {
        conn_close(c, CONN_CLOSE_INTERNAL);
        return;
    }
    send_doc(camera, doc);
    note(c, device, doc);
}

bool signal_from_user(struct conn *c, struct json *doc)
{
    struct id device;
    struct span target = json_get_string(doc, "target_uid");
    bool named =
        id_parse(json_get_string(doc, "device_id"), &device) || (target.p && id_parse(target, &device));
    const struct relay_hooks *hooks = &c->hub->hooks;
    if (!named && target.p && target.len && target.len <= CONN_ID_MAX) {
        hooks->find_device(hooks->ask_arg, conn_ask(c, ASK_FIND, NULL, doc), &c->grant, target);
        return true;
    }
    if (!named) {
        text_error(c, target.p || json_get_string(doc, "device_id").p ? "not_found" : "invalid", doc, NULL);
    } else if (peering_of(c, &device)) {
        forward(c, &device, doc);
    } else {
        hooks->authorize(hooks->ask_arg, conn_ask(c, ASK_SIGNAL, &device, doc), &c->grant, &device);
        return true;
    }
    return false;
}

/* Makes room for another peering. */
static void forget_one_over(struct conn *c)
{
    const struct peering *p = c->peerings;
    while (p && !p->over)
        p = p->next;
    if (p)
        forget(c, &p->device);
}

/* A device named by its label is asked for each time: there may be a peering with it. */
static enum err begin(struct conn *c, const struct id *device)
{
    if (peering_of(c, device))
        return ERR_OK;
    if (c->n_peerings >= CONN_DEVICES_MAX)
        forget_one_over(c);
    if (c->n_peerings >= CONN_DEVICES_MAX)
        return ERR_RATE_LIMITED;
    struct peering *p = mem_alloc(sizeof *p);
    if (!p)
        return ERR_NO_MEMORY;
    *p = (struct peering){.next = c->peerings, .device = *device};
    c->peerings = p;
    c->n_peerings++;
    return ERR_OK;
}

void signal_answer(struct conn *c, enum err err, const struct id *device, struct json *doc)
{
    err = err ? err : begin(c, device);
    if (err)
        text_refusal(c, err, doc, device);
    else
        forward(c, device, doc);
}

/* ---- device → user ---- */

static bool deliver(struct conn *device, struct conn *to, struct json *doc)
{
    const struct id *id = &device->grant.device_id;
    if (to->closing || !conn_is_user(to) || !may_hear(to, id))
        return false;
    enum err e = json_set_string(doc, "device_id", span_of(id->s));
    e = e ? e : json_set_string(doc, "session", span_of(to->session));
    if (!e && json_get(doc, "user_id"))
        e = json_set_string(doc, "user_id", span_of(to->grant.user_id.s));
    if (e) {
        conn_close(to, CONN_CLOSE_INTERNAL);
        return false;
    }
    send_doc(to, doc);
    note(to, id, doc);
    return true;
}

bool signal_from_device(struct conn *c, struct json *doc)
{
    struct span session = json_get_string(doc, "session");
    struct id user;
    bool sent = false;
    if (session.p) {
        struct conn *to = hub_session(c->hub, session);
        sent = to && deliver(c, to, doc);
    } else if (id_parse(json_get_string(doc, "user_id"), &user)) {
        /* the seed's envelope: all connections of that user that signal with the device */
        for (struct conn *to = c->hub->conns; to; to = to->next)
            if (conn_is_user(to) && id_eq(&to->grant.user_id, &user) && !is_over(to, &c->grant.device_id))
                sent |= deliver(c, to, doc);
    } else {
        text_error(c, "invalid", doc, NULL);
        return false;
    }
    if (!sent)
        text_error(c, "not_found", doc, NULL);
    return false;
}

/* ---- the end ---- */

static void bye(struct conn *to, const struct conn *user, const struct id *device, const char *reason)
{
    struct text t;
    text_begin(&t, "bye");
    json_out_string(&t.out, "device_id", device->s);
    json_out_string(&t.out, "session", user->session);
    json_out_string(&t.out, "user_id", user->grant.user_id.s);
    json_out_string(&t.out, "reason", reason);
    text_say(&t, to);
}

bool signal_end(struct conn *c, const struct id *device, const char *reason)
{
    const struct peering *p = peering_of(c, device);
    if (!p)
        return false;
    bool over = p->over;
    struct id gone = *device;
    struct conn *camera = camera_of(c->hub, &gone);
    forget(c, &gone);
    if (over)
        return false;
    if (camera)
        bye(camera, c, &gone, reason);
    bye(c, c, &gone, reason);
    return true;
}

void signal_end_all(struct conn *c)
{
    while (c->peerings)
        (void)signal_end(c, &c->peerings->device, "gone");
}
