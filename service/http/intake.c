#include "http/intake.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/socket.h>

/* By descriptor. */
static _Atomic(struct intake *) intakes[INTAKE_FD_MAX];

void intake_open(struct intake *i, int fd)
{
    atomic_store_explicit(&intakes[fd], i, memory_order_relaxed);
}

void intake_close(int fd)
{
    atomic_store_explicit(&intakes[fd], NULL, memory_order_relaxed);
}

bool intake_done(const struct intake *i)
{
    return i->left == 0 && (!i->chunked || chunks_done(&i->chunks));
}

/* As the C library's recv(), which has no other name to call it by. */
static ssize_t receive(int fd, void *buf, size_t len, int flags)
{
    struct iovec part = {.iov_base = buf, .iov_len = len};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    return recvmsg(fd, &message, flags);
}

static ssize_t fail(int error)
{
    errno = error;
    return -1;
}

/* Looks before it reads: what stands behind the chunks must stay. A head in front of nonsense is read, for it
 * tells who asked. */
static ssize_t take_chunks(struct intake *i, int fd, void *buf, size_t len, int flags)
{
    ssize_t n = receive(fd, buf, len, flags | MSG_PEEK);
    if (n <= 0)
        return n;
    size_t head = i->left < (uint64_t)n ? (size_t)i->left : (size_t)n, body = 0;
    i->crooked = !chunks_take(&i->chunks, (struct span){(const char *)buf + head, (size_t)n - head}, &body);
    i->left -= head;
    if (!head && i->crooked) {
        if (i->tell)
            i->tell(i->arg);
        return fail(ECONNRESET);
    }
    return receive(fd, buf, head + (i->crooked ? 0 : body), flags);
}

static ssize_t take(struct intake *i, int fd, void *buf, size_t len, int flags)
{
    if (i->crooked)
        return fail(ECONNRESET);
    if (intake_done(i))
        return fail(EAGAIN);
    if (i->chunked)
        return take_chunks(i, fd, buf, len, flags);
    ssize_t n = receive(fd, buf, i->left < len ? (size_t)i->left : len, flags);
    i->left -= n > 0 ? (uint64_t)n : 0;
    return n;
}

ssize_t recv(int fd, void *buf, size_t len, int flags)
{
    struct intake *i =
        fd >= 0 && fd < INTAKE_FD_MAX ? atomic_load_explicit(&intakes[fd], memory_order_relaxed) : NULL;
    return i ? take(i, fd, buf, len, flags) : receive(fd, buf, len, flags);
}
