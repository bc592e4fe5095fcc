#include "http/takeover.h"

#include <fcntl.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/reply.h"

enum { HEAD_MAX = 64 * 1024 };

bool takeover_wanted(const struct http_exchange *x, const char *method)
{
    size_t upgrades = 0;
    for (size_t i = 0; i < x->n_headers; i++)
        if (strcasecmp(x->headers[i].name, "Upgrade") == 0)
            upgrades += strcasecmp(x->headers[i].value, "websocket") == 0 ? 1 : 2;
    return x->server->config.take_over && strcmp(method, "GET") == 0 && strcmp(x->path, "/ws") == 0 &&
           upgrades == 1;
}

static void rebuild_head(const struct http_exchange *x, struct buf *out)
{
    buf_puts(out, "GET ");
    buf_puts(out, x->path);
    if (x->query_text.len) {
        buf_putc(out, '?');
        buf_put(out, x->query_text.p, x->query_text.len);
    }
    buf_puts(out, " HTTP/1.1\r\n");
    for (size_t i = 0; i < x->n_headers; i++) {
        buf_puts(out, x->headers[i].name);
        buf_puts(out, ": ");
        buf_puts(out, x->headers[i].value);
        buf_puts(out, "\r\n");
    }
    buf_puts(out, "\r\n");
}

/* A plain duplicate would not do: libmicrohttpd shuts its connection down before it closes it, and that acts
 * on the socket whatever descriptor names it. So its descriptor gets another socket. */
int takeover_swap(const struct http_server *s, int fd)
{
    int live = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (live >= 0 && dup3(s->dead, fd, O_CLOEXEC) < 0) {
        close(live);
        live = -1;
    }
    return live;
}

static void put_header(void *arg, const char *name, const char *value)
{
    buf_printf(arg, "%s: %s\r\n", name, value);
}

bool takeover_give(struct http_exchange *x, int fd)
{
    struct http_reply *r = &x->reply;
    struct buf head;
    buf_init(&head, HEAD_MAX);
    buf_puts(&head, "HTTP/1.1 200 OK\r\n");
    reply_each_header(r, put_header, &head);
    buf_puts(&head, "\r\n");
    int live = -1;
    if (!buf_err(&head)) {
        http_server_suspend(x);
        live = takeover_swap(x->server, fd);
        if (live >= 0) {
            r->take(r->take_arg, live, buf_span(&head));
            r->take = NULL;
        }
        http_server_resume(x);
    }
    buf_fini(&head);
    return live >= 0;
}

bool takeover_run(struct http_exchange *x, int fd)
{
    struct buf head;
    buf_init(&head, HEAD_MAX);
    rebuild_head(x, &head);
    int live = -1;
    if (!buf_err(&head)) {
        http_server_suspend(x); /* takes the descriptor out of the event loop first */
        live = takeover_swap(x->server, fd);
        if (live >= 0)
            x->server->config.take_over(
                x->server->config.take_over_arg,
                &(struct http_takeover){
                    .fd = live, .head = buf_span(&head), .address = x->peer, .place = http_take_place(x)});
        http_server_resume(x);
    }
    buf_fini(&head);
    return live >= 0;
}
