/* A real relay on real sockets, with hooks that answer from a small list of made-up users and devices. */
#ifndef TESTS_UNIT_RELAY_LIVE_H
#define TESTS_UNIT_RELAY_LIVE_H

#include <pthread.h>

#include "relay/relay.h"
#include "support/ws_client.h"

enum { LIVE_LOG = 64, SOON = 60000 };

/* Tokens are "user-<n>", device keys "key-<n>"; user 1 may see every device but DEVICE_FORBIDDEN and unknown
 * ones. */
extern const struct id live_user[4], live_device[4], live_session[4];

struct live {
    struct relay *relay;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool hold_answers; /* authorize is answered by live_answer_held */
    bool standstill;   /* the relay's thread stops behind telling of telemetry, until live_go_on */
    struct relay_ref held;
    unsigned n_held;
    char log[LIVE_LOG][160]; /* what the hooks were told, oldest first */
    unsigned n_log;
};

void live_start(struct live *l, const struct relay_config *config);
void live_stop(struct live *l);

/* Opens a WebSocket with what its credential was judged to be; asserts 101. */
void live_open(struct live *l, struct ws_client *w, struct relay_grant grant);
/* The same, with all in its hands. */
void live_open_with(struct live *l, struct ws_client *w, struct relay_grant grant, const char *headers);
void live_user_open(struct live *l, struct ws_client *w, int user);
void live_device_open(struct live *l, struct ws_client *w, int device);
struct relay_grant live_user_grant(int user);
struct relay_grant live_device_grant(int device);
/* A pair of connected TCP sockets of the loopback. */
void live_pair(int *client, int *server);

/* Waits until a hook was told a line that starts so; false when it was not within 10 s. */
bool live_told(struct live *l, const char *line);
unsigned live_count(struct live *l, const char *line);
void live_go_on(struct live *l);
/* Waits until authorize was asked while answers are held. */
bool live_wait_held(struct live *l);

/* Sends a watch of the device with further members (",\"a\":1" or "") and waits for `watching`. */
void live_watch(struct ws_client *w, int device, const char *more);
/* The next picture, texts passed over; its frame header is decoded into seq unless the framing is raw (seq
 * NULL). */
bool live_picture(struct ws_client *w, uint32_t *seq);

/* A picture that passes for a JPEG of len bytes (at least 64); each seed gives other bytes. */
void live_jpeg(uint8_t *out, size_t len, unsigned seed);

#endif
