#include "http/server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "core/mem.h"
#include "http/connections.h"
#include "http/dispatch.h"
#include "http/handback.h"
#include "http/parking.h"
#include "http/problem.h"
#include "http/reply.h"
#include "http/request.h"

enum {
    WORKERS = 2,
    /* The largest head that the door lets through and the most trailers, parsed: 0.9.75 keeps cookies twice,
     * and has a page of its own, or no answer at all, for what does not fit. */
    CONNECTION_MEMORY = 64 * 1024,
    STALLED_S = 80, /* a peer that does not take its answer */
    LIMIT_SLACK = 64,
    RESERVE_MAX = 256 * 1024,
    STRICT =
        MHD_VERSION >= 0x01000000, /* 0.9.75 would only answer a missing Host itself, without a request id */
};

/* ---- connections ---- */

static int fd_of(struct MHD_Connection *c)
{
    return MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static void on_connection(void *arg, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http_server *s = arg;
    struct http_connection *known = *context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = known = connections_take(s, fd_of(c));
        if (known)
            intake_open(&known->intake, known->fd);
        return;
    }
    intake_close(fd_of(c));
    connections_end(s, known);
}

void http_server_adopt(struct http_server *s, const struct http_arrival *a)
{
    if (!connections_note(s, a))
        close(a->fd);
    else if (MHD_add_connection(s->daemon, a->fd, a->address, a->address_len) != MHD_YES)
        connections_end(s, connections_take(s, a->fd));
}

/* ---- one request ---- */

static void *on_target(void *arg, const char *target, struct MHD_Connection *c)
{
    struct http_connection *known =
        MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    struct http_exchange *x = known && !known->begun ? request_create(arg, target) : NULL;
    if (!x)
        return NULL;
    known->begun = true;
    memcpy(known->reaped.request_id, x->request_id, sizeof x->request_id);
    x->connection = c;
    x->known = known;
    return x;
}

struct copying {
    size_t fields, bytes;
    struct http_header *headers;
    char *at;
};

static enum MHD_Result measure(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct copying *m = arg;
    m->fields++;
    m->bytes += strlen(name) + 1 + (value ? strlen(value) : 0) + 1;
    return MHD_YES;
}

static char *copy_text(struct copying *m, const char *text)
{
    size_t len = text ? strlen(text) : 0;
    char *at = m->at;
    if (len)
        memcpy(at, text, len);
    at[len] = 0;
    m->at += len + 1;
    return at;
}

/* Blanks behind a value are no part of it (RFC 9110 §5.5); libmicrohttpd leaves them. */
static const char *trim(char *text)
{
    size_t len = strlen(text);
    while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        text[--len] = 0;
    return text;
}

static enum MHD_Result copy(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct copying *m = arg;
    struct http_header *h = &m->headers[m->fields++];
    h->name = copy_text(m, name);
    h->value = trim(copy_text(m, value));
    return MHD_YES;
}

/* Copied, because a handler may still read them when the connection has gone. */
static bool copy_headers(struct http_exchange *x)
{
    struct copying m = {0};
    (void)MHD_get_connection_values(x->connection, MHD_HEADER_KIND, measure, &m);
    m.headers = mem_alloc(m.fields * sizeof *m.headers + m.bytes);
    if (!m.headers)
        return false;
    x->headers = m.headers;
    x->n_headers = m.fields;
    m.at = (char *)(m.headers + m.fields);
    m.fields = 0;
    (void)MHD_get_connection_values(x->connection, MHD_HEADER_KIND, copy, &m);
    return true;
}

static void read_peer(struct http_exchange *x)
{
    const struct sockaddr *a =
        MHD_get_connection_info(x->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)a;
    if (a && a->sa_family == AF_INET)
        (void)inet_ntop(AF_INET, &((const struct sockaddr_in *)a)->sin_addr, x->peer, sizeof x->peer);
    else if (a && a->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
        (void)inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], x->peer, sizeof x->peer);
    else if (a && a->sa_family == AF_INET6)
        (void)inet_ntop(AF_INET6, &v6->sin6_addr, x->peer, sizeof x->peer);
}

static void queue_header(void *arg, const char *name, const char *value)
{
    if (MHD_add_response_header(arg, name, value) != MHD_YES)
        log_event(LOG_ERROR, "http.bad_header", "name=%s", name);
}

