#include "relay/letter.h"

#include <unistd.h>

#include "core/mem.h"
#include "relay/camera.h"
#include "relay/command.h"
#include "relay/conn.h"
#include "relay/dialect.h"
#include "relay/loop.h"
#include "relay/message.h"
#include "relay/push.h"
#include "relay/stream.h"

struct letter *letter_new(const struct letter *what, size_t tail_len)
{
    struct letter *l = mem_alloc(sizeof *l + tail_len);
    if (!l)
        return NULL;
    *l = *what;
    l->tail_len = tail_len;
    return l;
}

static void adopt(struct hub *h, struct letter *l)
{
    struct conn *c = NULL;
    if (h->draining || conn_create(&c, h, &l->grant, l->address)) {
        close(l->fd);
        figures_add(&h->stats.sockets_refused, 1);
        hub_socket_gone(h, l->place);
        return;
    }
    c->place = l->place;
    if (l->target.dialect != RELAY_WS && dialect_speak(c, &l->target)) {
        close(l->fd);
        figures_add(&h->stats.sockets_refused, 1);
        conn_free(c);
        return;
    }
    loop_adopt(h->loop, l->fd, c, &l->request_id);
}

void letter_open(struct hub *h, struct letter *l)
{
    switch (l->kind) {
    case LETTER_ADOPT:
        adopt(h, l);
        break;
    case LETTER_STREAM:
        stream_begin(h, &(struct relay_stream){.fd = l->fd,
                                               .head = {l->tail, l->tail_len},
                                               .address = l->address,
                                               .grant = l->grant,
                                               .device = l->device,
                                               .fps = l->fps,
                                               .place = l->place});
        break;
    case LETTER_FRAME:
        push_frame(h, &l->grant, l->address, l->packet);
        break;
    case LETTER_TELEMETRY:
        push_telemetry(h, &l->device, (struct span){l->tail, l->tail_len});
        break;
    case LETTER_GRANT:
        message_answer_grant(h, l->ref, l->err, &l->grant);
        break;
    case LETTER_WATCH:
        message_answer_watch(h, l->ref, l->err);
        break;
    case LETTER_DEVICE:
        message_answer_device(h, l->ref, l->err, &l->device);
        break;
    case LETTER_FIRST_FRAME:
        camera_first_frame_kept(h, &l->device, l->epoch);
        push_first_frame_kept(h, &l->device, l->epoch);
        break;
    case LETTER_ENDED:
        hub_ended(h, &l->ended);
        break;
    case LETTER_SNAPSHOT:
        snapshot_take(h, &l->snapshot);
        break;
    case LETTER_COMMAND:
        l->command.name.p = l->tail;
        l->command.args.p = l->tail + l->command.name.len;
        command_send(h, &l->command);
        break;
    case LETTER_DRAIN:
        hub_drain(h, l->spread_ms);
        break;
    }
    mem_free(l);
}
