/* The floor to compare with: a fan-out server on epoll and nothing else, one thread, no library.
 *
 * It takes any request as a WebSocket upgrade: with "Bearer vcd_" in its head the client is the camera, else
 * a viewer. A camera's message goes to every viewer, one send() each from one buffer; a viewer that is still
 * busy with an earlier one gets only the newest afterwards. It checks nothing: that is what makes it the
 * floor. Bench use only.
 *
 * usage: load_floor        prints its port, runs until its stdin closes */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_FDS = 8192, WIRE_HEAD = 10, MAX_FRAME = 2 * 1024 * 1024, HEAD_BYTES = 4096, EVENTS = 256 };

struct frame {
    unsigned refs;
    size_t from, len; /* the wire bytes: data + from, len of them */
    unsigned char data[];
};

struct client {
    enum { FREE, HEAD, CAMERA, VIEWER } kind;
    char *head;
    size_t head_len;
    struct frame *out; /* VIEWER: partly sent */
    size_t sent;
    struct frame *last; /* VIEWER: the newest one given to it, for comparison only */
    bool waits;         /* VIEWER: EPOLLOUT is asked for */
    struct frame *in;   /* CAMERA: the message coming in */
    unsigned char in_head[14];
    size_t in_head_len, in_have, in_len;
};

static struct client clients[MAX_FDS];
static int top_fd, loop;
static struct frame *newest;

static void frame_unref(struct frame *f)
{
    if (f && --f->refs == 0)
        free(f);
}

static void drop(int fd)
{
    struct client *c = &clients[fd];
    free(c->head);
    frame_unref(c->out);
    free(c->in);
    *c = (struct client){.kind = FREE};
    close(fd);
}

static void ask_out(int fd, bool out)
{
    struct epoll_event e = {.events = EPOLLIN | (out ? (uint32_t)EPOLLOUT : 0), .data.fd = fd};
    if (clients[fd].waits != out)
        epoll_ctl(loop, EPOLL_CTL_MOD, fd, &e);
    clients[fd].waits = out;
}

/* Sends what is due to a viewer: the rest of its frame, then the newest. */
static void feed(int fd)
{
    struct client *c = &clients[fd];
    for (;;) {
        if (!c->out) {
            if (!newest || c->last == newest)
                break;
            c->out = c->last = newest;
            c->sent = 0;
            newest->refs++;
        }
        ssize_t n = send(fd, c->out->data + c->out->from + c->sent, c->out->len - c->sent, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno != EAGAIN) {
                drop(fd);
                return;
            }
            ask_out(fd, true);
            return;
        }
        c->sent += (size_t)n;
        if (c->sent == c->out->len) {
            frame_unref(c->out);
            c->out = NULL;
        }
    }
    ask_out(fd, false);
}

static void publish(struct frame *f, size_t payload)
{
    unsigned char *head = f->data;
    if (payload < 65536) {
        f->from = WIRE_HEAD - 4;
        head[6] = 0x82;
        head[7] = 126;
        head[8] = (unsigned char)(payload >> 8);
        head[9] = (unsigned char)payload;
    } else {
        f->from = 0;
        head[0] = 0x82;
        head[1] = 127;
        for (int i = 0; i < 8; i++)
            head[2 + i] = (unsigned char)((uint64_t)payload >> (56 - 8 * i));
    }
    f->len = WIRE_HEAD - f->from + payload;
    frame_unref(newest);
    newest = f;
    f->refs = 1;
    for (int fd = 0; fd <= top_fd; fd++)
        if (clients[fd].kind == VIEWER && !clients[fd].out)
            feed(fd);
}

