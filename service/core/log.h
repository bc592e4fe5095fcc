/* The event log: one line an event on stderr (or LOG_FILE), as text (event key=value …) or JSON.
 * Any thread. Values are escaped, lines are cut at 4 KiB. Never pass a token, key or password.
 * A name that comes more than 20 times in a second is muted for the rest of it and the number told later. */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include <stdbool.h>

#include "core/err.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

/* Once at start, before other threads. path NULL = stderr. */
MUST_CHECK enum err log_open(enum log_level least, enum log_format format, const char *path);
void log_close(void);
bool log_enabled(enum log_level level);

/* event is "room.what"; fmt yields "key=value key=value": values without blanks, or in double quotes. In JSON
 * what fmt prints unquoted by one %d, %u or %f, or has in digits, is a number; what comes by %s is a string.
 */
void log_event(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* As log_event, but never muted: for what is promised a line each (the access log). */
void log_record(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Makes text safe for a value: control characters, quotes and blanks become '_'; cut to cap - 1. Returns out.
 */
const char *log_safe(const char *text, char *out, unsigned cap);

#endif
