#include "relay/loop.h"

#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <uv.h>

#include "core/log.h"
#include "core/mem.h"
#include "relay/conn.h"
#include "relay/socket.h"
#include "relay/upgrade.h"

_Static_assert((int)TRANSPORT_ROOM >= LWS_PRE, "room for the WebSocket head");

enum {
    CAMERA_RX_BYTES = 64 * 1024, /* frames come in few pieces; untouched pages cost nothing */
    VIEWER_RX_BYTES = 1024,
};

struct loop {
    struct loop_rules rules;
    uv_loop_t uv;
    uv_async_t wake;
    uv_timer_t timer;
    int64_t timer_at_us; /* what the timer is set for, -1 when it is not */
    struct lws_context *lws;
    struct lws_vhost *cameras, *viewers;
    struct lws_protocols camera_protocols[2], viewer_protocols[2];
    struct conn *adopting; /* whose socket lws is being handed and has not taken yet */
    char subprotocol[UPGRADE_PROTOCOL_MAX];
    pthread_t thread;
    bool started, ended;
    atomic_bool stopping;
};

static struct loop *loop_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

/* ---- the transport ---- */

static enum err wire_write(void *wire, enum transport_kind kind, uint8_t *data, size_t len)
{
    static const enum lws_write_protocol kinds[] = {[TRANSPORT_TEXT] = LWS_WRITE_TEXT,
                                                    [TRANSPORT_BINARY] = LWS_WRITE_BINARY,
                                                    [TRANSPORT_PING] = LWS_WRITE_PING};
    return lws_write(wire, data, len, kinds[kind]) < 0 ? ERR_IO : ERR_OK;
}

static bool wire_busy(void *wire)
{
    return lws_partial_buffered(wire) != 0;
}

static void wire_want_write(void *wire)
{
    (void)lws_callback_on_writable(wire);
}

static void wire_hold(void *wire, bool hold)
{
    (void)lws_rx_flow_control(wire, !hold);
}

/* Never from within a callback of lws: Debian's 4.1.6 (built with _DEBUG) closes a second time on libuv when
 * a callback asks for the end by its result, and that cuts off the close frame. */
static void wire_close(void *wire, uint16_t code)
{
    lws_close_reason(wire, (enum lws_close_status)code, NULL, 0);
    lws_set_timeout(wire, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_SYNC);
}

