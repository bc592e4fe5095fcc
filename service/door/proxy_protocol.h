/* The PROXY protocol's header, versions 1 and 2 (HAProxy, proxy-protocol.txt): what a TCP proxy says first
 * about whom it speaks for. Whether a connection begins with one is configuration, never guessed. Pure. */
#ifndef DOOR_PROXY_PROTOCOL_H
#define DOOR_PROXY_PROTOCOL_H

#include <netinet/in.h>
#include <stddef.h>

#include "core/span.h"

enum { PROXY_HEADER_MAX = 536 }; /* version 2 with the lengths it should stay within (section 2.2) */

enum proxy_result { PROXY_MORE, PROXY_OK, PROXY_BAD };

struct proxy_header {
    size_t bytes; /* of the header, to be consumed */
    bool told;    /* false: UNKNOWN or LOCAL, the socket's own address holds */
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } client;
};

enum proxy_result proxy_header_parse(struct span data, struct proxy_header *out);

#endif
