/* Load generator: one camera, N viewers, one server on loopback. Publishes the next picture when every viewer
 * has the last (closed loop), or at a fixed rate, and reports delivered frames per CPU-second of the server
 * and the latency.
 *
 * usage: load_fanout PORT PID VIEWERS BYTES SECONDS FPS   (FPS 0 = closed loop)
 * environment: VC_KEY (device key), VC_TOKEN (access token), VC_DEVICE (device id; empty = a server that
 * needs no watch)
 *
 * Viewers look at the first bytes of a message and drop the rest inside the kernel (MSG_TRUNC), so that the
 * generator stays cheaper than any server under test. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

enum { STAMP_AT = 6, PEEK = 10 + STAMP_AT + 16, EVENTS = 256, STALL_MS = 2000 };

struct viewer {
    int fd;
    unsigned have;
    unsigned char head[PEEK];
    uint64_t discard; /* bytes of the current message still to drop */
    uint64_t seen;    /* number of its newest picture */
};

struct run {
    int port, n_viewers, loop, camera;
    long bytes;
    double seconds, fps;
    pid_t server;
    struct viewer *viewers;
    unsigned char *wire; /* the camera's message: head, mask 0, picture */
    size_t wire_len, wire_head, wire_sent;
    uint64_t published, arrived; /* viewers that have the newest */
    uint64_t delivered, skipped;
    struct latency latency;
};

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static double server_cpu(pid_t pid)
{
    clockid_t id;
    struct timespec t;
    if (clock_getcpuclockid(pid, &id) || clock_gettime(id, &t))
        return 0;
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what)
{
    fprintf(stderr, "load_fanout: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void send_all(int fd, const void *data, size_t len)
{
    if (send(fd, data, len, MSG_NOSIGNAL) != (ssize_t)len)
        die("send");
}

/* A masked text message (mask 0: allowed, and free). */
static void send_text(int fd, const char *text)
{
    unsigned char m[600] = {0x81};
    size_t len = strlen(text), head = len < 126 ? 6 : 8;
    m[1] = (unsigned char)(0x80 | (len < 126 ? len : 126));
    if (len >= 126) {
        m[2] = (unsigned char)(len >> 8);
        m[3] = (unsigned char)len;
    }
    memcpy(m + head, text, len);
    send_all(fd, m, head + len);
}

/* Reads up to the end of the 101, nothing past it. */
static void read_101(int fd)
{
    char b[4096];
    size_t have = 0;
    while (have < sizeof b - 1) {
        if (recv(fd, b + have, 1, 0) != 1)
            die("handshake");
        have++;
        if (have >= 4 && memcmp(b + have - 4, "\r\n\r\n", 4) == 0)
            break;
    }
    if (have < 12 || memcmp(b, "HTTP/1.1 101", 12) != 0) {
        fprintf(stderr, "load_fanout: refused: %.*s\n", (int)(have < 60 ? have : 60), b);
        exit(1);
    }
}

static int dial(const struct run *r, const char *credential)
{
    const struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)r->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const struct timeval deadline = {.tv_sec = 20};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    char head[2048];
    if (fd < 0)
        die("socket");
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(fd, (const struct sockaddr *)&at, sizeof at))
        die("connect");
    int n = snprintf(head, sizeof head,
                     "GET /ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\nSec-WebSocket-Version: 13\r\n"
                     "Authorization: Bearer %s\r\n\r\n",
                     r->port, credential);
    send_all(fd, head, (size_t)n);
    read_101(fd);
    return fd;
}

static void watch_fd(const struct run *r, int fd, uint32_t events, void *ptr)
{
    struct epoll_event e = {.events = events, .data.ptr = ptr};
    fcntl(fd, F_SETFL, O_NONBLOCK);
    if (epoll_ctl(r->loop, EPOLL_CTL_ADD, fd, &e))
        die("epoll_ctl");
}

/* SOI, a comment with number and time, a frame header, filler, EOI: what a check of the form takes for a
 * JPEG. */
static void make_picture(struct run *r)
{
    static const unsigned char start[] = {0xff, 0xd8, 0xff, 0xfe, 0, 18};
    static const unsigned char frame_header[] = {0xff, 0xc0, 0, 17,   8, 1,    0xe0, 2,    0x80, 3,    1,
                                                 0x22, 0,    2, 0x11, 1, 3,    0x11, 1,    0xff, 0xda, 0,
                                                 12,   3,    1, 0,    2, 0x11, 3,    0x11, 0,    63,   0};
    size_t len = (size_t)r->bytes;
    bool is_short = len < 65536; /* RFC 6455: the shortest form of a length */
    r->wire_head = is_short ? 8 : 14;
    r->wire_len = r->wire_head + len;
    r->wire = malloc(r->wire_len);
    if (!r->wire)
        die("malloc");
    unsigned char *w = r->wire, *p = w + r->wire_head;
    unsigned digits = is_short ? 2 : 8;
    w[0] = 0x82;
    w[1] = 0x80 | (is_short ? 126 : 127);
    for (unsigned i = 0; i < digits; i++)
        w[2 + i] = (unsigned char)((uint64_t)len >> (8 * (digits - 1 - i)));
    memset(w + 2 + digits, 0, 4);
    for (size_t i = 0; i < len; i++)
        p[i] = (unsigned char)((i * 167 + (i >> 8)) % 255);
    memcpy(p, start, sizeof start);
    memcpy(p + STAMP_AT + 16, frame_header, sizeof frame_header);
    p[len - 2] = 0xff;
    p[len - 1] = 0xd9;
}

static void push_camera(struct run *r)
{
    while (r->wire_sent < r->wire_len) {
        ssize_t n = send(r->camera, r->wire + r->wire_sent, r->wire_len - r->wire_sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0)
            die("publish");
        r->wire_sent += (size_t)n;
    }
}

