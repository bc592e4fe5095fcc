#include "door/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"

enum { BACKLOG = 4096, KEEP_IDLE_S = 30, KEEP_INTERVAL_S = 10, KEEP_PROBES = 3, UNACKED_MAX_MS = 20000 };

static void set_int(int fd, int level, int name, int value)
{
    (void)setsockopt(fd, level, name, &value, sizeof value);
}

static int port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } a = {0};
    socklen_t len = sizeof a;
    if (getsockname(fd, &a.any, &len))
        return 0;
    return ntohs(a.any.sa_family == AF_INET6 ? a.v6.sin6_port : a.v4.sin_port);
}

static int try_listen(const struct sockaddr *address, socklen_t len)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (address->sa_family == AF_INET6)
        set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    if (bind(fd, address, len) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

static int listen_any(int port)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = try_listen((struct sockaddr *)&v6, sizeof v6);
    if (fd < 0 && errno != EADDRINUSE && errno != EACCES) /* a machine without IPv6 */
        fd = try_listen((struct sockaddr *)&v4, sizeof v4);
    return fd;
}

static int listen_on(const char *host, int port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found;
    char service[8];
    (void)snprintf(service, sizeof service, "%d", port);
    if (getaddrinfo(host, service, &hints, &found)) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    int fd = -1;
    for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next)
        fd = try_listen(a->ai_addr, a->ai_addrlen);
    int why = errno;
    freeaddrinfo(found);
    errno = why;
    return fd;
}

enum err listener_open(const char *host, int port, int *fd, int *bound_port)
{
    int made = host && *host ? listen_on(host, port) : listen_any(port);
    if (made < 0) {
        char safe[64];
        log_event(LOG_ERROR, "door.listen_failed", "host=%s port=%d error=\"%s\"",
                  log_safe(host, safe, sizeof safe), port, strerror(errno));
        return ERR_IO;
    }
    *fd = made;
    *bound_port = port_of(made);
    return ERR_OK;
}

void listener_tune(int fd)
{
    set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_int(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S);
    set_int(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S);
    set_int(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_PROBES);
    set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKED_MAX_MS);
}

void listener_address_text(const struct sockaddr *address, char out[46])
{
    out[0] = 0;
    if (address->sa_family == AF_INET) {
        (void)inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, out, 46);
    } else if (address->sa_family == AF_INET6) {
        const struct in6_addr *a = &((const struct sockaddr_in6 *)address)->sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(a))
            (void)inet_ntop(AF_INET, &a->s6_addr[12], out, 46);
        else
            (void)inet_ntop(AF_INET6, a, out, 46);
    }
}
