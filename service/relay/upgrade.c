#include "relay/upgrade.h"

#include <string.h>
#include <strings.h>

static const char field[] = "sec-websocket-protocol:";

/* RFC 9110 section 5.6.2 */
static int token_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static void first_name(const char *value, const char *end, char first[UPGRADE_PROTOCOL_MAX])
{
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    size_t n = 0;
    while (value + n < end && token_char(value[n]))
        n++;
    if (n >= UPGRADE_PROTOCOL_MAX)
        return;
    memcpy(first, value, n);
    first[n] = 0;
}

size_t upgrade_strip_protocols(char *head, size_t len, char first[UPGRADE_PROTOCOL_MAX])
{
    char *line = head;
    first[0] = 0;
    for (;;) {
        size_t left = len - (size_t)(line - head);
        char *lf = memchr(line, '\n', left);
        if (!lf || lf == line || (lf == line + 1 && *line == '\r'))
            return len; /* the end of the head */
        size_t n = (size_t)(lf + 1 - line);
        if (n > sizeof field && strncasecmp(line, field, sizeof field - 1) == 0) {
            if (!first[0])
                first_name(line + sizeof field - 1, lf, first);
            memmove(line, lf + 1, left - n);
            len -= n;
        } else {
            line = lf + 1;
        }
    }
}
