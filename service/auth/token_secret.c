#include "auth/token.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "auth/secret.h"
#include "core/log.h"
#include "core/mem.h"

enum { PATH_BYTES = 4096, FILE_MAX = 2048, SECRET_MIN = 32, SECRET_MAX = 1024 };

/* Secrets printed in manuals and examples, or plainly meant to be replaced. In lower case. */
static const char *const well_known[] = {
    "change-me",
    "change_me",
    "changeme",
    "change-this",
    "change_this",
    "change-in-production",
    "your-secret",
    "your_secret",
    "default_secret",
    "django-insecure",
    "a-string-secret-at-least-256-bits-long",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
};

const char *token_secret_fault(struct span secret)
{
    char text[SECRET_MAX + 1];
    if (secret.len < SECRET_MIN)
        return "is shorter than 32 bytes";
    if (secret.len > SECRET_MAX)
        return "is longer than 1024 bytes";
    if (!span_copy(secret, text, sizeof text))
        return "holds a NUL byte";
    const char *fault = NULL;
    for (size_t i = 0; i < sizeof well_known / sizeof well_known[0] && !fault; i++)
        if (strcasestr(text, well_known[i]))
            fault = "is well known";
    mem_wipe(text, sizeof text);
    return fault;
}

static enum err io_fault(const char *what, const char *path)
{
    char safe[256];
    log_event(LOG_ERROR, "auth.secret_key_file", "what=%s path=%s errno=%d", what,
              log_safe(path, safe, sizeof safe), errno);
    return ERR_IO;
}

/* ERR_NOT_FOUND: there is no such file. */
static enum err read_file(const char *path, char **out)
{
    char text[FILE_MAX];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? ERR_NOT_FOUND : io_fault("open", path);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n < 0)
        return io_fault("read", path);
    text[n] = 0;
    text[strcspn(text, "\r\n")] = 0;
    const char *fault = token_secret_fault(span_of(text));
    enum err e = ERR_IO;
    if (fault) {
        log_event(LOG_ERROR, "auth.secret_key_file", "reason=\"%s\"", fault);
    } else {
        char *copy = mem_strdup(text);
        e = copy ? ERR_OK : ERR_NO_MEMORY;
        if (copy)
            *out = copy;
    }
    mem_wipe(text, sizeof text);
    return e;
}

static bool write_whole(int fd)
{
    char secret[SECRET_TEXT];
    secret_make(secret);
    secret[SECRET_TEXT - 1] = '\n';
    bool good = write(fd, secret, sizeof secret) == (ssize_t)sizeof secret && fsync(fd) == 0;
    mem_wipe(secret, sizeof secret);
    return good;
}

/* Written beside and linked into place when whole: a reader never sees half a secret, and of two processes
 * that start at once the first to link wins for both. */
static enum err make_file(const char *dir, const char *path)
{
    char beside[PATH_BYTES + 8];
    (void)snprintf(beside, sizeof beside, "%s.XXXXXX", path);
    int fd = mkostemp(beside, O_CLOEXEC); /* O_EXCL, 0600 */
    if (fd < 0)
        return io_fault("create", beside);
    enum err e = ERR_OK;
    if (!write_whole(fd))
        e = io_fault("write", beside);
    close(fd);
    if (!e && link(beside, path) && errno != EEXIST)
        e = io_fault("link", path);
    (void)unlink(beside);
    int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!e && (dir_fd < 0 || fsync(dir_fd)))
        e = io_fault("sync", dir);
    if (dir_fd >= 0)
        close(dir_fd);
    return e;
}

enum err token_secret_keep(const char *data_dir, char **out)
{
    char path[PATH_BYTES];
    int n = snprintf(path, sizeof path, "%s/secret_key", data_dir);
    if (n < 0 || (size_t)n >= sizeof path)
        return ERR_IO;
    enum err e = read_file(path, out);
    if (e != ERR_NOT_FOUND)
        return e;
    e = make_file(data_dir, path);
    if (!e)
        e = read_file(path, out);
    return e == ERR_NOT_FOUND ? ERR_IO : e;
}
