#include "ports/host/loop.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ports/host/log.h"

enum { DESCRIPTORS = 32, RX_BYTES = 4096 };

/* A link that was silent for 5 s is asked, after 12 s it is dead (as the relay judges its own side). */
static const lws_retry_bo_t silence = {.secs_since_valid_ping = 5, .secs_since_valid_hangup = 12};

static void on_lws_log(int level, const char *line)
{
    char text[256];
    (void)snprintf(text, sizeof text, "line=\"%.*s\"", (int)strcspn(line, "\n\""), line);
    host_log_write(FW_LOG_DEBUG, "link.library", text);
}

static int on_watched(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in, size_t len)
{
    struct host_watch *w = lws_get_opaque_user_data(wsi);
    if ((why == LWS_CALLBACK_RAW_RX_FILE || why == LWS_CALLBACK_RAW_CLOSE_FILE) && w)
        w->readable(w->ctx);
    return 0;
}

bool host_loop_init(struct host_loop *l, lws_callback_function *relay, const char *ca_file)
{
    /* A camera has no proxy; the library would take one from the environment. */
    unsetenv("http_proxy");
    unsetenv("socks_proxy");
    lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
    const struct lws_protocols protocols[] = {
        {.name = "relay", .callback = relay, .rx_buffer_size = RX_BYTES},
        {.name = "watch", .callback = on_watched},
        {0},
    };
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
        .fd_limit_per_thread = DESCRIPTORS,
        .client_ssl_ca_filepath = ca_file,
        .retry_and_idle_policy = &silence,
        .vhost_name = "camera",
    };
    l->lws = lws_create_context(&info);
    l->vhost = l->lws ? lws_get_vhost_by_name(l->lws, "camera") : NULL;
    return l->vhost != NULL;
}

void host_loop_fini(struct host_loop *l)
{
    if (l->lws)
        lws_context_destroy(l->lws);
    l->lws = NULL;
}

void host_loop_run(struct host_loop *l)
{
    while (!l->stopped) {
        l->before_wait(l->before_wait_ctx);
        if (!l->stopped && lws_service(l->lws, 0) < 0)
            l->stopped = true;
    }
}

void host_loop_stop(struct host_loop *l)
{
    l->stopped = true;
    lws_cancel_service(l->lws);
}

static void on_timer(lws_sorted_usec_list_t *sul)
{
    struct host_timer *t = lws_container_of(sul, struct host_timer, sul);
    t->fired(t->ctx);
    if (!t->loop->stopped)
        t->loop->before_wait(t->loop->before_wait_ctx); /* the library runs timers and waits in one call */
}

void host_timer_init(struct host_timer *t, struct host_loop *l, void (*fired)(void *ctx), void *ctx)
{
    *t = (struct host_timer){.loop = l, .fired = fired, .ctx = ctx};
}

void host_timer_set(struct host_timer *t, int64_t in_ms)
{
    lws_sul_schedule(t->loop->lws, 0, &t->sul, on_timer, in_ms > 0 ? in_ms * LWS_US_PER_MS : 1);
}

void host_timer_cancel(struct host_timer *t)
{
    lws_sul_schedule(t->loop->lws, 0, &t->sul, NULL, LWS_SET_TIMER_USEC_CANCEL);
}

bool host_loop_watch(struct host_loop *l, int fd, struct host_watch *w)
{
    lws_adopt_desc_t about = {.vh = l->vhost,
                              .type = LWS_ADOPT_RAW_FILE_DESC,
                              .fd.filefd = fd,
                              .vh_prot_name = "watch",
                              .opaque = w};
    return lws_adopt_descriptor_vhost_via_info(&about) != NULL;
}

int64_t host_clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint64_t host_clock_wall_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}
