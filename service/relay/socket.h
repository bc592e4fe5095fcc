/* The TCP socket below a WebSocket, before the library has it. Any thread. */
#ifndef RELAY_SOCKET_H
#define RELAY_SOCKET_H

#include <stdbool.h>
#include <stddef.h>

/* What the kernel holds of the request: the door only looked at it, and its head is whole. 0 when there is
 * nothing. */
size_t socket_read_head(int fd, char *head, size_t cap);
/* No delay; a viewer's kernel holds little that is not sent, so that dropping to the newest frame works. */
void socket_tune(int fd, bool viewer);

#endif
