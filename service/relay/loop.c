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
#include "relay/wire.h"

_Static_assert((int)TRANSPORT_ROOM >= LWS_PRE, "room for the WebSocket head");

enum {
    SCRATCH_BYTES = 64 * 1024,
    LWS_RX_BYTES = 256, /* what comes in is read by wire.c */
    HELD_UP_US = 1000000,
};

struct loop {
    struct loop_rules rules;
    uv_loop_t uv;
    uv_async_t wake;
    uv_timer_t timer;
    int64_t timer_at_us; /* what the timer is set for, -1 when it is not */
    bool held_up;        /* the timer came late, and the sockets are read first */
    struct lws_context *lws;
    struct lws_vhost *vhost;
    struct lws_protocols protocols[2];
    struct conn *adopting;                  /* whose socket lws is being handed and has not taken yet */
    struct wire *fresh;                     /* the one it has just taken */
    char subprotocol[UPGRADE_PROTOCOL_MAX]; /* for its answer, as the next */
    struct id request_id;
    struct ready_set *ready;
    pthread_t thread;
    bool started, ended;
    atomic_bool stopping;
    uint8_t scratch[SCRATCH_BYTES];
};

static struct loop *loop_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

/* ---- time ---- */

static void on_timer(uv_timer_t *timer)
{
    struct loop *l = timer->data;
    struct hub *h = l->rules.hub;
    int64_t now_us = hub_now_us(h), late_us = now_us - l->timer_at_us;
    /* After a standstill (a machine that slept) what peers said meanwhile lies in their sockets still. */
    l->held_up = !l->held_up && late_us > HELD_UP_US;
    if (l->held_up) {
        uv_timer_start(timer, on_timer, 1, 0);
        return;
    }
    figures_measure(&h->stats.lag, late_us);
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

/* name with its colon; nothing when value is empty. 0 = good. */
static int add_header(struct lws *wsi, struct lws_process_html_args *args, const char *name,
                      const char *value)
{
    unsigned char *p = (unsigned char *)args->p, *end = p + args->max_len;
    if (value[0] && lws_add_http_header_by_name(wsi, (const unsigned char *)name,
                                                (const unsigned char *)value, (int)strlen(value), &p, end))
        return -1;
    args->max_len -= (int)((char *)p - args->p);
    args->p = (char *)p;
    return 0;
}

static int add_headers(const struct loop *l, struct lws *wsi, struct lws_process_html_args *args)
{
    int bad = add_header(wsi, args, "sec-websocket-protocol:", l->subprotocol);
    return bad ? bad : add_header(wsi, args, "x-request-id:", l->request_id.s);
}

/* One request a socket, and it must be the upgrade that was judged; no h2c. */
static int confirm_upgrade(const char *to)
{
    return to && strcasecmp(to, "websocket") == 0 ? 0 : -1;
}

static void instantiated(struct lws *wsi)
{
    struct loop *l = loop_of(wsi);
    l->fresh = wire_create(l->rules.hub, l->adopting, wsi);
    lws_set_opaque_user_data(wsi, l->fresh);
    l->adopting = NULL;
}

/* An event of a connection. */
static void on_wire(struct lws *wsi, enum lws_callback_reasons why, struct wire *w)
{
    struct loop *l = loop_of(wsi);
    switch ((int)why) {
    case LWS_CALLBACK_ESTABLISHED:
        wire_open(w);
        break;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        wire_writable(w);
        break;
    case LWS_CALLBACK_WSI_DESTROY:
        lws_set_opaque_user_data(wsi, NULL);
        if (l->fresh == w)
            l->fresh = NULL;
        wire_free(w);
        break;
    default: /* CLOSED */
        wire_gone(w);
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
        return loop_of(wsi)->fresh ? 0 : -1;
    case LWS_CALLBACK_ADD_HEADERS:
        return add_headers(loop_of(wsi), wsi, in);
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_SERVER_WRITEABLE:
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_WSI_DESTROY: {
        struct wire *w = lws_get_opaque_user_data(wsi);
        if (w)
            on_wire(wsi, why, w);
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

static enum err make_context(struct loop *l)
{
    void *loops[] = {&l->uv};
    struct lws_context_creation_info info = {
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS,
        .foreign_loops = loops,
        .pt_serv_buf_size = SCRATCH_BYTES,
        .max_http_header_data = UPGRADE_HEAD_MAX,
        .pcontext = &l->lws,
        .user = l,
    };
    memset(&info.gid, 0xff, sizeof info.gid); /* -1, "leave it", in whichever type this version has */
    memset(&info.uid, 0xff, sizeof info.uid);
    lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
    l->protocols[0] = (struct lws_protocols){.name = "relay",
                                             .callback = on_lws,
                                             .rx_buffer_size = LWS_RX_BYTES,
                                             .tx_packet_size = l->rules.hub->config.max_frame_bytes * 4 / 3 +
                                                               64}; /* any message with one send() */
    l->lws = lws_create_context(&info);
    if (!l->lws)
        return ERR_IO;
    struct lws_context_creation_info vhost = {.port = CONTEXT_PORT_NO_LISTEN,
                                              .vhost_name = "relay",
                                              .protocols = l->protocols,
                                              .keepalive_timeout = 1,
                                              .timeout_secs = 5};
    l->vhost = lws_create_vhost(l->lws, &vhost);
    return l->vhost ? ERR_OK : ERR_IO;
}

/* ---- sockets in ---- */

void loop_adopt(struct loop *l, int fd, struct conn *c, const struct id *request_id)
{
    char head[UPGRADE_OUT_MAX], *text = mem_alloc(UPGRADE_HEAD_MAX);
    size_t all = text ? socket_read_head(fd, text, UPGRADE_HEAD_MAX) : 0;
    const char *end = all ? memmem(text, all, "\r\n\r\n", 4) : NULL;
    if (!end) {
        close(fd);
        conn_free(c);
        mem_free(text);
        return;
    }
    size_t len = (size_t)(end + 4 - text);
    uint8_t *rest = (uint8_t *)text + len;
    size_t rest_len = all - len;
    size_t head_len = upgrade_head(text, len, head, l->subprotocol);
    socket_tune(fd, c->grant.role != RELAY_DEVICE);
    l->request_id = *request_id;
    l->adopting = c;
    /* Runs the handshake before it returns. On failure lws closes fd; c then dies with the socket, if there
     * was one. */
    (void)lws_adopt_socket_vhost_readbuf(l->vhost, fd, head, head_len);
    if (l->adopting)
        conn_free(c);
    else if (l->fresh && rest_len)
        wire_feed(l->fresh, rest, rest_len);
    l->adopting = NULL;
    l->fresh = NULL;
    mem_free(text);
    loop_arm(l);
}

struct ready_set *loop_ready(struct loop *l)
{
    return l->ready;
}

uint8_t *loop_scratch(struct loop *l, size_t *cap)
{
    *cap = sizeof l->scratch;
    return l->scratch;
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
    if (uv_async_init(&l->uv, &l->wake, on_wake) || ready_set_create(&l->ready, l) || make_context(l)) {
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
    if (l->ready)
        ready_set_stop(l->ready);
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
    ready_set_free(l->ready);
    mem_free(l);
}
