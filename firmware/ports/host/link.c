#include "ports/host/link.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "ports/host/file.h"
#include "ports/host/log.h"
#include "provisioning/frame.h"

enum { UNSENT_BYTES = 32 * 1024, CLOSE_LIMIT_S = 2 };

/* ---- what the library tells ---- */

/* Frames must not pile up in the kernel where they grow old: the next is asked for when this one is nearly
 * out. */
static void tune_socket(struct lws *wsi)
{
    int fd = lws_get_socket_fd(wsi), unsent = UNSENT_BYTES, on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* The connection is over; the core hears of it only when it was the one it knows. */
static void on_end(struct host_conn *c)
{
    struct host_link *l = c->link;
    c->wsi = NULL;
    if (l->conn != c)
        return;
    l->conn = NULL;
    if (!l->loop->stopped)
        host_timer_set(&l->ended, 0);
}

static void report_end(void *ctx)
{
    struct host_link *l = ctx;
    fw_camera_link_closed(l->camera, &l->end, host_clock_ms());
}

/* Writes one waiting text; returns false when the library gave up on the connection. */
static bool write_text(struct host_conn *c)
{
    unsigned i = c->head;
    size_t len = c->text_len[i];
    c->head = (c->head + 1) % HOST_LINK_TEXTS;
    c->count--;
    return lws_write(c->wsi, c->text[i] + LWS_PRE, len, LWS_WRITE_TEXT) >= (int)len;
}

/* One write at a time; the library calls again when that one is out. Returns -1 to end the connection. */
static int on_writable(struct host_conn *c)
{
    struct host_link *l = c->link;
    bool current = l->conn == c;
    if (current && l->in_flight) {
        l->in_flight = false;
        fw_camera_frame_sent(l->camera, host_clock_ms());
        current = l->conn == c;
    }
    if (c->count) {
        if (!write_text(c))
            return -1;
    } else if (c->close_code) {
        lws_close_reason(c->wsi, (enum lws_close_status)c->close_code, NULL, 0);
        return -1;
    } else if (current && l->frame_len) {
        size_t len = l->frame_len;
        l->frame_len = 0;
        l->in_flight = true;
        if (lws_write(c->wsi, l->frame + LWS_PRE, len, LWS_WRITE_BINARY) < (int)len)
            return -1;
    } else {
        return 0;
    }
    lws_callback_on_writable(c->wsi);
    return 0;
}

static int add_authorization(struct host_conn *c, unsigned char **at, unsigned char *end)
{
    char value[8 + PROV_KEY_LEN + 1];
    int n = snprintf(value, sizeof value, "Bearer %s", c->link->key);
    int bad = lws_add_http_header_by_token(c->wsi, WSI_TOKEN_HTTP_AUTHORIZATION, (unsigned char *)value, n,
                                           at, end);
    fw_keep_wipe(value, sizeof value);
    return bad ? -1 : 0;
}

/* The library tells the reason only in words. */
static enum fw_link_fault fault_of(const char *why)
{
    static const char *const tls[] = {"tls", "ssl", "SSL", "cert"};
    if (!why)
        return FW_LINK_OTHER;
    if (strstr(why, "dns") || strstr(why, "getaddrinfo"))
        return FW_LINK_NO_NAME;
    for (size_t i = 0; i < sizeof tls / sizeof *tls; i++)
        if (strstr(why, tls[i]))
            return FW_LINK_TLS;
    return FW_LINK_OTHER;
}

static void on_refused(struct host_conn *c, struct lws *wsi, const char *why)
{
    host_log(FW_LOG_WARN, "link.refused", "reason=\"%s\"", why ? why : "");
    if (c->link->conn == c)
        c->link->end = (struct fw_link_end){.http_status = (unsigned)lws_http_client_http_response(wsi),
                                            .fault = fault_of(why)};
    on_end(c);
}

static void on_established(struct host_conn *c, struct lws *wsi)
{
    c->wsi = wsi;
    c->open = true;
    tune_socket(wsi);
    fw_camera_link_open(c->link->camera, host_clock_ms());
}

int host_link_callback(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in, size_t len)
{
    struct host_conn *c = user;
    if (!c || !c->link)
        return 0;
    struct host_link *l = c->link;
    bool current = l->conn == c;
    switch (why) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        c->wsi = wsi;
        return current ? add_authorization(c, in, *(unsigned char **)in + len) : -1;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        on_refused(c, wsi, in);
        return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED:
        if (!current)
            return -1;
        on_established(c, wsi);
        return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE:
        if (current && !lws_frame_is_binary(wsi))
            fw_camera_link_text(l->camera, in, len, lws_is_final_fragment(wsi), host_clock_ms());
        return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE:
        return on_writable(c);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
        if (current && len >= 2)
            l->end.close_code = (unsigned)((unsigned char *)in)[0] << 8 | ((unsigned char *)in)[1];
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        on_end(c);
        return 0;
    default:
        return 0;
    }
}

/* ---- what the core asks ---- */

static void link_post(void *ctx, const char *url, const char *body, size_t len)
{
    struct host_link *l = ctx;
    host_http_post(&l->http, url, body, len);
}

