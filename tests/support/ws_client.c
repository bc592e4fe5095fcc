#include "support/ws_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WELCOME_MS = 60000 };

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void *grow(void *p, size_t *cap, size_t need)
{
    if (need <= *cap)
        return p;
    *cap = need + need / 2 + 256;
    p = realloc(p, *cap);
    if (!p)
        abort();
    return p;
}

int ws_client_connect(uint16_t port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

bool ws_client_raw(struct ws_client *w, const void *data, size_t len)
{
    const char *p = data;
    while (len) {
        ssize_t n = send(w->fd, p, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

void ws_client_hello(struct ws_client *w, int fd, const char *path, const char *headers)
{
    char head[16384];
    *w = (struct ws_client){.fd = fd};
    int n = snprintf(head, sizeof head,
                     "GET %s HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
                     path, headers ? headers : "");
    if (n < 0 || (size_t)n >= sizeof head)
        abort();
    (void)ws_client_raw(w, head, (size_t)n);
}

void ws_client_fini(struct ws_client *w)
{
    if (w->fd >= 0)
        close(w->fd);
    free(w->in);
    free(w->message);
    *w = (struct ws_client){.fd = -1};
}

/* Reads until `need` bytes are at hand: 1, or 0 at the end of the stream, -1 when time is up. */
static int fill(struct ws_client *w, size_t need, int64_t deadline_ms)
{
    while (w->in_len - w->in_at < need) {
        int64_t left = deadline_ms - now_ms();
        struct pollfd p = {.fd = w->fd, .events = POLLIN};
        int r = poll(&p, 1, left > 0 ? (int)left : 0);
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            return -1;
        if (w->in_at) {
            memmove(w->in, w->in + w->in_at, w->in_len - w->in_at);
            w->in_len -= w->in_at;
            w->in_at = 0;
        }
        w->in = grow(w->in, &w->in_cap, w->in_len + (need > 65536 ? need : 65536));
        ssize_t n = recv(w->fd, w->in + w->in_len, w->in_cap - w->in_len, 0);
        if (n <= 0)
            return 0;
        w->in_len += (size_t)n;
    }
    return 1;
}

int ws_client_welcome(struct ws_client *w)
{
    int64_t deadline = now_ms() + WELCOME_MS;
    for (size_t n = 1;; n++) {
        int r = n < sizeof w->head ? fill(w, n, deadline) : 0;
        if (r <= 0)
            return r;
        if (n >= 4 && memcmp(w->in + w->in_at + n - 4, "\r\n\r\n", 4) == 0) {
            memcpy(w->head, w->in + w->in_at, n);
            w->head[n] = 0;
            w->in_at += n;
            return n > 12 ? (int)strtol(w->head + 9, NULL, 10) : 0;
        }
    }
}

bool ws_client_frame(struct ws_client *w, int opcode, bool fin, const void *data, size_t len)
{
    static const uint8_t mask[4] = {0x3a, 0xc5, 0x91, 0x6e};
    uint8_t head[14];
    size_t n = 2;
    head[0] = (uint8_t)((fin ? 0x80 : 0) | opcode);
    if (len < 126) {
        head[1] = (uint8_t)(0x80 | len);
    } else if (len < 65536) {
        head[1] = 0x80 | 126;
        head[2] = (uint8_t)(len >> 8);
        head[3] = (uint8_t)len;
        n = 4;
    } else {
        head[1] = 0x80 | 127;
        for (int i = 0; i < 8; i++)
            head[2 + i] = (uint8_t)((uint64_t)len >> (56 - 8 * i));
        n = 10;
    }
    memcpy(head + n, mask, 4);
    n += 4;
    uint8_t *wire = malloc(n + len + 1);
    if (!wire)
        abort();
    memcpy(wire, head, n);
    for (size_t i = 0; i < len; i++)
        wire[n + i] = ((const uint8_t *)data)[i] ^ mask[i & 3];
    bool sent = ws_client_raw(w, wire, n + len);
    free(wire);
    return sent;
}

bool ws_client_text(struct ws_client *w, const char *fmt, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, fmt);
    int n = vasprintf(&text, fmt, args);
    va_end(args);
    if (n < 0)
        abort();
    bool sent = ws_client_frame(w, WS_TEXT, true, text, (size_t)n);
    free(text);
    return sent;
}

bool ws_client_binary(struct ws_client *w, const void *data, size_t len)
{
    return ws_client_frame(w, WS_BINARY, true, data, len);
}

bool ws_client_pieces(struct ws_client *w, int opcode, const void *data, size_t len, size_t piece)
{
    const uint8_t *p = data;
    for (size_t at = 0;; at += piece) {
        size_t n = len - at < piece ? len - at : piece;
        bool last = n < piece;
        if (!ws_client_frame(w, at ? 0 : opcode, last, p + at, n))
            return false;
        if (last)
            return true;
    }
}

/* One frame appended to w->message; its opcode, or as fill. */
static int frame(struct ws_client *w, bool *fin, int64_t deadline)
{
    int r = fill(w, 2, deadline);
    if (r <= 0)
        return r ? WS_TIMEOUT : WS_EOF;
    const uint8_t *h = w->in + w->in_at;
    size_t len = h[1] & 0x7f, head = len < 126 ? 2 : len == 126 ? 4 : 10;
    if ((r = fill(w, head, deadline)) <= 0)
        return r ? WS_TIMEOUT : WS_EOF;
    h = w->in + w->in_at;
    if (head > 2)
        len = 0;
    for (size_t i = 2; i < head; i++)
        len = len << 8 | h[i];
    if ((r = fill(w, head + len, deadline)) <= 0)
        return r ? WS_TIMEOUT : WS_EOF;
    h = w->in + w->in_at;
    int opcode = h[0] & 0xf;
    if (opcode < WS_CLOSE && opcode != 0)
        w->len = 0;
    size_t keep = opcode >= WS_CLOSE ? 0 : w->len;
    w->message = grow(w->message, &w->cap, keep + len + 1);
    memcpy(w->message + keep, h + head, len);
    w->len = keep + len;
    w->message[w->len] = 0;
    *fin = h[0] & 0x80;
    w->in_at += head + len;
    return opcode ? opcode : WS_BINARY;
}

int ws_client_next(struct ws_client *w, int within_ms)
{
    int64_t deadline = now_ms() + within_ms;
    for (;;) {
        bool fin = true;
        int got = frame(w, &fin, deadline);
        if (got == WS_PING && !w->silent)
            (void)ws_client_frame(w, WS_PONG, true, w->message, w->len);
        if (got != WS_PING && got != WS_PONG && fin)
            return got;
    }
}

bool ws_client_find(struct ws_client *w, const char *needle, int within_ms)
{
    int64_t deadline = now_ms() + within_ms;
    for (;;) {
        int64_t left = deadline - now_ms();
        int got = ws_client_next(w, left > 0 ? (int)left : 0);
        if (got == WS_TEXT && strstr((const char *)w->message, needle))
            return true;
        if (got != WS_TEXT && got != WS_BINARY)
            return false;
    }
}

int ws_client_close_code(struct ws_client *w, int within_ms)
{
    int64_t deadline = now_ms() + within_ms;
    for (;;) {
        int64_t left = deadline - now_ms();
        int got = ws_client_next(w, left > 0 ? (int)left : 0);
        if (got == WS_TIMEOUT)
            return -1;
        if (got == WS_EOF)
            return 1006;
        if (got == WS_CLOSE)
            return w->len >= 2 ? w->message[0] << 8 | w->message[1] : 1005;
    }
}
