#include "ports/host/kv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ports/host/log.h"

enum { PATH_BYTES = 4096 };

/* mkdir -p with mode 0700. */
static bool make_folder(const char *folder)
{
    char path[PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s", folder);
    if (n <= 0 || (size_t)n >= sizeof path)
        return false;
    for (char *p = path + 1; *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        (void)mkdir(path, 0700); /* one that cannot be made shows at the end */
        *p = '/';
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

bool host_kv_open(struct host_kv *kv, const char *folder)
{
    *kv = (struct host_kv){.dir = -1, .lock = -1};
    if (make_folder(folder))
        kv->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (kv->dir >= 0)
        kv->lock = openat(kv->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (kv->lock >= 0 && flock(kv->lock, LOCK_EX | LOCK_NB) == 0)
        return true;
    host_log(FW_LOG_ERROR, "state.unusable", "folder=\"%s\" reason=\"%s\"", folder,
             errno == EWOULDBLOCK ? "another camera runs on it" : strerror(errno));
    host_kv_close(kv);
    return false;
}

void host_kv_close(struct host_kv *kv)
{
    if (kv->lock >= 0)
        (void)close(kv->lock);
    if (kv->dir >= 0)
        (void)close(kv->dir);
    kv->dir = kv->lock = -1;
}

static bool read_all(int fd, char *out, size_t cap, size_t *len)
{
    size_t used = 0;
    ssize_t n = 1;
    while (used < cap && n) {
        n = read(fd, out + used, cap - used);
        if (n < 0)
            return false;
        used += (size_t)n;
    }
    char more;
    if (n && read(fd, &more, 1) != 0)
        return false;
    *len = used;
    return true;
}

static bool kv_get(void *ctx, const char *key, void *out, size_t cap, size_t *len)
{
    const struct host_kv *kv = ctx;
    int fd = openat(kv->dir, key, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = read_all(fd, out, cap, len);
    (void)close(fd);
    return ok;
}

static bool write_all(int fd, const char *p, size_t len)
{
    while (len) {
        ssize_t n = write(fd, p, len);
        if (n < 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return fsync(fd) == 0;
}

static bool kv_put(void *ctx, const char *key, const void *value, size_t len)
{
    const struct host_kv *kv = ctx;
    char beside[FW_KV_KEY_MAX + 8];
    int n = snprintf(beside, sizeof beside, "%s.new", key);
    if (n < 0 || (size_t)n >= sizeof beside)
        return false;
    (void)unlinkat(kv->dir, beside, 0); /* left by a power cut, perhaps with another mode */
    int fd = openat(kv->dir, beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool ok = write_all(fd, value, len);
    ok = close(fd) == 0 && ok;
    if (ok && renameat(kv->dir, beside, kv->dir, key) == 0)
        return fsync(kv->dir) == 0;
    (void)unlinkat(kv->dir, beside, 0);
    return false;
}

static void kv_erase(void *ctx, const char *key)
{
    const struct host_kv *kv = ctx;
    if (unlinkat(kv->dir, key, 0) == 0)
        (void)fsync(kv->dir);
}

struct fw_kv host_kv_ops(struct host_kv *kv)
{
    return (struct fw_kv){.ctx = kv, .get = kv_get, .put = kv_put, .erase = kv_erase};
}