/* Hands the reply to libmicrohttpd; MHD_NO closes the connection without a word. */
static enum MHD_Result send_reply(struct http_exchange *x)
{
    struct http_reply *r = &x->reply;
    struct span body = reply_body(r);
    void *data = (void *)(uintptr_t)body.p;
    struct MHD_Response *response =
        r->release
            ? MHD_create_response_from_buffer_with_free_callback_cls(body.len, data, r->release, r->keep)
            : MHD_create_response_from_buffer(body.len, data, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    r->release = NULL; /* the response does it, when it was sent or could not be */
    reply_each_header(r, queue_header, response);
    if (r->keep_alive)
        (void)MHD_set_response_options(response, MHD_RF_SEND_KEEP_ALIVE_HEADER, MHD_RO_END);
    x->sent_status = r->status;
    x->sent_bytes = x->is_head ? 0 : body.len;
    enum MHD_Result queued = MHD_queue_response(x->connection, (unsigned)r->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* Says it on the socket itself, where libmicrohttpd takes no answer: in the middle of a body, or while it is
 * suspended. */
static enum MHD_Result send_raw(struct http_exchange *x, enum err e)
{
    char text[PROBLEM_RAW_BYTES];
    int fd = x->known->fd;
    size_t len = problem_raw(e, &(struct problem_words){.error_first = x->for_device}, x->request_id, text);
    (void)send(fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    reaper_linger(x->server->reaper, fd);
    (void)shutdown(fd, SHUT_WR);
    x->sent_status = problem_of(e).status;
    return MHD_NO;
}

static enum MHD_Result give_away(struct http_exchange *x)
{
    enum err e = handback_give(x);
    if (!x->taken)
        return send_raw(x, e);
    x->sent_status = e ? problem_of(e).status : x->reply.status;
    return MHD_YES;
}

static enum MHD_Result answer(struct http_exchange *x)
{
    /* Abandoned: a handler holds the exchange still, its reply is not ours to touch. */
    if (parking_is_abandoned(x))
        return send_raw(x, ERR_BUSY);
    return x->reply.take ? give_away(x) : send_reply(x);
}

/* The body is not waited for any more. False: it was too late, and the peer was told. */
static bool leave_reaper(struct http_exchange *x)
{
    return reaper_leave(x->server->reaper, &x->known->reaped);
}

/* From within intake: what came is no chunked body. */
static void on_crooked(void *arg)
{
    if (leave_reaper(arg))
        (void)send_raw(arg, ERR_MALFORMED);
}

/* Refused already, and the body is long, doubtful or not even sent yet: said at once, and the connection
 * ends. */
static enum MHD_Result answer_early(struct http_exchange *x)
{
    x->complete = true;
    x->reply.close = true;
    reply_seal(x);
    return send_reply(x);
}

/* The head is judged. */
static enum MHD_Result await_body(struct http_exchange *x)
{
    bool worth_reading = !x->reply.close && !http_header(x, "Expect") && x->content_length <= HTTP_JSON_MAX;
    if (x->decided && x->has_body && !worth_reading)
        return answer_early(x);
    if (!x->decided && x->body.max > HTTP_JSON_MAX &&
        x->content_length > 0) /* a picture grows in few steps */
        (void)buf_reserve(&x->body,
                          (size_t)(x->content_length < RESERVE_MAX ? x->content_length : RESERVE_MAX));
    x->known->reaped.error_first = x->for_device;
    if (x->has_body)
        reaper_enter(x->server->reaper, &x->known->reaped);
    x->known->intake.tell = on_crooked;
    x->known->intake.arg = x;
    return MHD_YES;
}

/* Back from where its device key was judged. */
static enum MHD_Result go_on(struct http_exchange *x)
{
    if (parking_is_abandoned(x))
        return send_raw(x, ERR_BUSY);
    x->judging = false;
    return await_body(x);
}

static enum MHD_Result begin(struct http_exchange *x, const char *method, const char *version)
{
    x->begun = true;
    x->is_http_1_0 = strcmp(version, MHD_HTTP_VERSION_1_0) == 0;
    if (!copy_headers(x))
        return MHD_NO;
    read_peer(x);
    x->content_length = x->known->body_bytes;
    x->has_body = x->content_length != 0;
    dispatch_head(x, method);
    if (x->known->intake.crooked) /* from the first chunk on */
        return send_raw(x, ERR_MALFORMED);
    if (!x->judging)
        return await_body(x);
    dispatch_judge(x);
    return MHD_YES;
}

static enum MHD_Result take_body(struct http_exchange *x, const char *data, size_t len)
{
    x->received += len;
    enum err e = x->received > x->body.max ? ERR_TOO_LARGE : ERR_OK;
    if (!e && !x->decided) {
        buf_put(&x->body, data, len);
        e = buf_err(&x->body);
    }
    if (!e)
        return MHD_YES;
    return leave_reaper(x) ? send_raw(x, e) : MHD_NO;
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are libmicrohttpd's */
static enum MHD_Result on_access(void *arg, struct MHD_Connection *c, const char *url, const char *method,
                                 const char *version, const char *data, size_t *len, void **context)
{
    struct http_exchange *x = *context;
    if (!x || x->taken)
        return MHD_NO;
    if (!x->begun)
        return begin(x, method, version);
    if (x->judging)
        return go_on(x);
    if (*len) {
        size_t n = *len;
        *len = 0;
        return take_body(x, data, n);
    }
    if (x->complete)
        return answer(x);
    x->complete = true;
    if (!leave_reaper(x))
        return MHD_NO;
    return dispatch_run(x) ? answer(x) : MHD_YES;
}

static void log_request(const struct http_exchange *x, bool reaped)
{
    int status = reaped           ? 408
                 : x->sent_status ? x->sent_status
                                  : 499; /* 499: the client went before an answer */
    int64_t took_us = http_now_us(x->server) - x->began_us;
    stats_count(&x->server->stats, x->server->config.routes, x->route, status, took_us);
    log_record(LOG_INFO, "http.request",
               "method=%s route=%s status=%d seconds=%.6f bytes=%zu request_id=%s address=%s",
               x->method_text ? x->method_text : "-", x->route ? x->route->path : "-", status,
               (double)took_us / 1e6, x->sent_bytes, x->request_id, x->address);
}

static void on_completed(void *arg, struct MHD_Connection *c, void **context,
                         enum MHD_RequestTerminationCode why)
{
    struct http_exchange *x = *context;
    if (!x)
        return;
    *context = NULL;
    bool alive = leave_reaper(x);
    if (x->begun)
        log_request(x, !alive);
    if (alive && why == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        handback_end(x);
    parking_end(x);
}

void http_server_suspend(struct http_exchange *x)
{
    MHD_suspend_connection(x->connection);
}

void http_server_resume(struct http_exchange *x)
{
    MHD_resume_connection(x->connection);
}

void *http_take_place(struct http_exchange *x)
{
    void *place = x->known->place;
    x->known->place = NULL;
    return place;
}

/* ---- the server ---- */

static void on_message(void *arg, const char *fmt, va_list ap)
{
    char text[256];
    (void)vsnprintf(text, sizeof text, fmt, ap);
    text[strcspn(text, "\n")] = 0;
    for (char *p = text; *p; p++)
        if (*p == '"')
            *p = '\'';
    log_event(LOG_DEBUG, "http.library", "text=\"%s\"", text);
}

static struct MHD_Daemon *start_daemon(struct http_server *s)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_NO_LISTEN_SOCKET |
                     MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    /* Its own limit must never be met: 0.9.75 then leaves a mutex locked, for good. A worker gets a share of
     * it, and all connections may fall to one worker. */
    unsigned limit = (unsigned)(s->config.max_connections + LIMIT_SLACK) * WORKERS;
    return MHD_start_daemon(flags, 0, NULL, NULL, on_access, s, MHD_OPTION_EXTERNAL_LOGGER, on_message, NULL,
                            MHD_OPTION_THREAD_POOL_SIZE, (unsigned)WORKERS, MHD_OPTION_CONNECTION_LIMIT,
                            limit, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)STALLED_S, MHD_OPTION_STRICT_FOR_CLIENT,
                            (int)STRICT, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_URI_LOG_CALLBACK,
                            on_target, s, MHD_OPTION_END);
}

enum err http_server_create(struct http_server **out, const struct http_config *config)
{
    struct http_server *s = mem_zalloc(sizeof *s);
    if (!s)
        return ERR_NO_MEMORY;
    s->config = *config;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->idle, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&s->lock, NULL);
    connections_init(s);
    enum err e = s->dead < 0 ? ERR_IO : ERR_OK;
    if (!e)
        e = proxy_parse(config->conf->trusted_proxies, &s->proxies);
    if (!e)
        e = reaper_create(&s->reaper, config->clock);
    if (!e && !(s->daemon = start_daemon(s)))
        e = ERR_IO;
    if (e)
        http_server_free(s);
    else
        *out = s;
    return e;
}

void http_server_stop(struct http_server *s, int drain_ms)
{
    if (!s->daemon)
        return;
    parking_close(s, drain_ms);
    MHD_stop_daemon(s->daemon);
    s->daemon = NULL;
    reaper_free(s->reaper);
    s->reaper = NULL;
}

void http_server_free(struct http_server *s)
{
    if (!s)
        return;
    http_server_stop(s, 0);
    reaper_free(s->reaper);
    connections_fini(s);
    pthread_cond_destroy(&s->idle);
    pthread_mutex_destroy(&s->lock);
    mem_free(s);
}
