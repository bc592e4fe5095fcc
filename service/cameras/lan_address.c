#include "cameras/lan_address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

static bool usable(const struct ifaddrs *i)
{
    return i->ifa_addr && i->ifa_addr->sa_family == AF_INET && (i->ifa_flags & IFF_UP) &&
           !(i->ifa_flags & (IFF_LOOPBACK | IFF_POINTOPOINT));
}

/* 0 = not for a camera (link-local), 1 = public, 2 = private. */
static int rank(uint32_t a)
{
    if (a >> 16 == 0xa9fe)
        return 0;
    return a >> 24 == 10 || a >> 20 == 0xac1 || a >> 16 == 0xc0a8 ? 2 : 1;
}

bool lan_address_find(char out[LAN_ADDRESS_TEXT])
{
    struct ifaddrs *all;
    if (getifaddrs(&all))
        return false;
    int best = 0;
    for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
        struct sockaddr_in in;
        if (!usable(i))
            continue;
        memcpy(&in, i->ifa_addr, sizeof in);
        int r = rank(ntohl(in.sin_addr.s_addr));
        if (r > best && inet_ntop(AF_INET, &in.sin_addr, out, LAN_ADDRESS_TEXT))
            best = r;
    }
    freeifaddrs(all);
    return best > 0;
}
