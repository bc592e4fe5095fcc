#include "ports/host/wifi_fake.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>

/* The machine's own IPv4 address on its network, 127.0.0.1 without one. */
static void own_address(char out[INET_ADDRSTRLEN])
{
    struct ifaddrs *all = NULL;
    (void)snprintf(out, INET_ADDRSTRLEN, "127.0.0.1");
    if (getifaddrs(&all) != 0)
        return;
    for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
        if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET || (i->ifa_flags & IFF_LOOPBACK) ||
            !(i->ifa_flags & IFF_UP))
            continue;
        const struct sockaddr_in *a = (const struct sockaddr_in *)(const void *)i->ifa_addr;
        (void)inet_ntop(AF_INET, &a->sin_addr, out, INET_ADDRSTRLEN);
        break;
    }
    freeifaddrs(all);
}

static void on_answer(void *ctx)
{
    struct host_wifi *w = ctx;
    if (w->failures) {
        w->failures--;
        fw_camera_join_failed(w->camera, w->failure, host_clock_ms());
        return;
    }
    char ip[INET_ADDRSTRLEN];
    own_address(ip);
    fw_camera_joined(w->camera, ip, host_clock_ms());
}

static void wifi_join(void *ctx, const char *ssid, size_t ssid_len, const char *password, size_t password_len)
{
    struct host_wifi *w = ctx;
    host_timer_set(&w->timer, w->delay_ms);
}

void host_wifi_init(struct host_wifi *w, struct host_loop *l, struct fw_camera *camera)
{
    *w = (struct host_wifi){.camera = camera};
    host_timer_init(&w->timer, l, on_answer, w);
}

struct fw_wifi host_wifi_ops(struct host_wifi *w)
{
    return (struct fw_wifi){.ctx = w, .join = wifi_join};
}