static void wire_kill(void *wire)
{
    lws_set_timeout(wire, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    lws_cancel_service(lws_get_context(wire)); /* lws looks at its timeouts only after it was woken */
}

const struct transport loop_transport = {.write = wire_write,
                                         .busy = wire_busy,
                                         .want_write = wire_want_write,
                                         .hold = wire_hold,
                                         .close = wire_close,
                                         .kill = wire_kill};

/* ---- time ---- */

static void on_timer(uv_timer_t *timer)
{
    struct loop *l = timer->data;
    struct hub *h = l->rules.hub;
    int64_t now_us = hub_now_us(h);
    figures_measure(&h->stats.lag, now_us - l->timer_at_us);
    l->timer_at_us = -1;
    due_run(&h->dues, now_us);
    loop_arm(l);
}

/* Follows the earliest deadline; called after everything that may have moved it. */
void loop_arm(struct loop *l)
{
    int64_t at = due_next_us(&l->rules.hub->dues);
    if (at == l->timer_at_us)
        return;
    l->timer_at_us = at;
    if (at < 0) {
        uv_timer_stop(&l->timer);
        return;
    }
    int64_t in_us = at - hub_now_us(l->rules.hub);
    uv_update_time(&l->uv);
    uv_timer_start(&l->timer, on_timer, in_us > 0 ? (uint64_t)(in_us + 999) / 1000 : 0, 0);
}

struct uv_loop_s *loop_uv(struct loop *l)
{
    return &l->uv;
}

/* ---- lws ---- */

static void receive(struct lws *wsi, struct conn *c, const uint8_t *data, size_t len)
{
    struct transport_chunk chunk = {.data = data,
                                    .len = len,
                                    .remaining = lws_remaining_packet_payload(wsi),
                                    .binary = lws_frame_is_binary(wsi),
                                    .first = lws_is_first_fragment(wsi),
                                    .last = lws_is_final_fragment(wsi)};
    conn_receive(c, &chunk);
}

static int add_headers(struct loop *l, struct lws *wsi, struct lws_process_html_args *args)
{
    if (!l->subprotocol[0])
        return 0;
    unsigned char *p = (unsigned char *)args->p, *end = p + args->max_len;
    static const unsigned char name[] = "sec-websocket-protocol:";
    size_t n = strlen(l->subprotocol);
    if (lws_add_http_header_by_name(wsi, name, (const unsigned char *)l->subprotocol, (int)n, &p, end))
        return -1;
    args->p = (char *)p;
    return 0;
}

/* One request a socket, and it must be the upgrade that was judged; no h2c. */
static int confirm_upgrade(const char *to)
{
    return to && strcasecmp(to, "websocket") == 0 ? 0 : -1;
}

static void instantiated(struct lws *wsi)
{
    struct loop *l = loop_of(wsi);
    l->adopting->wire = wsi;
    lws_set_opaque_user_data(wsi, l->adopting);
    l->adopting = NULL;
}

/* An event of a connection. */
static void on_conn(struct lws *wsi, enum lws_callback_reasons why, struct conn *c, void *in, size_t len)
{
    struct loop *l = loop_of(wsi);
    switch ((int)why) {
    case LWS_CALLBACK_ESTABLISHED:
        conn_open(c);
        break;
    case LWS_CALLBACK_RECEIVE:
        receive(wsi, c, in, len);
        break;
    case LWS_CALLBACK_RECEIVE_PONG:
        conn_heard(c);
        break;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        conn_writable(c);
        break;
    case LWS_CALLBACK_WSI_DESTROY:
        lws_set_opaque_user_data(wsi, NULL);
        conn_free(c);
        break;
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    default: /* CLOSED */
        conn_gone(c);
    }
    loop_arm(l);
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in, size_t len)
{
    switch ((int)why) {
    case LWS_CALLBACK_HTTP:
        return -1;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        return confirm_upgrade(in);
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        instantiated(wsi);
        return 0;
    case LWS_CALLBACK_ADD_HEADERS:
        return add_headers(loop_of(wsi), wsi, in);
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_RECEIVE:
    case LWS_CALLBACK_RECEIVE_PONG:
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_WSI_DESTROY: {
        struct conn *c = lws_get_opaque_user_data(wsi);
        if (c)
            on_conn(wsi, why, c, in, len);
        return 0;
    }
    default:
        return 0;
    }
}

static void on_lws_log(int level, const char *line)
{
    if (log_enabled(LOG_DEBUG)) {
        char safe[200];
        log_event(LOG_DEBUG, "relay.lws", "text=%s", log_safe(line, safe, sizeof safe));
    }
}

/* A vhost for each size. Their "ports" differ because lws would move a socket to the first vhost of its port.
 */
static struct lws_vhost *make_vhost(struct loop *l, const char *name, struct lws_protocols *protocols,
                                    int port)
{
    struct lws_context_creation_info info = {
        .port = port, .vhost_name = name, .protocols = protocols, .keepalive_timeout = 1, .timeout_secs = 5};
    return lws_create_vhost(l->lws, &info);
}

static enum err make_context(struct loop *l)
{
    void *loops[] = {&l->uv};
    struct lws_context_creation_info info = {
        .options =
            LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_VALIDATE_UTF8,
        .foreign_loops = loops,
        .pt_serv_buf_size = CAMERA_RX_BYTES,
        .max_http_header_data = UPGRADE_HEAD_MAX,
        .pcontext = &l->lws,
        .user = l,
    };
    memset(&info.gid, 0xff, sizeof info.gid); /* -1, "leave it", in whichever type this version has */
    memset(&info.uid, 0xff, sizeof info.uid);
    lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
    /* The two differ in what they receive into; both send a message of any size with one send(). */
    size_t tx = l->rules.hub->config.max_frame_bytes + 64;
    l->camera_protocols[0] = (struct lws_protocols){
        .name = "camera", .callback = on_lws, .rx_buffer_size = CAMERA_RX_BYTES, .tx_packet_size = tx};
    l->viewer_protocols[0] = (struct lws_protocols){
        .name = "viewer", .callback = on_lws, .rx_buffer_size = VIEWER_RX_BYTES, .tx_packet_size = tx};
    l->lws = lws_create_context(&info);
    if (!l->lws)
        return ERR_IO;
    l->cameras = make_vhost(l, "cameras", l->camera_protocols, CONTEXT_PORT_NO_LISTEN);
    l->viewers = make_vhost(l, "viewers", l->viewer_protocols, CONTEXT_PORT_NO_LISTEN_SERVER);
    return l->cameras && l->viewers ? ERR_OK : ERR_IO;
}

/* ---- sockets in ---- */

void loop_adopt(struct loop *l, int fd, struct span head, struct conn *c)
{
    char *text = mem_alloc(UPGRADE_HEAD_MAX);
    size_t len = 0;
    if (text && head.len <= UPGRADE_HEAD_MAX) {
        len = head.len;
        if (len)
            memcpy(text, head.p, len);
        else
            len = socket_read_head(fd, text, UPGRADE_HEAD_MAX);
    }
    if (!len) {
        close(fd);
        conn_free(c);
        mem_free(text);
        return;
    }
    len = upgrade_strip_protocols(text, len, l->subprotocol);
    socket_tune(fd, c->grant.role != RELAY_DEVICE);
    struct lws_vhost *vhost = c->grant.role == RELAY_DEVICE ? l->cameras : l->viewers;
    l->adopting = c;
    /* Runs the handshake before it returns. On failure lws closes fd; c then dies with the socket, if there
     * was one. */
    (void)lws_adopt_socket_vhost_readbuf(vhost, fd, text, len);
    if (l->adopting)
        conn_free(c);
    l->adopting = NULL;
    mem_free(text);
    loop_arm(l);
}

/* ---- the thread ---- */

static void on_wake(uv_async_t *async)
{
    struct loop *l = async->data;
    l->rules.on_wake(l->rules.arg);
    loop_arm(l);
    if (!atomic_load(&l->stopping) || l->ended)
        return;
    l->ended = true; /* once: a second stop would cut short the turns in which lws closes its handles */
    l->rules.on_stop(l->rules.arg);
    uv_stop(&l->uv);
}

static void *run(void *arg)
{
    struct loop *l = arg;
    (void)pthread_setname_np(pthread_self(), "relay");
    (void)uv_run(&l->uv, UV_RUN_DEFAULT); /* until on_wake stops it */
    return NULL;
}

enum err loop_create(struct loop **out, const struct loop_rules *rules)
{
    struct loop *l = mem_zalloc(sizeof *l);
    if (!l)
        return ERR_NO_MEMORY;
    l->rules = *rules;
    l->timer_at_us = -1;
    if (uv_loop_init(&l->uv)) {
        mem_free(l);
        return ERR_NO_MEMORY;
    }
    (void)uv_timer_init(&l->uv, &l->timer);
    l->timer.data = l;
    l->wake.data = l;
    if (uv_async_init(&l->uv, &l->wake, on_wake) || make_context(l)) {
        log_event(LOG_ERROR, "relay.start_failed", "hint=\"is libwebsockets-evlib-uv installed?\"");
        loop_free(l);
        return ERR_IO;
    }
    *out = l;
    return ERR_OK;
}

enum err loop_start(struct loop *l)
{
    if (pthread_create(&l->thread, NULL, run, l))
        return ERR_NO_MEMORY;
    l->started = true;
    return ERR_OK;
}

void loop_wake(struct loop *l)
{
    (void)uv_async_send(&l->wake);
}

/* Destroying a context on a foreign loop takes two calls, with turns of that loop between them in which lws's
 * handles close; lws clears l->lws when it is through. Our own handles do not keep the loop running. */
static void destroy_context(struct loop *l)
{
    uv_timer_stop(&l->timer);
    uv_unref((uv_handle_t *)&l->wake);
    for (int i = 0; i < 3 && l->lws; i++) {
        lws_context_destroy(l->lws);
        (void)uv_run(&l->uv, UV_RUN_DEFAULT);
    }
}

void loop_stop(struct loop *l)
{
    if (l->started) {
        atomic_store(&l->stopping, true);
        loop_wake(l);
        pthread_join(l->thread, NULL);
        l->started = false;
    }
    destroy_context(l);
}

static void close_handle(uv_handle_t *handle, void *arg)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    loop_stop(l);
    uv_walk(&l->uv, close_handle, NULL);
    (void)uv_run(&l->uv, UV_RUN_DEFAULT);
    (void)uv_loop_close(&l->uv);
    mem_free(l);
}
