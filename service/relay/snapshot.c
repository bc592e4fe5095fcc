#include "relay/snapshot.h"

#include "core/mem.h"

struct snapshot {
    struct snapshot *next;
    struct channel *channel;
    struct snapshot_request request;
    struct due due;
};

static void finish(struct snapshot *s, enum err err)
{
    struct channel *ch = s->channel;
    struct snapshot **at = &ch->asks;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    ch->hub->asks--;
    due_clear(&ch->hub->dues, &s->due);
    s->request.done(s->request.arg, err, err ? NULL : ch->newest);
    mem_free(s);
}

static void on_late(void *arg)
{
    struct snapshot *s = arg;
    struct channel *ch = s->channel;
    finish(s, ERR_CAMERA_TIMEOUT);
    channel_needs_changed(ch);
    channel_release(ch);
}

void snapshot_take(struct hub *h, const struct snapshot_request *r)
{
    struct channel *ch = channel_find(h, &r->device);
    if (ch && channel_fresh(ch, (int64_t)r->max_age_ms * 1000)) {
        r->done(r->arg, ERR_OK, ch->newest);
        return;
    }
    if (!ch || !channel_online(ch)) {
        r->done(r->arg, ERR_CAMERA_OFFLINE, NULL);
        return;
    }
    struct snapshot *s = h->asks < SNAPSHOT_ASKS_MAX ? mem_alloc(sizeof *s) : NULL;
    if (!s) {
        r->done(r->arg, ERR_BUSY, NULL);
        return;
    }
    *s = (struct snapshot){.next = ch->asks, .channel = ch, .request = *r};
    due_init(&s->due, on_late, s);
    due_set(&h->dues, &s->due, hub_now_us(h) + (int64_t)r->wait_ms * 1000);
    ch->asks = s;
    h->asks++;
    channel_needs_changed(ch);
}

void snapshot_finish_all(struct channel *ch, enum err err)
{
    if (!ch->asks)
        return;
    while (ch->asks)
        finish(ch->asks, err);
    channel_needs_changed(ch);
}
