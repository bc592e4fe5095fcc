/* Where this machine can be reached from its own network. */
#ifndef CAMERAS_LAN_ADDRESS_H
#define CAMERAS_LAN_ADDRESS_H

#include <stdbool.h>

enum { LAN_ADDRESS_TEXT = 46 };

/* The IPv4 address of the first interface that is up and neither loopback nor point-to-point, as text; a
 * private one (RFC 1918) is preferred. False: there is none. Asks the kernel, at microseconds. Any thread. */
bool lan_address_find(char out[LAN_ADDRESS_TEXT]);

#endif
