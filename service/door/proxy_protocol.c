#include "door/proxy_protocol.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>

enum {
    V1_MAX = 107,
    V2_FIXED = 16,
    V4_BYTES = 12,
    V6_BYTES = 36,
    COMMAND_LOCAL = 0x20,
    COMMAND_PROXY = 0x21
};

static const char v2_signature[12] = "\r\n\r\n\0\r\nQUIT\n";

/* Whether data begins as text does, as far as it goes. */
static bool begins(struct span data, const char *text, size_t len)
{
    return memcmp(data.p, text, data.len < len ? data.len : len) == 0;
}

/* The next word of a line, cut off by one blank or the line's end. */
static bool word(struct span *line, char *out, size_t cap)
{
    const char *blank = line->len ? memchr(line->p, ' ', line->len) : NULL;
    struct span w = {line->p, blank ? (size_t)(blank - line->p) : line->len};
    size_t used = w.len + (blank != NULL);
    line->p += used;
    line->len -= used;
    return w.len > 0 && span_copy(w, out, cap);
}

static bool port(const char *text, in_port_t *out)
{
    size_t digits = strspn(text, "0123456789");
    long n = strtol(text, NULL, 10);
    bool good = digits && digits <= 5 && !text[digits] && n <= 65535 && (text[0] != '0' || digits == 1);
    if (good)
        *out = htons((uint16_t)n);
    return good;
}

/* "TCP4 source destination sport dport" without the word PROXY; UNKNOWN may be followed by anything. */
static bool read_line(struct span line, struct proxy_header *h)
{
    char family[8], source[46], destination[46], sport[8], dport[8];
    struct in6_addr to;
    in_port_t to_port;
    if (!word(&line, family, sizeof family))
        return false;
    if (strcmp(family, "UNKNOWN") == 0)
        return true;
    if (!word(&line, source, sizeof source) || !word(&line, destination, sizeof destination) ||
        !word(&line, sport, sizeof sport) || !word(&line, dport, sizeof dport) || line.len)
        return false;
    h->told = true;
    if (strcmp(family, "TCP4") == 0) {
        h->client.v4.sin_family = AF_INET;
        return inet_pton(AF_INET, source, &h->client.v4.sin_addr) == 1 &&
               inet_pton(AF_INET, destination, &to) == 1 && port(sport, &h->client.v4.sin_port) &&
               port(dport, &to_port);
    }
    h->client.v6.sin6_family = AF_INET6;
    return strcmp(family, "TCP6") == 0 && inet_pton(AF_INET6, source, &h->client.v6.sin6_addr) == 1 &&
           inet_pton(AF_INET6, destination, &to) == 1 && port(sport, &h->client.v6.sin6_port) &&
           port(dport, &to_port);
}

static enum proxy_result parse_v1(struct span data, struct proxy_header *out)
{
    size_t cap = data.len < V1_MAX ? data.len : V1_MAX;
    const char *lf = memchr(data.p, '\n', cap);
    if (!lf)
        return cap == V1_MAX ? PROXY_BAD : PROXY_MORE;
    size_t len = (size_t)(lf - data.p);
    static const char first[] = "PROXY ";
    if (len < sizeof first || data.p[len - 1] != '\r' || memcmp(data.p, first, sizeof first - 1) != 0)
        return PROXY_BAD;
    struct proxy_header h = {.bytes = len + 1};
    struct span line = {data.p + sizeof first - 1, len - sizeof first};
    if (!read_line(line, &h))
        return PROXY_BAD;
    *out = h;
    return PROXY_OK;
}

static enum proxy_result parse_v2(struct span data, struct proxy_header *out)
{
    if (data.len < V2_FIXED)
        return PROXY_MORE;
    const uint8_t *p = (const uint8_t *)data.p;
    struct proxy_header h = {.bytes = V2_FIXED + (size_t)(p[14] << 8 | p[15])};
    if ((p[12] != COMMAND_LOCAL && p[12] != COMMAND_PROXY) || h.bytes > PROXY_HEADER_MAX)
        return PROXY_BAD;
    if (data.len < h.bytes)
        return PROXY_MORE;
    size_t addresses = h.bytes - V2_FIXED;
    const uint8_t *a = p + V2_FIXED;
    h.told = p[12] == COMMAND_PROXY && (p[13] == 0x11 || p[13] == 0x21); /* TCP over IPv4, over IPv6 */
    if (h.told && p[13] == 0x11) {
        if (addresses < V4_BYTES)
            return PROXY_BAD;
        h.client.v4.sin_family = AF_INET;
        memcpy(&h.client.v4.sin_addr, a, 4);
        memcpy(&h.client.v4.sin_port, a + 8, 2);
    } else if (h.told) {
        if (addresses < V6_BYTES)
            return PROXY_BAD;
        h.client.v6.sin6_family = AF_INET6;
        memcpy(&h.client.v6.sin6_addr, a, 16);
        memcpy(&h.client.v6.sin6_port, a + 32, 2);
    }
    *out = h;
    return PROXY_OK;
}

enum proxy_result proxy_header_parse(struct span data, struct proxy_header *out)
{
    if (data.len == 0)
        return PROXY_MORE;
    if (begins(data, v2_signature, sizeof v2_signature))
        return parse_v2(data, out);
    return begins(data, "PROXY ", 6) ? parse_v1(data, out) : PROXY_BAD;
}
