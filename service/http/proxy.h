/* Whose word about the client counts: TRUSTED_PROXIES, a list of addresses, networks (CIDR) and "private".
 * Only the peer that is trusted may say who is behind it. Any thread; constant after parse. */
#ifndef HTTP_PROXY_H
#define HTTP_PROXY_H

#include <stdint.h>

#include "core/err.h"
#include "core/span.h"

enum { PROXY_NETWORKS_MAX = 32 };

struct proxy_network {
    uint8_t address[16]; /* IPv4 as mapped IPv6 */
    unsigned bits;
};

struct proxy_list {
    struct proxy_network networks[PROXY_NETWORKS_MAX];
    size_t n;
};

/* Items are separated by commas or blanks; NULL or empty: nobody. ERR_INVALID. */
MUST_CHECK enum err proxy_parse(const char *text, struct proxy_list *out);
bool proxy_trusts(const struct proxy_list *l, struct span address);
/* The client behind peer: the last address of X-Forwarded-For that is not a trusted proxy's, X-Real-IP when
 * there is no X-Forwarded-For, else peer. */
void proxy_client(const struct proxy_list *l, const char *peer, struct span forwarded_for,
                  struct span real_ip, char out[46]);

#endif
