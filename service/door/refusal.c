#include "door/refusal.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/mem.h"
#include "core/span.h"

enum { UNREAD_MAX = 1 << 20 };

struct refusal {
    int status;
    const char *title, *code, *detail;
};

static const struct refusal refusals[] = {
    {400, "Bad Request", "malformed", "The request head is not well-formed HTTP/1.1."},
    {408, "Request Timeout", "timeout", "The request head did not arrive in time."},
    {426, "Upgrade Required", "malformed", "A WebSocket (version 13) opens here."},
    {429, "Too Many Requests", "rate_limited", "Too many connections from here; close some."},
    {431, "Request Header Fields Too Large", "too_large",
     "The request head is over 16 KiB, 100 fields, or 128 query members and cookies."},
    {503, "Service Unavailable", "overloaded", "The server is busy; try again shortly."},
};

size_t refusal_text(int status, const char *request_id, char out[REFUSAL_BYTES])
{
    const struct refusal *r = refusals;
    while (r->status != status && r->status != 503)
        r++;
    char body[256];
    int body_len = snprintf(
        body, sizeof body,
        "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\",\"code\":\"%s\"}",
        r->title, r->status, r->detail, r->code);
    const char *more = r->status == 503   ? "Retry-After: 1\r\n"
                       : r->status == 429 ? "Retry-After: 10\r\n"
                       : r->status == 426 ? "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                          : "";
    int len = snprintf(out, REFUSAL_BYTES,
                       "HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\n"
                       "X-Request-Id: %s\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n%s"
                       "Connection: close\r\n\r\n%s",
                       r->status, r->title, body_len, request_id, more, body);
    return (size_t)len;
}

const char *refusal_method(int fd)
{
    static const char *const known[] = {"GET",     "HEAD",    "POST",  "PUT",  "DELETE",
                                        "CONNECT", "OPTIONS", "TRACE", "PATCH"};
    char start[9];
    ssize_t n = recv(fd, start, sizeof start, MSG_PEEK | MSG_DONTWAIT);
    const char *blank = n > 0 ? memchr(start, ' ', (size_t)n) : NULL;
    for (size_t i = 0; blank && i < sizeof known / sizeof *known; i++)
        if (span_is((struct span){start, (size_t)(blank - start)}, known[i]))
            return known[i];
    return "-";
}

void refusal_close(int fd, const char *text, size_t len)
{
    char scrap[4096];
    size_t unread = UNREAD_MAX;
    ssize_t n;
    (void)send(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    (void)shutdown(fd, SHUT_WR);
    /* Closing with unread bytes would be a reset that eats the answer. */
    while (unread >= sizeof scrap && (n = recv(fd, scrap, sizeof scrap, MSG_DONTWAIT)) > 0)
        unread -= (size_t)n;
    mem_wipe(scrap, sizeof scrap);
    close(fd);
}
