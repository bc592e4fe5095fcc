#include "relay/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

enum { NOT_SENT_BYTES = 16 * 1024 };

size_t socket_read_head(int fd, char *head, size_t cap)
{
    ssize_t n;
    do {
        n = recv(fd, head, cap, MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    return n > 0 ? (size_t)n : 0;
}

void socket_tune(int fd, bool viewer)
{
    int on = 1, not_sent = NOT_SENT_BYTES;
    /* what is not TCP refuses, and works all the same */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (viewer)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &not_sent, sizeof not_sent);
}
