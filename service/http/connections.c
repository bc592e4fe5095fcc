#include "http/connections.h"

#include <sys/socket.h>
#include <unistd.h>

#include "core/mem.h"

static int dead_socket(void)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair))
        return -1;
    close(pair[1]);
    return pair[0];
}

void connections_init(struct http_server *s)
{
    map_init(&s->adopted);
    map_init(&s->pictures);
    s->dead = dead_socket();
}

static bool end_unmet(void *arg, struct span key, void *value)
{
    connections_end(arg, value);
    return true;
}

void connections_fini(struct http_server *s)
{
    /* Those that waited for a worker when it stopped: libmicrohttpd closed them and told nobody. */
    map_each(&s->adopted, end_unmet, s);
    map_fini(&s->adopted);
    map_fini(&s->pictures);
    if (s->dead >= 0)
        close(s->dead);
}

static struct span key_of(const int *fd)
{
    return (struct span){(const char *)fd, sizeof *fd};
}

bool connections_note(struct http_server *s, const struct http_arrival *a)
{
    struct http_connection *c = a->fd < INTAKE_FD_MAX ? mem_zalloc(sizeof *c) : NULL;
    pthread_mutex_lock(&s->lock);
    bool noted = c && map_put(&s->adopted, key_of(&a->fd), c, NULL) == ERR_OK;
    s->connections += noted;
    s->active += noted; /* the head of its request is here */
    pthread_mutex_unlock(&s->lock);
    if (!noted) {
        if (a->place && s->config.closed)
            s->config.closed(s->config.connections_arg, a->place);
        mem_free(c);
        return false;
    }
    c->fd = c->reaped.fd = a->fd;
    c->place = a->place;
    memcpy(&c->address, a->address, a->address_len);
    c->body_bytes = a->body_bytes;
    c->intake.chunked = a->body_bytes < 0;
    c->intake.left = a->head_bytes + (c->intake.chunked ? 0 : (uint64_t)a->body_bytes);
    return true;
}

struct http_connection *connections_take(struct http_server *s, int fd)
{
    pthread_mutex_lock(&s->lock);
    struct http_connection *c = map_del(&s->adopted, key_of(&fd));
    pthread_mutex_unlock(&s->lock);
    return c;
}

void connections_end(struct http_server *s, struct http_connection *c)
{
    if (c && c->place && s->config.closed)
        s->config.closed(s->config.connections_arg, c->place);
    pthread_mutex_lock(&s->lock);
    s->connections--;
    if (c && !c->begun && --s->active == 0)
        pthread_cond_broadcast(&s->idle);
    pthread_mutex_unlock(&s->lock);
    mem_free(c);
}

bool http_server_full(struct http_server *s)
{
    pthread_mutex_lock(&s->lock);
    bool full = s->connections >= s->config.max_connections;
    pthread_mutex_unlock(&s->lock);
    return full;
}

bool http_server_trusts(const struct http_server *s, const char *address)
{
    return proxy_trusts(&s->proxies, span_of(address));
}

void http_client_address(const struct http_server *s, const char *peer, struct span forwarded_for,
                         struct span real_ip, char out[46])
{
    proxy_client(&s->proxies, peer, forwarded_for, real_ip, out);
}

size_t http_server_connections(struct http_server *s)
{
    pthread_mutex_lock(&s->lock);
    size_t n = s->connections;
    pthread_mutex_unlock(&s->lock);
    return n;
}

void http_server_each_count(struct http_server *s,
                            void (*fn)(void *arg, const struct http_route *route, int status, uint64_t n),
                            void *arg)
{
    stats_each(&s->stats, s->config.routes, fn, arg);
}
