/* Clients of the REST side: each sends its next request when the answer is there, kept alive or on a
 * connection of its own. Tells requests a second, latencies and the server's CPU time as JSON.
 *
 * usage: load_requests PORT SERVER_PID CLIENTS SECONDS keep|close [REQUEST_FILE]
 * The file holds a request as it goes out; without one it is GET /api/camera/models. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "latency.h"

enum { MAX_CLIENTS = 1024, REQUEST_BYTES = 65536, ANSWER_BYTES = 65536 };

struct client {
    int fd;
    uint64_t began_ns;
    size_t have;
    char answer[ANSWER_BYTES];
};

struct run {
    int port, epoll;
    bool keep;
    char request[REQUEST_BYTES];
    size_t request_len;
    unsigned long statuses[6];
    struct latency latency;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static double cpu_seconds(const char *pid)
{
    char path[64], text[1024];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f || !fgets(text, sizeof text, f))
        die(path);
    fclose(f);
    sscanf(strrchr(text, ')') + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static void begin(struct run *r, struct client *c)
{
    c->began_ns = now_ns();
    c->have = 0;
    if (c->fd < 0) {
        struct sockaddr_in at = {.sin_family = AF_INET,
                                 .sin_port = htons((uint16_t)r->port),
                                 .sin_addr = {htonl(INADDR_LOOPBACK)}};
        int on = 1;
        struct linger hard = {1, 0}; /* no TIME_WAIT: ports would run out */
        c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&at, sizeof at))
            die("connect");
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(r->epoll, EPOLL_CTL_ADD, c->fd, &e);
    }
    if (send(c->fd, r->request, r->request_len, MSG_NOSIGNAL) != (ssize_t)r->request_len)
        die("send");
}

/* Whether the answer is whole: it has a Content-Length, as all of ours do. */
static bool whole(const struct client *c)
{
    const char *end = memmem(c->answer, c->have, "\r\n\r\n", 4);
    const char *length = memmem(c->answer, c->have, "Content-Length: ", 16);
    return end && (size_t)(end - c->answer) + 4 + (length ? strtoul(length + 16, NULL, 10) : 0) <= c->have;
}

static void hang_up(struct client *c)
{
    close(c->fd);
    c->fd = -1;
}

static void on_readable(struct run *r, struct client *c, bool over)
{
    ssize_t n = recv(c->fd, c->answer + c->have, sizeof c->answer - 1 - c->have, MSG_DONTWAIT);
    if (n > 0)
        c->have += (size_t)n;
    bool done = whole(c);
    if (done) {
        c->answer[c->have] = 0;
        int status = c->answer[9] - '0';
        r->statuses[status >= 1 && status <= 5 ? status : 0]++;
        latency_add(&r->latency, now_ns() - c->began_ns);
    } else if (n == 0) {
        r->statuses[0]++; /* it ended without an answer */
    }
    if (n == 0 || (done && !r->keep))
        hang_up(c);
    if ((done || n == 0) && !over)
        begin(r, c);
}

int main(int argc, char **argv)
{
    static struct client clients[MAX_CLIENTS];
    static struct run r;
    if (argc < 6)
        return 2;
    r.port = (int)strtol(argv[1], NULL, 10);
    size_t n = strtoul(argv[3], NULL, 10);
    double seconds = strtod(argv[4], NULL);
    r.keep = strcmp(argv[5], "keep") == 0;
    FILE *f = argc > 6 ? fopen(argv[6], "r") : NULL;
    if (f)
        r.request_len = fread(r.request, 1, sizeof r.request, f);
    else
        r.request_len = (size_t)snprintf(r.request, sizeof r.request,
                                         "GET /api/camera/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
    r.epoll = epoll_create1(EPOLL_CLOEXEC);
    double cpu = cpu_seconds(argv[2]);
    uint64_t start = now_ns(), end = start + (uint64_t)(seconds * 1e9);
    for (size_t i = 0; i < n && i < MAX_CLIENTS; i++) {
        clients[i].fd = -1;
        begin(&r, &clients[i]);
    }
    while (now_ns() < end) {
        struct epoll_event events[64];
        int ready = epoll_wait(r.epoll, events, 64, 100);
        for (int i = 0; i < ready; i++)
            on_readable(&r, events[i].data.ptr, false);
    }
    double took = (double)(now_ns() - start) / 1e9;
    cpu = cpu_seconds(argv[2]) - cpu;
    printf("{\"per_s\": %.0f, \"per_cpu_s\": %.0f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"ok\": %lu, "
           "\"refused\": %lu, \"failed\": %lu, \"cut\": %lu}\n",
           (double)r.latency.count / took, cpu > 0 ? (double)r.latency.count / cpu : 0,
           latency_quantile_ms(&r.latency, 0.5), latency_quantile_ms(&r.latency, 0.99),
           r.statuses[2] + r.statuses[3], r.statuses[4], r.statuses[5], r.statuses[0]);
    return 0;
}
