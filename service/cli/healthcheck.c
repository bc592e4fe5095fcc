#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/conf.h"

#define REQUEST "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

static int ask(int port, const char *request)
{
    char answer[64] = "";
    size_t len = strlen(request);
    int status = 1;
    const struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const struct timeval deadline = {.tv_sec = 3};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &deadline, sizeof deadline);
    if (connect(fd, (const struct sockaddr *)&at, sizeof at) == 0 &&
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
    int status = ask((int)conf.port, REQUEST);
    if (status && conf.proxy_protocol) /* the loopback is a proxy then, perhaps: it speaks for itself */
        status = ask((int)conf.port, "PROXY UNKNOWN\r\n" REQUEST);
    conf_fini(&conf);
    if (status)
        (void)fprintf(stderr, "visionconnect does not answer on this machine\n");
    return status;
}
