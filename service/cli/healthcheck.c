#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/conf.h"

#define REQUEST "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

/* Where the service listens: on all addresses, the loopback too. */
static struct addrinfo *find(const struct conf *conf)
{
    static const char *const all[] = {"", "0.0.0.0", "::"};
    const char *host = conf->host;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char port[8];
    (void)snprintf(port, sizeof port, "%u", (unsigned)(uint16_t)conf->port);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(host, all[i]) == 0)
            host = strcmp(host, "::") == 0 ? "::1" : "127.0.0.1";
    return getaddrinfo(host, port, &hints, &found) ? NULL : found;
}

static int ask(const struct addrinfo *at, const char *request)
{
    char answer[64] = "";
    size_t len = strlen(request);
    int status = 1;
    const struct timeval deadline = {.tv_sec = 3};
    int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
    if (connect(fd, at->ai_addr, at->ai_addrlen) == 0 &&
        send(fd, request, len, MSG_NOSIGNAL) == (ssize_t)len &&
        recv(fd, answer, sizeof answer - 1, MSG_WAITALL) > 12)
        status = strncmp(answer, "HTTP/1.1 200", 12) == 0 ? 0 : 1;
    close(fd);
    return status;
}

int cli_healthcheck(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct conf conf;
    if (conf_load(&conf, stderr))
        return 1;
    struct addrinfo *at = find(&conf);
    int status = at ? ask(at, REQUEST) : 1;
    if (at && status && conf.proxy_protocol) /* the loopback is a proxy then, perhaps: it speaks for itself */
        status = ask(at, "PROXY UNKNOWN\r\n" REQUEST);
    if (at)
        freeaddrinfo(at);
    conf_fini(&conf);
    if (status)
        (void)fprintf(stderr, "visionconnect does not answer on this machine\n");
    return status;
}
