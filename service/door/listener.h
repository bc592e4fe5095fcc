/* Sockets of the one port: the listener, and what every accepted connection is set to. */
#ifndef DOOR_LISTENER_H
#define DOOR_LISTENER_H

#include <sys/socket.h>

#include "core/err.h"

/* host NULL or empty: every address, IPv6 and IPv4 in one socket. ERR_IO (logged): taken, not ours, no such
 * name. */
MUST_CHECK enum err listener_open(const char *host, int port, int *fd, int *bound_port);
/* Latency before throughput; a dead peer is found without waiting for ours to write. */
void listener_tune(int fd);
/* The address as people write it; a mapped IPv4 address as IPv4. */
void listener_address_text(const struct sockaddr *address, char out[46]);

#endif
