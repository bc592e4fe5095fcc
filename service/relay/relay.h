/* The relay: moves pictures from cameras to viewers (WebSockets, MJPEG) and signalling between them.
 *
 * One thread owns everything inside (libwebsockets on our libuv loop). It never blocks and never touches the
 * store: who may do what is asked through hooks, and the answers come back through its mailbox. Functions
 * here may be called from any thread unless they say otherwise. Hooks are called on the relay thread and must
 * return at once. */
#ifndef RELAY_RELAY_H
#define RELAY_RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/clock.h"
#include "core/err.h"
#include "core/id.h"
#include "core/span.h"
#include "relay/target.h"

struct relay;
struct relay_packet; /* a counted, immutable frame */

/* Names one question of one connection; copied, never dangling: an answer to a connection that is gone is
 * dropped. */
struct relay_ref {
    uint64_t connection;
    uint32_t question;
};

enum relay_role { RELAY_NOBODY, RELAY_USER, RELAY_DEVICE };

/* Who a socket is. */
struct relay_grant {
    enum relay_role role;          /* NOBODY: it must send `register` within 5 s */
    bool by_cookie;                /* a first `register` with a device key still wins (contract §4) */
    struct id user_id, session_id; /* USER; session_id is none for tickets */
    struct id device_id;           /* DEVICE; for a USER by ticket the one device it may see, else none */
    uint64_t key;                  /* DEVICE: tells its keys apart, and opens nothing */
    int64_t expires_ms;            /* Unix ms when the credential ends, 0 = never */
    int64_t judged_us; /* monotonic, before the store was asked: what ended since then is not let in;
                          0 = unknown */
};

enum relay_credential { RELAY_JWT, RELAY_DEVICE_KEY };

enum relay_offline_reason { RELAY_OFF_NONE, RELAY_OFF_GOODBYE, RELAY_OFF_SILENT };

/* What a camera said about itself when it connected. Strings are empty when unsaid. */
struct relay_camera_info {
    char firmware[65];
    char local_ip[46];
    char address[46]; /* where it connects from */
};

/* What the relay asks and tells. Every pointer must be set. Spans are borrowed for the call. */
struct relay_hooks {
    void *ask_arg; /* of those that ask, down to sign_in */
    void *arg;     /* of those that tell */
    /* Whose credential is this? Answer with relay_answer_grant. The secret must be copied, and wiped after
     * use. */
    void (*authenticate)(void *arg, struct relay_ref ref, enum relay_credential kind, struct span secret);
    /* May this user see this device now? Answer with relay_answer_watch. */
    void (*authorize)(void *arg, struct relay_ref ref, const struct relay_grant *user,
                      const struct id *device);
    /* May this user operate this device (operator, owner)? Answer with
     * relay_answer_watch. */
    void (*authorize_operate)(void *arg, struct relay_ref ref, const struct relay_grant *user,
                              const struct id *device);
    /* Which device does this user mean by the device_uid label `uid`, and
     * may he see it now? Answer with relay_answer_device. */
    void (*find_device)(void *arg, struct relay_ref ref, const struct relay_grant *user, struct span uid);
    /* Which is the one camera of this user that is online now? Answer with relay_answer_device;
     * ERR_CAMERA_OFFLINE: none is, ERR_INVALID: several are. */
    void (*find_online)(void *arg, struct relay_ref ref, const struct relay_grant *user);
    /* A socket with a place has signed in by message and counts for who it is from here on.
     * ERR_RATE_LIMITED: there are too many of his (close 4429). */
    enum err (*sign_in)(void *arg, void *place, const struct relay_grant *who);
    /* A device's newest connection is registered / has ended; without one: its frames come (relay_frame) / do
     * not come any more. epoch rises with each connection of any device; an end is told once, and only for
     * the newest connection of the device (a replaced one ends silently). online is told again with the same
     * epoch when the camera describes itself later (a register after a credential by header). */
    void (*camera_online)(void *arg, const struct id *device, uint64_t epoch,
                          const struct relay_camera_info *info);
    void (*camera_offline)(void *arg, const struct id *device, uint64_t epoch, enum relay_offline_reason why);
    /* The first good frame of a connection; told again, with a later frame, every 5 s until
     * relay_first_frame_kept. */
    void (*camera_first_frame)(void *arg, const struct id *device, uint64_t epoch);
    /* How many watch the device (streams too, snapshots not), at each change. */
    void (*viewers_changed)(void *arg, const struct id *device, unsigned viewers);
    /* A socket that came with a place is closed. */
    void (*socket_closed)(void *arg, void *place);
    /* Telemetry object text of a device, at most 4 KiB. */
    void (*telemetry)(void *arg, const struct id *device, struct span json);
};

