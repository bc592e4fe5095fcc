#include "http/proxy.h"

#include <arpa/inet.h>
#include <stdio.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* RFC 1918, 4193, 6598 and the link's and machine's own. */
static const char *const private_networks[] = {"10.0.0.0/8",    "172.16.0.0/12",  "192.168.0.0/16",
                                               "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
                                               "::1/128",       "fc00::/7",       "fe80::/10"};

static bool read_address(struct span text, uint8_t out[16], bool *v4)
{
    char s[46];
    if (!span_copy(text, s, sizeof s))
        return false;
    *v4 = inet_pton(AF_INET, s, out + 12) == 1;
    if (*v4) {
        memcpy(out, mapped, sizeof mapped);
        return true;
    }
    return inet_pton(AF_INET6, s, out) == 1;
}

static bool read_network(struct span text, struct proxy_network *out)
{
    const char *slash = text.len ? memchr(text.p, '/', text.len) : NULL;
    struct span address = {text.p, slash ? (size_t)(slash - text.p) : text.len};
    bool v4;
    if (!read_address(address, out->address, &v4))
        return false;
    out->bits = 128;
    if (!slash)
        return true;
    unsigned bits = 0;
    const char *end = text.p + text.len;
    if (slash + 1 == end || end - slash > 4)
        return false;
    for (const char *p = slash + 1; p < end; p++) {
        if (*p < '0' || *p > '9')
            return false;
        bits = bits * 10 + (unsigned)(*p - '0');
    }
    out->bits = bits + (v4 ? 96 : 0);
    return out->bits <= 128;
}

static bool add(struct proxy_list *l, struct span text)
{
    return l->n < PROXY_NETWORKS_MAX && read_network(text, &l->networks[l->n]) && ++l->n;
}

enum err proxy_parse(const char *text, struct proxy_list *out)
{
    struct proxy_list l = {0};
    while (text && *(text += strspn(text, ", \t"))) {
        struct span item = {text, strcspn(text, ", \t")};
        text += item.len;
        bool ok = true;
        if (span_is(item, "private")) {
            for (size_t i = 0; i < sizeof private_networks / sizeof *private_networks; i++)
                ok = ok && add(&l, span_of(private_networks[i]));
        } else {
            ok = add(&l, item);
        }
        if (!ok)
            return ERR_INVALID;
    }
    *out = l;
    return ERR_OK;
}

static bool contains(const struct proxy_network *n, const uint8_t a[16])
{
    unsigned whole = n->bits / 8, rest = n->bits % 8;
    if (memcmp(n->address, a, whole) != 0)
        return false;
    return rest == 0 || ((n->address[whole] ^ a[whole]) >> (8 - rest)) == 0;
}

bool proxy_trusts(const struct proxy_list *l, struct span address)
{
    uint8_t a[16];
    bool v4;
    if (l->n == 0 || !read_address(address, a, &v4))
        return false;
    for (size_t i = 0; i < l->n; i++)
        if (contains(&l->networks[i], a))
            return true;
    return false;
}

static struct span trim(struct span s)
{
    while (s.len && (*s.p == ' ' || *s.p == '\t'))
        s.p++, s.len--;
    while (s.len && (s.p[s.len - 1] == ' ' || s.p[s.len - 1] == '\t'))
        s.len--;
    return s;
}

/* Some proxies write the port too: "192.0.2.1:4711", "[2001:db8::1]:4711". */
static struct span without_port(struct span s)
{
    if (s.len && s.p[0] == '[') {
        const char *end = memchr(s.p, ']', s.len);
        return end ? (struct span){s.p + 1, (size_t)(end - s.p) - 1} : s;
    }
    const char *colon = s.len ? memchr(s.p, ':', s.len) : NULL;
    if (colon && !memchr(colon + 1, ':', s.len - (size_t)(colon + 1 - s.p)))
        s.len = (size_t)(colon - s.p);
    return s;
}

/* Written back in one form, so that one client has one spelling. False: no address. */
static bool take(struct span text, char out[46])
{
    uint8_t a[16];
    bool v4;
    if (!read_address(text, a, &v4))
        return false;
    v4 = v4 || memcmp(a, mapped, sizeof mapped) == 0;
    return inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? a + 12 : a, out, 46) != NULL;
}

void proxy_client(const struct proxy_list *l, const char *peer, struct span forwarded_for,
                  struct span real_ip, char out[46])
{
    (void)snprintf(out, 46, "%s", peer);
    if (!proxy_trusts(l, span_of(peer)))
        return;
    if (!forwarded_for.p) {
        (void)take(without_port(trim(real_ip)), out);
        return;
    }
    do { /* from the right: each proxy appended whom it saw, and only what trusted ones wrote is to be
            believed */
        const char *comma = forwarded_for.len ? memrchr(forwarded_for.p, ',', forwarded_for.len) : NULL;
        size_t from = comma ? (size_t)(comma + 1 - forwarded_for.p) : 0;
        struct span item =
            without_port(trim((struct span){forwarded_for.p + from, forwarded_for.len - from}));
        if (!take(item, out) || !proxy_trusts(l, span_of(out)))
            return;
        forwarded_for.len = from ? from - 1 : 0;
    } while (forwarded_for.len);
}
