#include "relay/wire.h"

#include <errno.h>
#include <libwebsockets.h>

#include "core/mem.h"
#include "relay/conn.h"
#include "relay/loop.h"
#include "relay/ws_frame.h"

enum {
    VALID_EVERY_US = 60000000, /* libwebsockets hears nothing and would hang up after 300 s */
    REASON_MAX = 123,          /* of a close (RFC 6455 §5.5) */
};

struct wire {
    struct hub *hub;
    struct conn *conn;
    struct lws *wsi;
    struct ready *ready;
    int fd; /* the library's */
    bool held;
    bool ending; /* what comes is thrown away */
    size_t discarded;
    int64_t valid_us;
    struct due again;
    uint8_t *kept; /* bytes that were read when it was held */
    size_t kept_len;
    struct ws_frame in;
};

/* ---- out ---- */

static enum err wire_write(void *wire, enum transport_kind kind, uint8_t *data, size_t len)
{
    static const enum lws_write_protocol kinds[] = {[TRANSPORT_TEXT] = LWS_WRITE_TEXT,
                                                    [TRANSPORT_BINARY] = LWS_WRITE_BINARY,
                                                    [TRANSPORT_PING] = LWS_WRITE_PING,
                                                    [TRANSPORT_PONG] = LWS_WRITE_PONG};
    const struct wire *w = wire;
    return lws_write(w->wsi, data, len, kinds[kind]) < 0 ? ERR_IO : ERR_OK;
}

static bool wire_busy(void *wire)
{
    const struct wire *w = wire;
    return lws_partial_buffered(w->wsi) != 0;
}

static void wire_want_write(void *wire)
{
    const struct wire *w = wire;
    (void)lws_callback_on_writable(w->wsi);
}

/* Said on the socket itself: libwebsockets, asked to close, would wait for an answer that it cannot hear. */
static void wire_close(void *wire, uint16_t code, const char *reason)
{
    const struct wire *w = wire;
    if (!w->ready)
        return;
    size_t len = reason ? strnlen(reason, REASON_MAX) : 0;
    uint8_t frame[4 + REASON_MAX] = {0x88, (uint8_t)(2 + len), (uint8_t)(code >> 8), (uint8_t)code};
    memcpy(frame + 4, reason ? reason : "", len);
    (void)send(w->fd, frame, 4 + len, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)shutdown(w->fd,
                   SHUT_WR); /* it may have closed without a word of ours, or in a way we cannot read */
}

static void wire_kill(void *wire)
{
    const struct wire *w = wire;
    lws_set_timeout(w->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    lws_cancel_service(lws_get_context(w->wsi)); /* lws looks at its timeouts only after it was woken */
}

static void wire_hold(void *wire, bool hold)
{
    struct wire *w = wire;
    w->held = hold;
    if (!w->ready)
        return;
    if (hold)
        w->hub->ready->want(w->ready, 0);
    else if (w->kept)
        due_set(&w->hub->dues, &w->again, hub_now_us(w->hub)); /* not under the feet of who lets go */
    else
        w->hub->ready->want(w->ready, READY_READ);
}

const struct transport wire_transport = {.write = wire_write,
                                         .busy = wire_busy,
                                         .want_write = wire_want_write,
                                         .hold = wire_hold,
                                         .close = wire_close,
                                         .kill = wire_kill};

/* ---- in ---- */

static void tell(struct wire *w, enum ws_frame_kind kind)
{
    switch (kind) {
    case WS_FRAME_DATA:
        conn_receive(w->conn, &w->in.chunk);
        break;
    case WS_FRAME_PING:
        conn_ping(w->conn, w->in.control, w->in.control_len);
        break;
    case WS_FRAME_PONG:
        conn_heard(w->conn);
        break;
    case WS_FRAME_CLOSE:
        w->ending = true;
        conn_peer_closed(w->conn, w->in.code);
        break;
    case WS_FRAME_FAULT:
    default:
        w->ending = true;
        conn_close(w->conn, (enum conn_close)w->in.code);
    }
}

void wire_feed(struct wire *w, uint8_t *data, size_t len)
{
    while (!w->ending && !w->held && !w->conn->closing) {
        enum ws_frame_kind kind = ws_frame_next(&w->in, &data, &len);
        if (kind == WS_FRAME_MORE)
            return;
        tell(w, kind);
    }
    if (!w->held || !len || w->ending)
        return;
    w->kept = mem_alloc(len);
    if (!w->kept) {
        conn_close(w->conn, CONN_CLOSE_INTERNAL);
        return;
    }
    memcpy(w->kept, data, len);
    w->kept_len = len;
}

static void on_again(void *arg)
{
    struct wire *w = arg;
    uint8_t *data = w->kept;
    size_t len = w->kept_len;
    w->kept = NULL;
    wire_feed(w, data, len);
    mem_free(data);
    if (!w->held && w->ready)
        w->hub->ready->want(w->ready, READY_READ);
}

/* While it closes, only the peer's own close is waited for. */
static void listen_for_end(struct wire *w, uint8_t *data, size_t len)
{
    enum ws_frame_kind kind = WS_FRAME_DATA;
    w->discarded += len;
    if (w->discarded > 2 * w->hub->config.max_frame_bytes) /* it may be in the middle of a large one */
        w->hub->ready->want(w->ready, 0);
    while (!w->ending && kind != WS_FRAME_MORE) {
        kind = ws_frame_next(&w->in, &data, &len);
        if (kind == WS_FRAME_CLOSE || kind == WS_FRAME_FAULT)
            tell(w, kind);
    }
}

static void end(struct wire *w)
{
    wire_gone(w);
    wire_kill(w);
}

static void on_ready(void *arg, int what)
{
    struct wire *w = arg;
    size_t cap;
    uint8_t *room = loop_scratch(w->hub->loop, &cap);
    ssize_t n = recv(w->fd, room, cap, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        end(w);
        return;
    }
    int64_t now = hub_now_us(w->hub);
    if (now - w->valid_us > VALID_EVERY_US) {
        w->valid_us = now;
        lws_validity_confirmed(w->wsi);
    }
    if (w->conn->closing)
        listen_for_end(w, room, (size_t)n);
    else
        wire_feed(w, room, (size_t)n);
}

/* ---- comes and goes ---- */

struct wire *wire_create(struct hub *h, struct conn *c, struct lws *wsi)
{
    struct wire *w = mem_zalloc(sizeof *w);
    if (!w) {
        conn_free(c);
        return NULL;
    }
    *w = (struct wire){.hub = h, .conn = c, .wsi = wsi};
    due_init(&w->again, on_again, w);
    c->wire = w;
    return w;
}

void wire_open(struct wire *w)
{
    (void)lws_rx_flow_control(w->wsi, 0);
    w->valid_us = hub_now_us(w->hub);
    w->fd = lws_get_socket_fd(w->wsi);
    if (w->hub->ready->begin(&w->ready, w->hub->loop, w->fd, on_ready, w)) {
        conn_gone(w->conn);
        wire_kill(w);
        return;
    }
    conn_open(w->conn);
}

/* The library closes the descriptor next. */
void wire_gone(struct wire *w)
{
    conn_gone(w->conn);
    if (w->ready)
        w->hub->ready->end(w->ready);
    w->ready = NULL;
}

void wire_writable(struct wire *w)
{
    if (w->ready)
        conn_writable(w->conn);
}

void wire_free(struct wire *w)
{
    due_clear(&w->hub->dues, &w->again);
    wire_gone(w);
    conn_free(w->conn);
    mem_free(w->kept);
    mem_free(w);
}