struct relay_config {
    size_t max_frame_bytes;    /* largest JPEG */
    size_t max_connections;    /* sockets on this relay; 0 = 10000 */
    int register_timeout_ms;   /* 5000 when 0 */
    int ping_after_ms;         /* silence before a ping: 5000 when 0 */
    int dead_after_ms;         /* silence before 4408: 12000 when 0 */
    int stop_linger_ms;        /* `stop` after the last viewer left: 2000 when 0 */
    const struct clock *clock; /* NULL = system */
};

/* Creates the context (serially, in main, before other threads) and starts the thread. */
MUST_CHECK enum err relay_create(struct relay **out, const struct relay_config *config,
                                 const struct relay_hooks *hooks);
/* SIGTERM: tells all sockets goaway {reconnect_after_ms} spread over spread_ms, then closes them with 1012.
 * Returns when they are gone or after drain_ms. New sockets are refused from here on. */
void relay_drain(struct relay *r, int spread_ms, int drain_ms);
/* Ends the thread, closes what is left. No hook runs after it returned. */
void relay_stop(struct relay *r);
void relay_free(struct relay *r);

/* ---- sockets in ---- */

struct relay_socket {
    int fd;              /* the relay owns it once relay_adopt said ERR_OK */
    const char *address; /* the client's, as text; copied */
    struct relay_grant grant;
    struct relay_target target;
    void *place;          /* goes with fd; told to socket_closed at its end. May be NULL */
    struct id request_id; /* said in the answer unless it is none */
};

/* A WebSocket upgrade whose head has been judged, and is still in the kernel: libwebsockets answers the
 * handshake. ERR_BUSY: full or draining; nothing was answered and the fd is still the caller's. */
MUST_CHECK enum err relay_adopt(struct relay *r, const struct relay_socket *socket);

/* A request for MJPEG (contract §5) by a user who may see the device: its socket, read and not answered. */
#define RELAY_BOUNDARY "frame"
struct relay_stream {
    int fd;              /* the relay owns it once relay_adopt_stream said ERR_OK */
    struct span head;    /* of the HTTP answer, nothing of it is said yet; copied */
    const char *address; /* the client's, as text; copied */
    struct relay_grant grant;
    struct id device;
    double fps;  /* at most; 0 = all there are */
    void *place; /* as for relay_socket */
};

/* The head goes out with the first frame. ERR_BUSY: as for relay_adopt. */
MUST_CHECK enum err relay_adopt_stream(struct relay *r, const struct relay_stream *stream);

/* A picture that a device sent without a socket (contract §6). */
struct relay_frame {
    struct relay_grant grant; /* DEVICE */
    const char *address;      /* where it came from, as text */
    struct span jpeg;         /* a good one (provisioning/jpeg.h), of this size */
    uint16_t width, height;
};

/* Publishes it as if it had come on /ws; the device is online for 15 s. All is copied. Frames that one thread
 * gives keep their order. ERR_TOO_LARGE; ERR_BUSY: too much waits, or draining; ERR_NO_MEMORY. */
MUST_CHECK enum err relay_frame(struct relay *r, const struct relay_frame *frame);

/* What such a device told of itself, a JSON object: goes to who watches it as `telemetry`. Copied. */
void relay_telemetry(struct relay *r, const struct id *device, struct span json);

/* ---- answers ---- */

/* err != OK refuses: a register closes with 4401 when the credential is bad (ERR_UNAUTHENTICATED,
 * ERR_TOKEN_STALE), else with 1012; an auth leaves the socket its old credential. */
void relay_answer_grant(struct relay *r, struct relay_ref ref, enum err err, const struct relay_grant *grant);
/* ERR_OK: may. ERR_NOT_FOUND, ERR_FORBIDDEN, ERR_PAUSED are told to the peer; anything else as
 * `rate_limited`. */
void relay_answer_watch(struct relay *r, struct relay_ref ref, enum err err);
/* As above; device is read when err is ERR_OK. */
void relay_answer_device(struct relay *r, struct relay_ref ref, enum err err, const struct id *device);

