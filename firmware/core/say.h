/* One line an event through the port's log. */
#ifndef CORE_SAY_H
#define CORE_SAY_H

#include <stddef.h>

#include "platform/platform.h"

void fw_say(const struct fw_platform *p, enum fw_log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* text as a log value: what is not printable, a blank, a quote, a backslash or '=' becomes '_'; cut to cap
 * - 1. */
const char *fw_say_safe(const char *text, char *out, size_t cap);

#endif
