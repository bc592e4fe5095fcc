#include "relay/stream.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/log.h"
#include "core/mem.h"
#include "relay/pace.h"
#include "relay/packet.h"
#include "relay/socket.h"

enum {
    FRESH_US = 2000000,      /* a kept frame this young is shown at once */
    LOSS_US = 65000000,      /* a camera may be lost for 60 s, and needs a moment to start again */
    STUCK_US = 30000000,     /* the peer takes nothing at all of a frame */
    EXTRA_BYTES = 64 * 1024, /* what a client may send after its request */
    PIECES = 4,
};

struct stream {
    struct hub *hub;
    struct channel *channel;
    struct stream *next, *prev; /* in the channel */
    struct stream *next_of_hub, *prev_of_hub;
    struct ready *ready;
    int fd;
    struct relay_grant grant;
    void *place;
    char address[46];
    bool pending; /* the ONE slot: a frame newer than the last begun waits */
    double fps;
    struct pace pace;
    int64_t opened_us;
    int64_t lost_us;  /* since when the camera is away, 0 = it is there */
    int64_t moved_us; /* when the peer last took something */
    size_t extra;
    uint64_t frames, bytes;
    struct due due;
    char *answer; /* the head of the HTTP answer, until it is out */
    size_t answer_len;
    struct relay_packet *sending; /* held until the peer has all of it */
    size_t sent, head_len;
    char head[128]; /* of the part */
};

/* A boundary follows each frame at once, so that a client need not wait for the next to know the end. */
static const char part_head[] = "Content-Type: image/jpeg\r\nContent-Length: %zu\r\n"
                                "X-Timestamp: %lld.%06lld\r\n\r\n";
static char first_boundary[] = "--" RELAY_BOUNDARY "\r\n", boundary[] = "\r\n--" RELAY_BOUNDARY "\r\n";

/* ---- the end ---- */

static void leave(struct stream *s)
{
    struct channel *ch = s->channel;
    *(s->prev ? &s->prev->next : &ch->streams) = s->next;
    if (s->next)
        s->next->prev = s->prev;
    ch->n_streams--;
    figures_add(&s->hub->stats.streams, -1);
    channel_needs_changed(ch);
    channel_count_changed(ch);
    channel_release(ch);
}

static void end(struct stream *s, const char *why)
{
    struct hub *h = s->hub;
    log_event(LOG_INFO, "relay.stream_ended",
              "device=%s reason=%s seconds=%.3f frames=%llu bytes=%llu address=%s", s->channel->device.s, why,
              (double)(hub_now_us(h) - s->opened_us) / 1e6, (unsigned long long)s->frames,
              (unsigned long long)s->bytes, s->address);
    leave(s);
    *(s->prev_of_hub ? &s->prev_of_hub->next_of_hub : &h->streams) = s->next_of_hub;
    if (s->next_of_hub)
        s->next_of_hub->prev_of_hub = s->prev_of_hub;
    due_clear(&h->dues, &s->due);
    relay_packet_unref(s->sending);
    h->ready->end(s->ready);
    close(s->fd);
    void *place = s->place;
    mem_free(s->answer);
    mem_free(s);
    hub_socket_gone(h, place);
}

/* ---- the slot ---- */

/* What has to be looked at if nothing else happens until then. */
static void reckon(struct stream *s)
{
    int64_t now = hub_now_us(s->hub), at = INT64_MAX;
    if (s->lost_us && s->lost_us + LOSS_US < at)
        at = s->lost_us + LOSS_US;
    if (s->sending && s->moved_us + STUCK_US < at)
        at = s->moved_us + STUCK_US;
    if (s->pending && !s->sending && s->pace.next_us < at)
        at = s->pace.next_us;
    if (s->grant.expires_ms) {
        int64_t end = now + s->grant.expires_ms * 1000 - hub_wall_us(s->hub);
        at = end < at ? end : at;
    }
    if (at == INT64_MAX)
        due_clear(&s->hub->dues, &s->due);
    else
        due_set(&s->hub->dues, &s->due, at > now ? at : now + 1000);
}