static void link_post_cancel(void *ctx)
{
    struct host_link *l = ctx;
    host_http_cancel(&l->http);
}

static struct host_conn *free_slot(struct host_link *l)
{
    for (size_t i = 0; i < HOST_LINK_CONNS; i++)
        if (!l->conns[i].wsi)
            return &l->conns[i];
    return NULL;
}

static void connect_to(struct host_link *l, struct host_conn *c, char *url)
{
    const char *scheme, *host, *path;
    char authority[PROV_URL_MAX + 1] = "", full_path[PROV_URL_MAX + 2];
    int port = 0;
    const char *begin = strstr(url, "://");
    if (begin)
        (void)snprintf(authority, sizeof authority, "%.*s", (int)strcspn(begin + 3, "/?#"), begin + 3);
    if (lws_parse_uri(url, &scheme, &host, &port, &path) != 0)
        return;
    (void)snprintf(full_path, sizeof full_path, "/%s", path);
    bool tls = strcmp(scheme, "wss") == 0;
    struct lws_client_connect_info about = {
        .context = l->loop->lws,
        .vhost = l->loop->vhost,
        .address = host,
        .host = authority,
        .port = port,
        .path = full_path,
        .ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT | (tls ? LCCSCF_USE_SSL : 0),
        .local_protocol_name = "relay",
        .ietf_version_or_minus_one = -1,
        .userdata = c,
        .pwsi = &c->wsi,
    };
    if (!lws_client_connect_via_info(&about))
        c->wsi = NULL;
}

static void link_open(void *ctx, const char *url, const char *key)
{
    struct host_link *l = ctx;
    char text[PROV_URL_MAX + 1];
    (void)snprintf(text, sizeof text, "%s", url);
    (void)snprintf(l->key, sizeof l->key, "%s", key);
    host_timer_cancel(&l->ended);
    l->end = (struct fw_link_end){0};
    l->frame_len = 0;
    l->in_flight = false;
    struct host_conn *c = free_slot(l);
    if (c) {
        *c = (struct host_conn){.link = l};
        l->conn = c;
        connect_to(l, c, text);
    }
    if (!c || !c->wsi) { /* the library stops so early, and says nothing, when it finds no address */
        if (c && l->conn)
            l->end.fault = FW_LINK_NO_NAME;
        l->conn = NULL;
        host_timer_set(&l->ended, 0);
    }
}

static void link_close(void *ctx, unsigned code)
{
    struct host_link *l = ctx;
    struct host_conn *c = l->conn;
    host_timer_cancel(&l->ended);
    l->conn = NULL;
    l->frame_len = 0;
    l->in_flight = false;
    if (!c || !c->wsi)
        return;
    if (!c->open) {
        lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
        return;
    }
    c->close_code = code;
    lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, CLOSE_LIMIT_S);
    lws_callback_on_writable(c->wsi);
}

static bool link_send_text(void *ctx, const char *text, size_t len)
{
    struct host_link *l = ctx;
    struct host_conn *c = l->conn;
    if (!c || !c->open || c->count == HOST_LINK_TEXTS || len > FW_RELAY_REPLY_MAX)
        return false;
    unsigned i = (c->head + c->count++) % HOST_LINK_TEXTS;
    memcpy(c->text[i] + LWS_PRE, text, len);
    c->text_len[i] = len;
    lws_callback_on_writable(c->wsi);
    return true;
}

static bool link_send_frame(void *ctx, const uint8_t *header, size_t header_len, const uint8_t *jpeg,
                            size_t len)
{
    struct host_link *l = ctx;
    if (!l->conn || !l->conn->open || l->frame_len || len > HOST_FRAME_MAX || header_len > PROV_FRAME_HEADER)
        return false;
    memcpy(l->frame + LWS_PRE, header, header_len);
    memcpy(l->frame + LWS_PRE + header_len, jpeg, len);
    l->frame_len = header_len + len;
    lws_callback_on_writable(l->conn->wsi);
    return true;
}

bool host_link_init(struct host_link *l, struct host_loop *loop, struct fw_camera *camera,
                    const char *ca_file)
{
    *l = (struct host_link){.loop = loop, .camera = camera};
    host_timer_init(&l->ended, loop, report_end, l);
    l->frame = malloc(LWS_PRE + PROV_FRAME_HEADER + HOST_FRAME_MAX);
    return l->frame && host_http_init(&l->http, loop, camera, ca_file);
}

void host_link_fini(struct host_link *l)
{
    host_http_fini(&l->http);
    free(l->frame);
    fw_keep_wipe(l->key, sizeof l->key);
}

bool host_link_idle(const struct host_link *l)
{
    for (size_t i = 0; i < HOST_LINK_CONNS; i++)
        if (l->conns[i].wsi)
            return false;
    return true;
}

struct fw_link host_link_ops(struct host_link *l)
{
    return (struct fw_link){.ctx = l,
                            .post = link_post,
                            .post_cancel = link_post_cancel,
                            .open = link_open,
                            .close = link_close,
                            .send_text = link_send_text,
                            .send_frame = link_send_frame};
}
