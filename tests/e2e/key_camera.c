/* The example's protocol header on POSIX sockets: key_camera HOST PORT KEY JPEG. Sends the file while
 * watched; one line an event on stdout; ends with the connection. */
#include <netdb.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vc_camera.h"

enum { JPEG_MAX = 1 << 20, FRAME_MS = 50 };

static int io_read(void *io, uint8_t *out, int cap)
{
    struct pollfd p = {.fd = *(int *)io, .events = POLLIN};
    if (poll(&p, 1, 0) == 0)
        return 0;
    ssize_t n = recv(p.fd, out, (size_t)cap, 0);
    return n > 0 ? (int)n : -1;
}

static bool io_write(void *io, const uint8_t *data, size_t len)
{
    while (len) {
        ssize_t n = send(*(int *)io, data, len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

static uint32_t draw(void)
{
    uint32_t r = 0;
    (void)getrandom(&r, sizeof r, 0);
    return r;
}

static int dial(const char *host, const char *port)
{
    struct addrinfo *to = NULL, want = {.ai_socktype = SOCK_STREAM};
    if (getaddrinfo(host, port, &want, &to) != 0)
        return -1;
    int fd = socket(to->ai_family, SOCK_STREAM, 0);
    if (connect(fd, to->ai_addr, to->ai_addrlen) != 0)
        fd = -1;
    freeaddrinfo(to);
    return fd;
}

/* Prints what changed. */
static void tell(const struct vc_camera *now, struct vc_camera *before)
{
    if (now->open && !before->open)
        (void)puts("open");
    if (now->watched && (!before->watched || now->fps != before->fps))
        (void)printf("start %u\n", now->fps);
    if (!now->watched && before->watched)
        (void)puts("stop");
    (void)fflush(stdout);
    *before = *now;
}

int main(int argc, char **argv)
{
    static uint8_t jpeg[JPEG_MAX];
    FILE *f = argc == 5 ? fopen(argv[4], "rb") : NULL;
    size_t len = f ? fread(jpeg, 1, sizeof jpeg, f) : 0;
    int fd = f ? dial(argv[1], argv[2]) : -1;
    if (len == 0 || fd < 0)
        return 1;
    (void)fclose(f);
    struct vc_camera vc = {.io = &fd, .read = io_read, .write = io_write, .random = draw}, before = vc;
    bool alive = vc_open(&vc, argv[1], argv[3]);
    while (alive) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        (void)poll(&p, 1, vc.watched ? FRAME_MS : -1);
        alive = vc_poll(&vc) && (!vc.watched || vc_send_jpeg(&vc, jpeg, len));
        tell(&vc, &before);
    }
    (void)printf("closed %u\n", vc.close_code);
    (void)close(fd);
    return 0;
}
