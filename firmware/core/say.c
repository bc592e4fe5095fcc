#include "core/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MAX_BYTES = 256 };

void fw_say(const struct fw_platform *p, enum fw_log_level level, const char *event, const char *fmt, ...)
{
    char text[LINE_MAX_BYTES];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    p->board.log(p->board.ctx, level, event, text);
}

const char *fw_say_safe(const char *text, char *out, size_t cap)
{
    size_t n = 0;
    for (; text[n] && n + 1 < cap; n++)
        out[n] = text[n] <= ' ' || text[n] > '~' || strchr("\"\\=", text[n]) ? '_' : text[n];
    out[n] = 0;
    return out;
}
