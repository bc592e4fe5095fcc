#include "http/handback.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "http/problem.h"
#include "http/reply.h"
#include "http/request.h"

enum { HEAD_MAX = 64 * 1024 };

static bool is_open(const struct http_exchange *x)
{
    bool stays =
        x->is_http_1_0 ? request_connection_says(x, "keep-alive") : !request_connection_says(x, "close");
    return x->sent_status && stays && !x->reply.close && intake_done(&x->known->intake);
}

/* Of this request, or behind it. */
static bool is_unread(const struct http_exchange *x)
{
    int n;
    return !intake_done(&x->known->intake) || (ioctl(x->known->fd, FIONREAD, &n) == 0 && n > 0);
}

/* The live socket under another number, or -1. A plain duplicate would not do: libmicrohttpd shuts its
 * connection down before it closes it, and that acts on the socket whatever descriptor names it. So its
 * descriptor gets another socket. */
static int swap(const struct http_exchange *x)
{
    int fd = x->known->fd, live = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (live < 0)
        return -1;
    intake_close(fd);
    if (dup3(x->server->dead, fd, O_CLOEXEC) >= 0)
        return live;
    close(live);
    return -1;
}

static void give_back(struct http_exchange *x)
{
    struct http_connection *c = x->known;
    http_server_suspend(x); /* takes the descriptor out of the event loop first */
    int live = swap(x);
    if (live < 0) { /* no descriptor is left: it ends here, for nobody would read the next request */
        intake_close(c->fd);
        (void)shutdown(c->fd, SHUT_RDWR);
    } else {
        void *place = c->place;
        c->place = NULL;
        x->server->config.give_back(x->server->config.connections_arg, live,
                                    (const struct sockaddr *)&c->address, place);
    }
    http_server_resume(x);
}

void handback_end(struct http_exchange *x)
{
    if (x->taken)
        return;
    if (is_open(x))
        give_back(x);
    else if (is_unread(x))
        reaper_linger(x->server->reaper, x->known->fd);
}

static void put_header(void *arg, const char *name, const char *value)
{
    buf_printf(arg, "%s: %s\r\n", name, value);
}

/* Nobody took it. */
static void end_given(const struct http_exchange *x, int live, enum err e)
{
    char text[PROBLEM_RAW_BYTES];
    size_t len = problem_raw(e, &(struct problem_words){.error_first = x->for_device}, x->request_id, text);
    (void)send(live, text, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    (void)shutdown(live, SHUT_WR);
    reaper_linger(x->server->reaper, live);
    close(live);
}

enum err handback_give(struct http_exchange *x)
{
    struct http_reply *r = &x->reply;
    enum err e = ERR_BUSY;
    struct buf head;
    buf_init(&head, HEAD_MAX);
    buf_puts(&head, "HTTP/1.1 200 OK\r\n");
    reply_each_header(r, put_header, &head);
    buf_puts(&head, "\r\n");
    if (!buf_err(&head)) {
        http_server_suspend(x);
        int live = swap(x);
        if (live >= 0) {
            e = r->take(r->take_arg, live, buf_span(&head));
            r->take = NULL;
            x->taken = true;
            if (e)
                end_given(x, live, e);
        }
        http_server_resume(x);
    }
    buf_fini(&head);
    return e;
}
