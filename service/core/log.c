#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/log_json.h"

enum { LINE_BYTES = 4096, MUTED_BYTES = 64, NAMES = 64, PER_SECOND = 20 };

#define MUTED "muted_before=%u"

struct muted {
    char event[48];
    int64_t second;
    unsigned seen, dropped;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static enum log_level least_level = LOG_INFO;
static enum log_format line_format = LOG_TEXT;
static int log_fd = STDERR_FILENO;
static struct muted table[NAMES];

static const char *const level_names[] = {"debug", "info", "warn", "error"};

enum err log_open(enum log_level least, enum log_format format, const char *path)
{
    int fd = STDERR_FILENO;
    if (path) {
        fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
        if (fd < 0)
            return ERR_IO;
    }
    least_level = least;
    line_format = format;
    log_fd = fd;
    return ERR_OK;
}

void log_close(void)
{
    if (log_fd != STDERR_FILENO)
        close(log_fd);
    log_fd = STDERR_FILENO;
}

bool log_enabled(enum log_level level)
{
    return level >= least_level;
}

const char *log_safe(const char *text, char *out, unsigned cap)
{
    unsigned n = 0;
    for (; text && text[n] && n + 1 < cap; n++) {
        unsigned char c = (unsigned char)text[n];
        out[n] = c <= ' ' || c == '"' || c == '\\' || c == '=' || c == 127 ? '_' : (char)c;
    }
    if (cap)
        out[n] = 0;
    return out;
}

/* Whether this event may be written now; *dropped tells how many were muted before it. Caller holds the lock.
 */
static bool admit(const char *event, int64_t second, unsigned *dropped)
{
    unsigned h = 5381;
    for (const char *p = event; *p; p++)
        h = h * 33 + (unsigned char)*p;
    struct muted *m = &table[h % NAMES];
    *dropped = 0;
    if (strncmp(m->event, event, sizeof m->event - 1) != 0) {
        *m = (struct muted){.second = second};
        (void)snprintf(m->event, sizeof m->event, "%s", event);
    } else if (m->second != second) {
        *dropped = m->dropped;
        m->second = second;
        m->seen = m->dropped = 0;
    }
    if (++m->seen > PER_SECOND) {
        m->dropped++;
        return false;
    }
    return true;
}

static void write_line(enum log_level level, const char *event, const char *fmt, va_list ap, unsigned dropped)
{
    int64_t now_ms = clock_wall_ms(clock_system());
    char pairs[LINE_BYTES / 2 - 256], muted[MUTED_BYTES] = "", line[LINE_BYTES], when[CLOCK_RFC3339_BYTES];
    (void)vsnprintf(pairs, sizeof pairs, fmt, ap);
    for (char *p = pairs; *p; p++)
        if ((unsigned char)*p < ' ')
            *p = ' ';
    if (dropped)
        (void)snprintf(muted, sizeof muted, " " MUTED, dropped);
    clock_rfc3339(now_ms, when);
    int len;
    if (line_format == LOG_JSON) {
        char members[LINE_BYTES - 256];
        size_t used = log_json_members(fmt, pairs, members, sizeof members - MUTED_BYTES);
        (void)log_json_members(MUTED, muted, members + used, sizeof members - used);
        len = snprintf(line, sizeof line, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"%s}\n", when,
                       level_names[level], event, members);
    } else {
        len = snprintf(line, sizeof line, "%s %-5s %s %s%s\n", when, level_names[level], event, pairs, muted);
    }
    if (len >= (int)sizeof line) {
        len = (int)sizeof line - 1;
        line[len - 1] = '\n';
    }
    ssize_t n;
    do
        n = write(log_fd, line, (size_t)len);
    while (n < 0 && errno == EINTR);
}

void log_event(enum log_level level, const char *event, const char *fmt, ...)
{
    if (level < least_level)
        return;
    unsigned dropped;
    pthread_mutex_lock(&lock);
    bool ok = admit(event, clock_wall_ms(clock_system()) / 1000, &dropped);
    pthread_mutex_unlock(&lock);
    if (!ok)
        return;
    va_list ap;
    va_start(ap, fmt);
    write_line(level, event, fmt, ap, dropped);
    va_end(ap);
}

void log_record(enum log_level level, const char *event, const char *fmt, ...)
{
    if (level < least_level)
        return;
    va_list ap;
    va_start(ap, fmt);
    write_line(level, event, fmt, ap, 0);
    va_end(ap);
}