/* A camera's bytes: message heads byte-wise, payload straight into the frame, unmasked a word at a time. */
static void take(int fd)
{
    struct client *c = &clients[fd];
    for (;;) {
        if (!c->in) {
            ssize_t n =
                recv(fd, c->in_head + c->in_head_len, (c->in_head_len < 2 ? 2 : 8) - c->in_head_len, 0);
            if (n <= 0)
                goto end;
            c->in_head_len += (size_t)n;
            unsigned short_len = c->in_head[1] & 127;
            size_t want = short_len == 127 ? 14 : short_len == 126 ? 8 : 6;
            if (c->in_head_len >= 2 && want == 14 && c->in_head_len < 14) {
                n = recv(fd, c->in_head + c->in_head_len, 14 - c->in_head_len, MSG_DONTWAIT);
                if (n > 0)
                    c->in_head_len += (size_t)n;
            }
            if (c->in_head_len < want)
                continue;
            c->in_len = short_len;
            if (short_len >= 126) {
                c->in_len = 0;
                for (size_t i = 2; i < want - 4; i++)
                    c->in_len = c->in_len << 8 | c->in_head[i];
            }
            c->in = c->in_len <= MAX_FRAME ? malloc(sizeof *c->in + WIRE_HEAD + c->in_len) : NULL;
            if (!c->in)
                break;
            c->in_have = 0;
        }
        ssize_t n = recv(fd, c->in->data + WIRE_HEAD + c->in_have, c->in_len - c->in_have, 0);
        if (n <= 0 && c->in_have < c->in_len)
            goto end;
        c->in_have += (size_t)n;
        if (c->in_have < c->in_len)
            continue;
        uint32_t mask;
        memcpy(&mask, c->in_head + c->in_head_len - 4, 4);
        unsigned char *p = c->in->data + WIRE_HEAD;
        uint64_t wide = (uint64_t)mask << 32 | mask;
        size_t i = 0;
        for (; i + 8 <= c->in_len; i += 8) {
            uint64_t v;
            memcpy(&v, p + i, 8);
            v ^= wide;
            memcpy(p + i, &v, 8);
        }
        for (; i < c->in_len; i++)
            p[i] ^= ((unsigned char *)&mask)[i % 4];
        struct frame *f = c->in;
        bool binary = (c->in_head[0] & 15) == 2;
        c->in = NULL;
        c->in_head_len = 0;
        if (binary)
            publish(f, c->in_len);
        else
            free(f);
    }
    drop(fd);
    return;
end:
    if (errno != EAGAIN || recv(fd, &(char){0}, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
        drop(fd);
}

/* The accept key is not made: the generator does not look at it. */
static void greet(int fd)
{
    static const char answer[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    struct client *c = &clients[fd];
    ssize_t n = recv(fd, c->head + c->head_len, HEAD_BYTES - c->head_len, 0);
    if (n <= 0) {
        drop(fd);
        return;
    }
    c->head_len += (size_t)n;
    if (!memmem(c->head, c->head_len, "\r\n\r\n", 4))
        return;
    c->kind = memmem(c->head, c->head_len, "Bearer vcd_", 11) ? CAMERA : VIEWER;
    free(c->head);
    c->head = NULL;
    if (send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0)
        drop(fd);
}

static void welcome(int listener)
{
    int fd, one = 1, low = 16384;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (fd >= MAX_FDS) {
            close(fd);
            continue;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &low, sizeof low);
        clients[fd] = (struct client){.kind = HEAD, .head = malloc(HEAD_BYTES)};
        if (fd > top_fd)
            top_fd = fd;
        struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(loop, EPOLL_CTL_ADD, fd, &e);
    }
}

static void serve(int fd, uint32_t events)
{
    struct client *c = &clients[fd];
    char scrap[4096];
    switch (c->kind) {
    case HEAD:
        greet(fd);
        break;
    case CAMERA:
        take(fd);
        break;
    case VIEWER:
        if (events & EPOLLIN && recv(fd, scrap, sizeof scrap, 0) == 0)
            drop(fd);
        else if (events & EPOLLOUT)
            feed(fd);
        break;
    case FREE:
        break;
    }
}

int main(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    loop = epoll_create1(0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 1024) ||
        getsockname(listener, (struct sockaddr *)&at, &len)) {
        perror("load_floor");
        return 1;
    }
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    struct epoll_event on_listener = {.events = EPOLLIN, .data.fd = listener};
    struct epoll_event on_stdin = {.events = EPOLLIN, .data.fd = STDIN_FILENO};
    epoll_ctl(loop, EPOLL_CTL_ADD, listener, &on_listener);
    epoll_ctl(loop, EPOLL_CTL_ADD, STDIN_FILENO, &on_stdin);
    for (;;) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(loop, events, EVENTS, -1);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (fd == STDIN_FILENO)
                return 0;
            if (fd == listener)
                welcome(listener);
            else
                serve(fd, events[i].events);
        }
    }
}
