/* The one thread of the host port: a libwebsockets loop with timers, watched file descriptors and the clock.
 * Everything of this port is called from it and nowhere else. */
#ifndef PORTS_HOST_LOOP_H
#define PORTS_HOST_LOOP_H

#include <libwebsockets.h>
#include <stdbool.h>
#include <stdint.h>

struct host_loop {
    struct lws_context *lws;
    struct lws_vhost *vhost;
    bool stopped;
    /* Called before each wait: the place to set timers by what changed. */
    void (*before_wait)(void *ctx);
    void *before_wait_ctx;
};

struct host_timer {
    lws_sorted_usec_list_t sul; /* first: the callback finds the timer by it */
    struct host_loop *loop;
    void (*fired)(void *ctx);
    void *ctx;
};

struct host_watch {
    void (*readable)(void *ctx);
    void *ctx;
};

/* relay: the callback of the WebSocket client. ca_file: trust this instead of the system's, or NULL. */
bool host_loop_init(struct host_loop *l, lws_callback_function *relay, const char *ca_file);
void host_loop_fini(struct host_loop *l);
/* Until host_loop_stop. */
void host_loop_run(struct host_loop *l);
void host_loop_stop(struct host_loop *l);

void host_timer_init(struct host_timer *t, struct host_loop *l, void (*fired)(void *ctx), void *ctx);
/* Fires once, in so many milliseconds (0: as soon as the loop comes round); replaces a time set before. */
void host_timer_set(struct host_timer *t, int64_t in_ms);
void host_timer_cancel(struct host_timer *t);

/* Calls w->readable whenever fd can be read, and once more at its end or error; then the watch is over. fd is
 * the loop's from here on, also on failure; w outlives the loop. */
bool host_loop_watch(struct host_loop *l, int fd, struct host_watch *w);

int64_t host_clock_ms(void);       /* monotonic */
uint64_t host_clock_wall_us(void); /* Unix time */

#endif
