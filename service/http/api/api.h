/* What the handlers of http/api/ work with. app.c fills it once; read-only afterwards, but for
 * what is atomic. */
#ifndef HTTP_API_API_H
#define HTTP_API_API_H

#include "core/clock.h"
#include "core/conf.h"
#include "http/exchange.h"
#include "store/store.h"

struct jobs;       /* core/jobs.h */
struct token_keys; /* auth/token.h */
struct limiter;    /* auth/limiter.h */
struct tickets;    /* auth/ticket.h */
struct presence;   /* cameras/presence.h */
struct progress;   /* cameras/progress.h */
struct qr_vault;   /* cameras/qr_vault.h */

/* One picture, kept alive until release(keep). */
struct api_picture {
    struct span jpeg;
    uint32_t seq;
    int64_t captured_us;
    void (*release)(void *keep);
    void *keep;
};

/* A client that wants a stream of pictures: its socket, and the head of the answer, not said yet. All of it
 * borrowed but fd. */
#define API_STREAM_BOUNDARY "frame"
struct api_stream {
    int fd;
    struct span head;
    struct id device;
    double fps; /* at most; 0 = all there are */
    const struct principal *who;
    int64_t judged_us; /* monotonic, before who and his right were looked up */
    const char *address;
    void *place; /* the relay's, in any case */
};

/* A picture that a device sent by HTTP; all of it borrowed. */
struct api_frame {
    const struct principal *who;
    int64_t judged_us; /* monotonic, before its key was looked up */
    const char *address;
    struct span jpeg; /* a good one */
    uint16_t width, height;
};

/* What the relay does for handlers; plugged in by app.c, since http and relay do not know each other. Any
 * thread. */
struct api_relay {
    void *arg;
    void (*snapshot)(void *arg, const struct id *device, int max_age_ms, int wait_ms,
                     void (*done)(void *done_arg, enum err err, const struct api_picture *picture),
                     void *done_arg);
    /* user may see the device. Owns fd unless it fails: ERR_BUSY, ERR_RATE_LIMITED, ERR_NO_MEMORY. */
    enum err (*stream)(void *arg, const struct api_stream *stream);
    /* Publishes it. ERR_BUSY, ERR_NO_MEMORY, ERR_TOO_LARGE. */
    enum err (*frame)(void *arg, const struct api_frame *frame);
    /* A device without a connection told of itself, a JSON object. */
    void (*telemetry)(void *arg, const struct id *device, struct span json);
    void (*device_removed)(void *arg, const struct id *device);
    /* It has this one key now; began_us: monotonic, before the store was told. */
    void (*device_key_changed)(void *arg, const struct id *device, const struct secret_hash *key,
                               int64_t began_us);
    void (*session_ended)(void *arg, const struct id *user, const struct id *session);
};

struct api {
    struct store *store;
    struct jobs *jobs; /* for what may block, begun on a thread that must not */
    const struct conf *conf;
    const struct clock *clock;
    const struct token_keys *keys;
    struct limiter *limiter; /* for limits per account */
    struct presence *presence;
    struct progress *progress;
    struct qr_vault *vault;
    struct tickets *tickets;
    struct api_relay relay;
    void (*write_metrics)(void *arg, struct buf *out); /* the text of /metrics; any thread */
    void *write_metrics_arg;
    int64_t started_ms;
    _Atomic int64_t pinged_us; /* the store, last (monotonic); negative: in vain. 0: never */
};

/* The route table of all families, ended by a row with path NULL. */
extern const struct http_route api_routes[];

#endif
