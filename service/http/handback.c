#include "http/handback.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "http/takeover.h"

enum { TRIES = 3, STATE_ESTABLISHED = 1 };

static bool read_info(int fd, struct tcp_info *out)
{
    socklen_t len = sizeof *out;
    memset(out, 0, sizeof *out);
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, out, &len) == 0 && out->tcpi_state == STATE_ESTABLISHED &&
           len > offsetof(struct tcp_info, tcpi_bytes_received);
}

bool handback_consumed(int fd, uint64_t *out)
{
    struct tcp_info before, after;
    int unread;
    for (int i = 0; i < TRIES; i++) { /* what arrives between the two questions would be counted wrong */
        if (!read_info(fd, &before) || ioctl(fd, FIONREAD, &unread) || !read_info(fd, &after))
            return false;
        if (before.tcpi_bytes_received == after.tcpi_bytes_received) {
            *out = (uint64_t)after.tcpi_bytes_received - (uint64_t)unread;
            return true;
        }
    }
    return false;
}

static bool connection_says(const struct http_exchange *x, const char *token)
{
    size_t len = strlen(token);
    for (size_t i = 0; i < x->n_headers; i++) {
        if (strcasecmp(x->headers[i].name, "Connection") != 0)
            continue;
        for (const char *p = x->headers[i].value; *(p += strspn(p, ", \t"));) {
            size_t n = strcspn(p, ", \t");
            if (n == len && strncasecmp(p, token, len) == 0)
                return true;
            p += n;
        }
    }
    return false;
}

bool handback_possible(const struct http_exchange *x, const struct http_connection *c)
{
    uint64_t consumed;
    bool stays = x->is_http_1_0 ? connection_says(x, "keep-alive") : !connection_says(x, "close");
    return x->server->config.give_back && x->sent_status && !x->taken && stays && !x->reply.close &&
           c->begins_known && x->content_length >= 0 && handback_consumed(c->reaped.fd, &consumed) &&
           consumed == c->begins + c->head_bytes + (uint64_t)x->content_length;
}

void handback_run(struct http_exchange *x, struct http_connection *c)
{
    struct http_server *s = x->server;
    http_server_suspend(x); /* takes the descriptor out of the event loop first */
    int live = takeover_swap(s, c->reaped.fd);
    if (live >= 0) {
        void *place = c->place;
        c->place = NULL;
        s->config.give_back(s->config.connections_arg, live, (const struct sockaddr *)&c->address, place);
    }
    http_server_resume(x);
}
