#include "cameras/onboard.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <strings.h>

#include "core/mem.h"
#include "core/rand.h"
#include "store/store.h"

void onboard_make_secrets(struct onboard_secrets *out)
{
    uint8_t random[PROV_CLAIM_RANDOM];
    rand_bytes(random, 16);
    prov_uuid_from_random(random, out->token);
    do
        rand_bytes(random, sizeof random);
    while (prov_claim_from_random(random, out->claim) != PROV_OK);
    mem_wipe(random, sizeof random);
}

bool onboard_hash(struct span text, struct secret_hash *out)
{
    if (!prov_is_uuid(text.p, text.len) && !prov_is_claim(text.p, text.len))
        return false;
    *out = secret_hash_of(text);
    return true;
}

void onboard_make_key(const struct id *device, char out[PROV_KEY_LEN + 1], struct secret_hash *hash)
{
    uint8_t secret[PROV_KEY_SECRET];
    rand_bytes(secret, sizeof secret);
    prov_device_key_make(device->s, secret, out);
    mem_wipe(secret, sizeof secret);
    *hash = secret_hash_of(span_of(out));
}

/* Splits "scheme://host:port" around the host; brackets of an IPv6 host are part of it. */
static bool split_base(struct span base, struct span *before, struct span *host, struct span *after)
{
    const char *mark = memmem(base.p, base.len, "://", 3);
    if (!mark)
        return false;
    const char *end = base.p + base.len, *from = mark + 3, *to = from;
    if (from < end && *from == '[')
        while (to < end && *to != ']')
            to++;
    while (to < end && *to != ':' && *to != '/')
        to++;
    *before = (struct span){base.p, (size_t)(from - base.p)};
    *host = (struct span){from, (size_t)(to - from)};
    *after = (struct span){to, (size_t)(end - to)};
    return true;
}

static bool ends_with(const char *s, const char *tail)
{
    size_t n = strlen(s), t = strlen(tail);
    return n >= t && strcasecmp(s + n - t, tail) == 0;
}

/* RFC 6761 §6.3, 127/8 and ::1; the unspecified address reaches the same machine. */
static bool is_loopback(struct span host)
{
    char name[256];
    struct in_addr v4;
    struct in6_addr v6;
    if (host.len > 2 && host.p[0] == '[' && host.p[host.len - 1] == ']')
        host = (struct span){host.p + 1, host.len - 2};
    if (!span_copy(host, name, sizeof name))
        return false;
    if (inet_pton(AF_INET, name, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127 || v4.s_addr == INADDR_ANY;
    if (inet_pton(AF_INET6, name, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_UNSPECIFIED(&v6) ||
               (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
    return strcasecmp(name, "localhost") == 0 || ends_with(name, ".localhost");
}

enum err onboard_server_url(const char *public_url, struct span base,
                            bool (*find_lan)(char out[LAN_ADDRESS_TEXT]), char out[ONBOARD_URL_MAX + 1],
                            bool *loopback)
{
    bool is_public = public_url && *public_url;
    struct span before = is_public ? span_of(public_url) : base, host = {"", 0}, after = {"", 0},
                from = before;
    char lan[LAN_ADDRESS_TEXT];
    while (from.len && from.p[from.len - 1] == '/')
        from.len--;
    before = from;
    bool local = !is_public && find_lan && split_base(from, &before, &host, &after) && is_loopback(host);
    if (local && find_lan(lan))
        host = span_of(lan);
    if (before.len + host.len + after.len > ONBOARD_URL_MAX)
        return ERR_TOO_LARGE;
    (void)snprintf(out, ONBOARD_URL_MAX + 1, "%.*s%.*s%.*s", (int)before.len, before.p, (int)host.len, host.p,
                   (int)after.len, after.p);
    *loopback = local;
    return ERR_OK;
}

unsigned onboard_parts(struct span qr_text)
{
    /* Our own encoder wrote it: a compact text starts with its short s. */
    static const char compact[] = "{\"s\":";
    bool is_compact =
        qr_text.len >= sizeof compact - 1 && memcmp(qr_text.p, compact, sizeof compact - 1) == 0;
    return is_compact ? prov_parts_needed(qr_text.len) : 1;
}

const char *onboard_status(const struct camera *c, const struct presence_state *s, int64_t now_ms)
{
    if (c->state == CAMERA_PENDING && now_ms >= c->token_expires_ms)
        return "expired";
    return presence_status(c, s, now_ms);
}

const char *onboard_stage(const struct camera *c)
{
    if (c->state == CAMERA_PENDING)
        return "waiting";
    if (c->first_frame_ms)
        return "first_frame";
    return c->connected_ms ? "connected" : "activated";
}

bool onboard_is_forgotten(const struct camera *c, int64_t now_ms)
{
    return c->state == CAMERA_PENDING && now_ms >= c->token_expires_ms + STORE_REMEMBERED_MS;
}
