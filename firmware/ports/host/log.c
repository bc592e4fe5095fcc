#include "ports/host/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const names[] = {"debug", "info", "warn", "error"};
static enum fw_log_level least = FW_LOG_INFO;

bool host_log_level(const char *word)
{
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(word, names[i]) == 0) {
            least = (enum fw_log_level)i;
            return true;
        }
    }
    return false;
}

void host_log_write(enum fw_log_level level, const char *event, const char *text)
{
    if (level < least)
        return;
    struct timespec now;
    struct tm utc;
    char when[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    (void)strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S", &utc);
    (void)fprintf(stderr, "%s.%03ldZ %-5s %s%s%s\n", when, now.tv_nsec / 1000000, names[level], event,
                  text[0] ? " " : "", text);
}

void host_log(enum fw_log_level level, const char *event, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    host_log_write(level, event, text);
}
