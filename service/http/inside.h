/* What the files of this room share. Nobody outside includes it. */
#ifndef HTTP_INSIDE_H
#define HTTP_INSIDE_H

#include <pthread.h>
#include <sys/socket.h>

#include "core/map.h"
#include "http/exchange.h"
#include "http/form.h"
#include "http/intake.h"
#include "http/proxy.h"
#include "http/reaper.h"
#include "http/server.h"
#include "http/stats.h"

struct MHD_Connection;
struct MHD_Daemon;

enum { HTTP_ADDRESS_BYTES = 46 };

struct http_header {
    const char *name, *value;
};

/* Who must let go of an exchange before it may be freed: libmicrohttpd's side and the handler's. */
enum exchange_state {
    EXCHANGE_OURS,      /* on an event thread; no handler keeps it */
    EXCHANGE_PARKED,    /* suspended; a job or a handler holds it and will call http_finish */
    EXCHANGE_FINISHED,  /* the handler is done */
    EXCHANGE_ABANDONED, /* the server stops; answered without the handler, which still holds it */
    EXCHANGE_ORPHAN,    /* … and the connection is gone: http_finish frees it */
};

struct http_reply {
    int status;
    const char *content_type; /* NULL = no body */
    struct buf headers;       /* name NUL value NUL … */
    struct buf body;
    struct span borrowed; /* p not NULL: this instead of body, until release(keep) */
    void (*release)(void *keep);
    void *keep;
    http_taker *take; /* not NULL: no body, the socket is given away */
    void *take_arg;
    bool close;
    bool keep_alive; /* said in so many words */
};

/* A credential as it was read, before the session was looked up. */
struct http_credential {
    enum { CREDENTIAL_BEARER, CREDENTIAL_COOKIE, CREDENTIAL_TICKET, CREDENTIAL_BASIC } kind;
    struct id user_id, session_id; /* BASIC: the stream password, which counts as a session of its own */
    struct id device_id;           /* TICKET */
    struct secret_hash secret;     /* COOKIE, BASIC */
    int64_t expires_ms;
};

/* What is known of a connection, which is here for one request; libmicrohttpd's socket context. */
struct http_connection {
    int fd;
    struct reaper_entry reaped;
    struct sockaddr_storage address;
    void *place;
    int64_t body_bytes; /* of the request; -1: chunked */
    struct intake intake;
    bool begun; /* the request: there is an exchange, or was */
};

struct http_exchange {
    struct http_server *server;
    struct MHD_Connection *connection;
    struct http_connection *known;     /* while that lives */
    enum exchange_state state;         /* under server->lock */
    struct http_exchange *prev, *next; /* parked ones, under server->lock */
    bool begun, complete, decided;     /* first call made · body read · reply filled before the handler */
    bool taken;                        /* the socket was given away */
    bool judging;                      /* suspended between head and body, until its device key is judged */
    bool for_device;                   /* the path is one for device keys, whatever the method */
    char request_id[25];
    int64_t began_us;
    int64_t queued_us; /* for a job thread */
    int sent_status;
    size_t sent_bytes;

    const char *method_text;
    enum http_method method; /* HTTP_METHODS: none of ours */
    bool is_head, is_options, is_http_1_0;
    char *path; /* with its NUL; the query behind it */
    struct span query_text;
    char *param_text; /* where params are decoded to; as long as the path */
    struct span params[HTTP_PARAMS_MAX];
    unsigned n_params;
    const struct http_route *route;
    struct http_header *headers;
    size_t n_headers;
    char peer[HTTP_ADDRESS_BYTES], address[HTTP_ADDRESS_BYTES];
    bool behind_proxy; /* the peer is trusted: its word counts */
    bool has_body, form_read;
    bool basic_tried;       /* a 401 asks for it again */
    int64_t content_length; /* -1: chunked */

    size_t received;      /* of the body, also when it is thrown away */
    size_t picture_bytes; /* counted among the server's */

    struct buf body;
    struct json *json;
    struct form query, form;
    struct http_credential credential;
    struct principal who;
    struct http_reply reply;
};

struct http_server {
    struct http_config config;
    struct proxy_list proxies;
    struct reaper *reaper;
    struct MHD_Daemon *daemon;
    int dead; /* a socket whose peer is gone, for connections whose own was taken away */
    pthread_mutex_t lock;
    pthread_cond_t idle;
    struct http_exchange *parked;
    size_t active;        /* connections from their arrival to the end of their request */
    struct map adopted;   /* descriptor → http_connection, until libmicrohttpd has taken it in */
    struct map pictures;  /* device id → bytes of its bodies under way */
    size_t picture_bytes; /* of all */
    struct stats stats;
    size_t connections;    /* ours to count: libmicrohttpd 0.9.75 hangs at its own limit */
    bool stopping, closed; /* refuses new requests · parks nobody any more */
};

/* server.c: the connection stops and goes on. suspend: its event thread; resume: any. */
void http_server_suspend(struct http_exchange *x);
void http_server_resume(struct http_exchange *x);

static inline int64_t http_now_us(const struct http_server *s)
{
    return s->config.clock->mono_us(s->config.clock);
}

#endif
