/* One WebSocket as the rules see it. The relay thread only. */
#ifndef RELAY_CONN_H
#define RELAY_CONN_H

#include "core/buf.h"
#include "core/json.h"
#include "core/rand.h"
#include "relay/hub.h"

enum {
    CONN_TEXT_MAX = 64 * 1024,
    CONN_OUT_MAX = 160 * 1024, /* text waiting for a peer that does not read; two of the largest and some */
    CONN_ID_MAX = 128,         /* a request's id as JSON text */
    CONN_DEVICES_MAX = 64,     /* devices one connection may watch or signal with */
    CONN_RATE = 50,            /* text messages a second, and how many at once */
    CONN_BURST = 200,
};

enum conn_close {
    CONN_CLOSE_NORMAL = 1000,
    CONN_CLOSE_PROTOCOL = 1002,
    CONN_CLOSE_TEXT = 1007,
    CONN_CLOSE_INTERNAL = 1011,
    CONN_CLOSE_RESTART = 1012,
    CONN_CLOSE_BAD_MESSAGE = 4400,
    CONN_CLOSE_CREDENTIAL = 4401,
    CONN_CLOSE_FORBIDDEN = 4403,
    CONN_CLOSE_NO_DEVICE = 4404,
    CONN_CLOSE_SILENT = 4408,
    CONN_CLOSE_REPLACED = 4409,
    CONN_CLOSE_REMOVED = 4410,
    CONN_CLOSE_TOO_LARGE = 4413,
    CONN_CLOSE_TOO_FAST = 4429,
};

/* What a connection has asked the service and waits for; it reads nothing meanwhile. */
enum question_kind {
    ASK_NOTHING,
    ASK_REGISTER,
    ASK_RENEW,
    ASK_WATCH,
    ASK_SIGNAL,
    ASK_FIND,
    ASK_OPERATE,
    ASK_ONLINE
};

struct question {
    enum question_kind kind;
    uint32_t number;
    int64_t since_us;
    struct id device;
    struct json *doc; /* the request */
};

struct viewer;
struct camera;
struct dialect;
struct peering;
struct conn_out;

struct conn {
    struct hub *hub;
    void *wire;
    struct conn *next, *prev;
    uint64_t number;
    struct relay_grant grant;
    void *place; /* of the socket, for whoever counts them */
    char session[RAND_ID_BYTES];
    char address[46];
    bool closing;      /* says what is queued, then closes with close_code */
    bool said_close;   /* the close frame is out */
    bool peer_done;    /* the peer's close frame has come */
    bool detached;     /* no device, no watch: only the socket is left */
    bool waiting;      /* conn_writable will come */
    bool ping_due;     /* a ping waits until the socket is not busy */
    int64_t pinged_us; /* since it was last heard; 0 = not */
    bool spoke;        /* a text message has come */
    bool counted;      /* among the users */
    uint16_t close_code;
    const char *close_reason; /* NULL = none; static */
    int64_t opened_us, heard_us, closing_us;
    int64_t tokens_us; /* rate: time at which the bucket would be full */
    struct due due;
    struct buf in; /* a text message coming in piece by piece */
    struct conn_out *out_first, **out_end;
    size_t out_bytes;
    struct question question;
    /* role USER */
    struct viewer *viewers;
    unsigned n_viewers, n_peerings;
    uint16_t last_channel;
    struct peering *peerings;
    struct dialect *dialect; /* NULL: it speaks as /ws does */
    /* role DEVICE */
    struct camera *camera;
};

/* A socket comes in; *out is freed by conn_free when the socket is gone. */
MUST_CHECK enum err conn_create(struct conn **out, struct hub *h, const struct relay_grant *grant,
                                const char *address);
void conn_free(struct conn *c);

/* ---- from the transport ---- */
/* The handshake is done. */
void conn_open(struct conn *c);
/* The socket has ended or is ending by the peer's will. */
void conn_gone(struct conn *c);
void conn_receive(struct conn *c, const struct transport_chunk *chunk);
void conn_heard(struct conn *c);
void conn_ping(struct conn *c, const uint8_t *data, size_t len);
/* The peer's close frame has come; code 0: it named none. */
void conn_peer_closed(struct conn *c, uint16_t code);
/* There is room: sends what waits. */
void conn_writable(struct conn *c);

/* ---- for the rules ---- */
/* Ends it: what is queued is said, then the code. Takes effect after the running call; until then the
 * connection is still listed, but hears and says nothing more. */
void conn_close(struct conn *c, enum conn_close code);
/* A text message; data has TRANSPORT_ROOM bytes before it and is copied when it cannot leave at once. A peer
 * that lets more than CONN_OUT_MAX wait is closed. */
void conn_send(struct conn *c, uint8_t *data, size_t len);
/* Nothing waits, nothing is under way: a frame may be written directly. */
bool conn_idle(const struct conn *c);
void conn_want_write(struct conn *c);
/* What time watches for has changed (grant, expiry). */
void conn_reckon(struct conn *c);
/* Opens a question and stops reading. doc is taken. */
struct relay_ref conn_ask(struct conn *c, enum question_kind kind, const struct id *device, struct json *doc);
/* Closes it, goes on reading. The doc is the caller's now. */
struct question conn_answered(struct conn *c);

/* Until when somebody must have said who he is. */
static inline int64_t conn_register_until_us(const struct conn *c)
{
    return c->opened_us + (int64_t)c->hub->config.register_timeout_ms * 1000;
}

static inline bool conn_is_user(const struct conn *c)
{
    return c->grant.role == RELAY_USER;
}

#endif
