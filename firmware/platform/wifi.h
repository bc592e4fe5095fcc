/* What a port implements to join a network. Called from the core's thread, never blocks. The answer comes
 * later, from the port's event loop and never from inside join: fw_camera_joined or fw_camera_join_failed;
 * fw_camera_wifi_lost when a joined network goes away. */
#ifndef PLATFORM_WIFI_H
#define PLATFORM_WIFI_H

#include <stddef.h>

enum fw_join_failure {
    FW_JOIN_OTHER,          /* weak signal, no address, … */
    FW_JOIN_WRONG_PASSWORD, /* the handshake failed (ESP-IDF reasons 15, 202, 204) */
    FW_JOIN_NO_NETWORK,     /* no such SSID in the air (201) */
};

struct fw_wifi {
    void *ctx;
    /* Leaves the present network, if any, and joins this one. Strings are borrowed for the call; a password
     * of length 0 means an open network. A second join before the answer replaces the first. */
    void (*join)(void *ctx, const char *ssid, size_t ssid_len, const char *password, size_t password_len);
};

#endif