/* Puts the head in front of the newest frame. */
static void take_newest(struct stream *s, int64_t now)
{
    struct relay_packet *p = s->channel->newest;
    s->head_len =
        (size_t)snprintf(s->head, sizeof s->head, part_head, p->len, (long long)(p->captured_us / 1000000),
                         (long long)(p->captured_us % 1000000));
    s->sent = 0;
    s->pending = false;
    s->moved_us = now;
    s->sending = relay_packet_ref(p);
    pace_went(&s->pace, now);
}

/* What of the pieces the peer does not have yet. */
static size_t left(struct stream *s, struct iovec iov[PIECES])
{
    const struct iovec all[PIECES] = {{s->answer, s->answer_len},
                                      {s->head, s->head_len},
                                      {packet_jpeg(s->sending), s->sending->len},
                                      {boundary, sizeof boundary - 1}};
    size_t skip = s->sent, n = 0;
    for (size_t i = 0; i < PIECES; i++) {
        if (skip >= all[i].iov_len) {
            skip -= all[i].iov_len;
            continue;
        }
        iov[n++] = (struct iovec){(char *)all[i].iov_base + skip, all[i].iov_len - skip};
        skip = 0;
    }
    return n;
}

static void sent_all(struct stream *s)
{
    struct figures *f = &s->hub->stats;
    figures_measure(&f->age, hub_now_us(s->hub) - s->sending->received_mono_us);
    figures_add(&f->frames_out, 1);
    figures_add(&f->bytes_out, (int64_t)s->sent);
    relay_packet_unref(s->sending);
    s->sending = NULL;
    s->frames++;
    mem_free(s->answer);
    s->answer = NULL;
    s->answer_len = 0;
}

