#include "support/http_client.h"

#include "support/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DEADLINE_MS = 60000, SAY_MAX = 64 * 1024 };

void http_client_open(struct http_client *c, int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *c = (struct http_client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    assert_true(c->fd >= 0);
    assert_int_equal(connect(c->fd, (struct sockaddr *)&a, sizeof a), 0);
}

void http_client_close(struct http_client *c)
{
    if (c->fd >= 0)
        close(c->fd);
    free(c->data);
    *c = (struct http_client){.fd = -1};
}

/* A peer that closed already is no fault here: the test reads what it said before. */
void http_client_send(struct http_client *c, const char *data, size_t len)
{
    while (len) {
        ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        data += n;
        len -= (size_t)n;
    }
}

void http_client_say(struct http_client *c, const char *fmt, ...)
{
    char *text = malloc(SAY_MAX);
    va_list ap;
    assert_non_null(text);
    va_start(ap, fmt);
    int len = vsnprintf(text, SAY_MAX, fmt, ap);
    va_end(ap);
    assert_in_range(len, 0, SAY_MAX - 1);
    http_client_send(c, text, (size_t)len);
    free(text);
}

/* Reads what is there, waiting for it; false at the end of the stream. */
static bool more(struct http_client *c)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    if (poll(&p, 1, DEADLINE_MS) != 1)
        fail_msg("no answer within %d ms", DEADLINE_MS);
    if (c->cap - c->len < 4096) {
        c->cap = c->cap ? c->cap * 2 : 16384;
        c->data = realloc(c->data, c->cap);
        assert_non_null(c->data);
    }
    ssize_t n = recv(c->fd, c->data + c->len, c->cap - c->len - 1, 0);
    if (n <= 0)
        return false;
    c->len += (size_t)n;
    c->data[c->len] = 0;
    return true;
}

static void consume(struct http_client *c, size_t n)
{
    memmove(c->data, c->data + n, c->len - n);
    c->len -= n;
}

static char *copy(const char *p, size_t len)
{
    char *s = malloc(len + 1);
    assert_non_null(s);
    if (len)
        memcpy(s, p, len);
    s[len] = 0;
    return s;
}

const char *http_response_header(const struct http_response *r, const char *name, char *out, size_t cap)
{
    size_t len = strlen(name);
    out[0] = 0;
    for (const char *line = strstr(r->head, "\r\n"); line; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, len) != 0 || line[len] != ':')
            continue;
        const char *value = line + len + 1 + strspn(line + len + 1, " ");
        (void)snprintf(out, cap, "%.*s", (int)strcspn(value, "\r"), value);
        break;
    }
    return out;
}

bool http_client_read(struct http_client *c, struct http_response *out, bool no_body)
{
    char *end;
    while (!(end = c->len ? memmem(c->data, c->len, "\r\n\r\n", 4) : NULL)) {
        if (!more(c)) {
            if (c->len)
                fail_msg("the connection ended inside a head: %s", c->data);
            return false;
        }
    }
    size_t head = (size_t)(end - c->data) + 4;
    *out = (struct http_response){.head = copy(c->data, head)};
    assert_int_equal(sscanf(out->head, "HTTP/1.1 %d", &out->status), 1);
    consume(c, head);
    char length[24];
    bool bare = no_body || out->status == 204 || out->status == 304 || out->status < 200;
    size_t want =
        bare ? 0 : strtoul(http_response_header(out, "Content-Length", length, sizeof length), NULL, 10);
    while (c->len < want)
        if (!more(c))
            fail_msg("the connection ended inside a body");
    out->body = copy(c->data, want);
    out->body_len = want;
    consume(c, want);
    return true;
}

bool http_client_at_end(struct http_client *c)
{
    return c->len == 0 && !more(c);
}

void http_response_free(struct http_response *r)
{
    free(r->head);
    free(r->body);
    *r = (struct http_response){0};
}

void http_client_once(int port, const char *text, struct http_response *out)
{
    struct http_client c;
    http_client_open(&c, port);
    http_client_send(&c, text, strlen(text));
    assert_true(http_client_read(&c, out, strncmp(text, "HEAD ", 5) == 0));
    http_client_close(&c);
}