static void publish(struct run *r)
{
    uint64_t stamp[2] = {++r->published, now_ns()};
    memcpy(r->wire + r->wire_head + STAMP_AT, stamp, sizeof stamp);
    r->arrived = 0;
    r->wire_sent = 0;
    push_camera(r);
}

/* A picture's head is there: count it. */
static void on_picture(struct run *r, struct viewer *v, const unsigned char *jpeg)
{
    uint64_t stamp[2];
    memcpy(stamp, jpeg + STAMP_AT, sizeof stamp);
    r->delivered++;
    r->skipped += stamp[0] - v->seen - 1;
    v->seen = stamp[0];
    r->arrived += stamp[0] == r->published;
    latency_add(&r->latency, now_ns() - stamp[1]);
}

static void read_viewer(struct run *r, struct viewer *v)
{
    for (;;) {
        if (v->discard) {
            ssize_t n = recv(v->fd, NULL, v->discard < 1 << 20 ? (size_t)v->discard : 1 << 20, MSG_TRUNC);
            if (n <= 0)
                break;
            v->discard -= (uint64_t)n;
            continue;
        }
        unsigned want = 2;
        if (v->have >= 2) {
            unsigned len7 = v->head[1] & 127;
            want = len7 == 127 ? 10 : len7 == 126 ? 4 : 2;
            if ((v->head[0] & 15) == 2 && v->have >= want)
                want += STAMP_AT + 16;
        }
        if (v->have < want) {
            ssize_t n = recv(v->fd, v->head + v->have, want - v->have, 0);
            if (n <= 0)
                break;
            v->have += (unsigned)n;
            continue;
        }
        unsigned len7 = v->head[1] & 127, head = len7 == 127 ? 10 : len7 == 126 ? 4 : 2;
        uint64_t len = len7;
        if (len7 >= 126) {
            len = 0;
            for (unsigned i = 2; i < head; i++)
                len = len << 8 | v->head[i];
        }
        if ((v->head[0] & 15) == 2 && v->have < head + STAMP_AT + 16)
            continue;
        v->discard = len - (v->have - head);
        if ((v->head[0] & 15) == 2)
            on_picture(r, v, v->head + head);
        v->have = 0;
    }
    if (errno != EAGAIN)
        die("a viewer was closed");
}

static void turn(struct run *r, int wait_ms)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(r->loop, events, EVENTS, wait_ms);
    for (int i = 0; i < n; i++) {
        struct viewer *v = events[i].data.ptr;
        if (v)
            read_viewer(r, v);
        else {
            char scrap[4096];
            while (recv(r->camera, scrap, sizeof scrap, 0) > 0)
                ;
            push_camera(r);
        }
    }
}

static void loop_until(struct run *r, uint64_t end)
{
    uint64_t due = now_ns(), last = due, newest = r->published;
    while (now_ns() < end) {
        uint64_t now = now_ns();
        if (r->published != newest) {
            newest = r->published;
            last = now;
        }
        bool all = r->arrived >= (uint64_t)r->n_viewers || r->published == 0;
        bool stalled = now - last > STALL_MS * 1000000ull;
        if (r->fps > 0 ? now >= due && r->wire_sent == r->wire_len : all || stalled) {
            publish(r);
            due += r->fps > 0 ? (uint64_t)(1e9 / r->fps) : 0;
        }
        turn(r, r->fps > 0 ? 1 : 5);
    }
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "usage: load_fanout PORT PID VIEWERS BYTES SECONDS FPS\n");
        return 2;
    }
    struct run r = {.port = (int)strtol(argv[1], NULL, 10),
                    .server = (pid_t)strtol(argv[2], NULL, 10),
                    .n_viewers = (int)strtol(argv[3], NULL, 10),
                    .bytes = strtol(argv[4], NULL, 10),
                    .seconds = strtod(argv[5], NULL),
                    .fps = strtod(argv[6], NULL),
                    .loop = epoll_create1(0)};
    const char *device = getenv("VC_DEVICE");
    char text[256];
    make_picture(&r);
    r.wire_sent = r.wire_len;
    r.camera = dial(&r, getenv("VC_KEY"));
    watch_fd(&r, r.camera, EPOLLIN | EPOLLOUT | EPOLLET, NULL);
    r.viewers = calloc((size_t)r.n_viewers, sizeof *r.viewers);
    for (int i = 0; i < r.n_viewers; i++) {
        r.viewers[i].fd = dial(&r, getenv("VC_TOKEN"));
        if (device && *device) {
            snprintf(text, sizeof text, "{\"type\":\"watch\",\"device_id\":\"%s\",\"framing\":\"raw\"}",
                     device);
            send_text(r.viewers[i].fd, text);
        }
        watch_fd(&r, r.viewers[i].fd, EPOLLIN, &r.viewers[i]);
    }
    loop_until(&r, now_ns() + 1000000000ull); /* warm-up: also lets the watches take effect */
    r.delivered = r.skipped = 0;
    r.latency = (struct latency){0};
    double cpu = server_cpu(r.server);
    uint64_t start = now_ns();
    loop_until(&r, start + (uint64_t)(r.seconds * 1e9));
    double used = server_cpu(r.server) - cpu, wall = (double)(now_ns() - start) / 1e9;
    printf(
        "{\"delivered\":%" PRIu64 ",\"skipped\":%" PRIu64 ",\"cpu_s\":%.4f,\"per_cpu_s\":%.0f,\"per_s\":%.0f,"
        "\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n",
        r.delivered, r.skipped, used, used > 0 ? (double)r.delivered / used : 0, (double)r.delivered / wall,
        latency_quantile_ms(&r.latency, 0.5), latency_quantile_ms(&r.latency, 0.99));
    return 0;
}