/* Sends until the kernel takes no more. False: the peer is gone. */
static bool push(struct stream *s)
{
    struct iovec iov[PIECES];
    size_t n;
    while ((n = left(s, iov))) {
        struct msghdr m = {.msg_iov = iov, .msg_iovlen = n};
        ssize_t took = sendmsg(s->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (took < 0 && errno == EINTR)
            continue;
        if (took < 0)
            return errno == EAGAIN;
        s->sent += (size_t)took;
        s->bytes += (uint64_t)took;
        s->moved_us = hub_now_us(s->hub);
    }
    sent_all(s);
    return true;
}

/* Goes on with the frame under way, then with what is the newest by then. */
static void pump(struct stream *s)
{
    int64_t now = hub_now_us(s->hub);
    bool was_sending = s->sending != NULL, alive = true;
    if (s->sending)
        alive = push(s);
    if (alive && !s->sending && s->pending && pace_in_time(&s->pace, now)) {
        take_newest(s, now);
        alive = push(s);
    }
    if (!alive) {
        end(s, "gone");
        return;
    }
    if (was_sending || s->sending)
        s->hub->ready->want(s->ready, READY_READ | (s->sending ? READY_WRITE : 0));
    reckon(s);
}

void stream_offer_all(struct channel *ch)
{
    struct figures *f = &ch->hub->stats;
    for (struct stream *s = ch->streams, *next; s; s = next) {
        next = s->next;
        if (s->pending)
            figures_add(s->sending ? &f->dropped_newer : &f->dropped_paced, 1);
        s->pending = true;
        if (!s->sending)
            pump(s);
    }
}

/* ---- events ---- */

/* The client has nothing more to say: what comes is thrown away, within reason. */
static bool listen_on(struct stream *s)
{
    char scrap[4096];
    ssize_t n = recv(s->fd, scrap, sizeof scrap, MSG_DONTWAIT);
    s->extra += n > 0 ? (size_t)n : 0;
    return n > 0 ? s->extra <= EXTRA_BYTES : n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void on_ready(void *arg, int what)
{
    struct stream *s = arg;
    if ((what & READY_READ) && !listen_on(s))
        end(s, "gone");
    else if (what & READY_WRITE)
        pump(s);
}

static void on_due(void *arg)
{
    struct stream *s = arg;
    int64_t now = hub_now_us(s->hub);
    if (s->sending && now >= s->moved_us + STUCK_US) {
        figures_add(&s->hub->stats.closed_silent, 1);
        end(s, "does_not_read");
    } else if (s->lost_us && now >= s->lost_us + LOSS_US) {
        end(s, "camera_offline");
    } else if (s->grant.expires_ms && hub_wall_us(s->hub) >= s->grant.expires_ms * 1000) {
        end(s, "token_expired");
    } else {
        pump(s);
    }
}

void stream_online_changed(struct channel *ch)
{
    for (struct stream *s = ch->streams; s; s = s->next) {
        s->lost_us = channel_online(ch) ? 0 : hub_now_us(ch->hub);
        reckon(s);
    }
}

double stream_fps(const struct channel *ch, double fallback)
{
    double most = 0;
    for (const struct stream *s = ch->streams; s; s = s->next) {
        double fps = s->fps > 0 ? s->fps : fallback;
        most = fps > most ? fps : most;
    }
    return most;
}

/* ---- the beginning ---- */

static struct stream *make(struct hub *h, const struct relay_stream *r)
{
    struct stream *s = mem_zalloc(sizeof *s);
    if (!s)
        return NULL;
    *s = (struct stream){.hub = h,
                         .fd = r->fd,
                         .grant = r->grant,
                         .place = r->place,
                         .fps = r->fps,
                         .pace = pace_of(r->fps),
                         .opened_us = hub_now_us(h)};
    (void)span_copy(span_of(r->address), s->address, sizeof s->address);
    due_init(&s->due, on_due, s);
    s->answer_len = r->head.len + sizeof first_boundary - 1;
    s->answer = mem_alloc(s->answer_len);
    if (!s->answer || h->ready->begin(&s->ready, h->loop, s->fd, on_ready, s)) {
        mem_free(s->answer);
        mem_free(s);
        return NULL;
    }
    memcpy(s->answer, r->head.p, r->head.len);
    memcpy(s->answer + r->head.len, first_boundary, sizeof first_boundary - 1);
    return s;
}

static void join(struct stream *s, struct channel *ch)
{
    struct hub *h = s->hub;
    s->channel = ch;
    s->next = ch->streams;
    if (s->next)
        s->next->prev = s;
    ch->streams = s;
    ch->n_streams++;
    s->next_of_hub = h->streams;
    if (s->next_of_hub)
        s->next_of_hub->prev_of_hub = s;
    h->streams = s;
    figures_add(&h->stats.streams, 1);
    s->pending = channel_fresh(ch, FRESH_US);
    s->lost_us = channel_online(ch) ? 0 : s->opened_us;
    channel_needs_changed(ch);
    channel_count_changed(ch);
    pump(s);
}

void stream_begin(struct hub *h, const struct relay_stream *r)
{
    socket_tune(r->fd, true);
    bool late = h->draining || ended_since(&h->ended, &r->grant, &r->device);
    struct channel *ch = late ? NULL : channel_get(h, &r->device);
    struct stream *s = ch ? make(h, r) : NULL;
    if (s) {
        figures_add(&h->stats.sockets_accepted, 1);
        join(s, ch);
        return;
    }
    if (ch)
        channel_release(ch);
    close(r->fd);
    figures_add(&h->stats.sockets_refused, 1);
    hub_socket_gone(h, r->place);
}

/* ---- rights that end ---- */

void stream_ended(struct hub *h, const struct ended_entry *e)
{
    const char *why = e->what == ENDED_DEVICE  ? "removed"
                      : e->what == ENDED_RIGHT ? "forbidden"
                                               : "session_ended";
    for (struct stream *s = h->streams, *next; s; s = next) {
        next = s->next_of_hub;
        if (ended_concerns(e, &s->grant, &s->channel->device))
            end(s, why);
    }
}

void stream_end_all(struct hub *h)
{
    while (h->streams)
        end(h->streams, "restart");
}