/* What camera_first_frame told is kept. */
void relay_first_frame_kept(struct relay *r, const struct id *device, uint64_t epoch);

/* ---- rights that end ---- */

/* The device is deleted: its socket closes 4410; watches of it end with error removed (raw sockets close
 * 4410). */
void relay_device_removed(struct relay *r, const struct id *device);
/* It has one key from now on (relay_grant.key), by a change of the store begun at began_us (monotonic). A
 * socket that came by another one closes 4401; with 1012 when it was judged since then: that may be a key
 * still newer, and it will hear for certain when it asks again. */
void relay_device_key_changed(struct relay *r, const struct id *device, uint64_t key, int64_t began_us);
/* The session (or, when session is NULL, every session of user except `keep`, which may be NULL) ended: 4401.
 */
void relay_session_ended(struct relay *r, const struct id *user, const struct id *session,
                         const struct id *keep);
/* The user may no longer see the device: watches and signalling of it end with error forbidden. */
void relay_right_ended(struct relay *r, const struct id *user, const struct id *device);

/* ---- pictures for others than sockets ---- */

/* Asks for one frame not older than max_age_ms; wakes the camera and waits at most wait_ms. done runs exactly
 * once, on the relay thread: ERR_OK with a packet borrowed for the call (ref it to keep it),
 * ERR_CAMERA_OFFLINE, ERR_CAMERA_TIMEOUT, ERR_BUSY (not taken: too many asks), ERR_UNAVAILABLE (stopping).
 * The last two may come on the calling thread, before relay_snapshot returns. */
void relay_snapshot(struct relay *r, const struct id *device, int max_age_ms, int wait_ms,
                    void (*done)(void *arg, enum err err, struct relay_packet *packet), void *arg);

/* ---- commands ---- */

struct relay_ack {
    bool ok;
    struct span result, error; /* JSON texts as the camera sent them; p NULL when absent */
};

struct relay_command {
    struct id device;
    struct span name, args; /* args: a JSON object's text, empty = {} */
    /* Exactly once, on the relay thread: ERR_OK with the camera's ack, borrowed; ERR_CAMERA_OFFLINE,
     * ERR_CAMERA_TIMEOUT (5 s), ERR_BUSY (not taken), ERR_UNAVAILABLE (stopping). The last two may come on
     * the calling thread, before relay_command returns. */
    void (*done)(void *arg, enum err err, const struct relay_ack *ack);
    void *arg;
};

/* For a user who may operate the device. All is copied. */
void relay_command(struct relay *r, const struct relay_command *command);

struct relay_packet *relay_packet_ref(struct relay_packet *p);
void relay_packet_unref(struct relay_packet *p);
struct span relay_packet_jpeg(const struct relay_packet *p);
uint32_t relay_packet_seq(const struct relay_packet *p);
int64_t relay_packet_captured_us(const struct relay_packet *p); /* Unix µs */

/* ---- figures ---- */

/* How long things took: counts[i] of at most relay_bounds_us[i] (and more than the bound before), the last of
 * more than any. */
enum { RELAY_BOUNDS = 14 };
extern const int64_t relay_bounds_us[RELAY_BOUNDS];

struct relay_histogram {
    uint64_t counts[RELAY_BOUNDS + 1], sum_us;
};

struct relay_stats {
    /* now: sockets signed in as users, as devices; devices online by frames without a socket; what is
     * watched; MJPEG streams */
    uint64_t users, devices, pushing, watches, streams;
    /* since start */
    uint64_t frames_in, frames_out, bytes_in, bytes_out;
    uint64_t dropped_newer; /* the viewer's socket was busy until there was a newer one */
    uint64_t dropped_paced; /* over the rate the viewer wants */
    uint64_t dropped_old;   /* over max_age */
    uint64_t dropped_bad;   /* not a JPEG */
    uint64_t sockets_accepted, sockets_refused, auth_failed;
    uint64_t closed_silent;         /* heard nothing of, or read nothing of what was said */
    uint64_t closed_misbehaved;     /* broke the protocol or a limit: 1002, 1007, 4400, 4413, 4429 */
    struct relay_histogram latency; /* of a watched frame: received whole → written to the last idle viewer */
    struct relay_histogram age;     /* of a frame when it is written to a viewer: since it was received */
    struct relay_histogram lag;     /* how late a deadline of the relay thread ran */
};
/* Any thread, never waits. */
void relay_stats(const struct relay *r, struct relay_stats *out);

#endif
