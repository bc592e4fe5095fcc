/* The event log on stderr: "time level event key=value …", one line an event. */
#ifndef PORTS_HOST_LOG_H
#define PORTS_HOST_LOG_H

#include <stdbool.h>

#include "platform/board.h"

/* "debug", "info", "warn" or "error"; false: another word. Before anything is logged. */
bool host_log_level(const char *word);
void host_log_write(enum fw_log_level level, const char *event, const char *text);
/* The same from a format. */
void host_log(enum fw_log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
