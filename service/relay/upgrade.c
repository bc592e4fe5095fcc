#include "relay/upgrade.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const char protocol[] = "sec-websocket-protocol:";

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

static bool starts(const char *line, size_t len, const char *name)
{
    size_t n = strlen(name);
    return len >= n && strncasecmp(line, name, n) == 0;
}

static bool is_needed(const char *line, size_t len)
{
    static const char *const names[] = {
        "host:", "connection:", "upgrade:", "sec-websocket-key:", "sec-websocket-version:"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (starts(line, len, names[i]))
            return true;
    return false;
}

/* Makes the target of the request line, of line bytes, "/"; returns by how many bytes it is shorter. */
static size_t trim_target(char *head, size_t line, size_t len)
{
    char *from = memchr(head, ' ', line), *to = from ? memrchr(head, ' ', line) : NULL;
    if (!from || to < from + 2)
        return 0;
    from[1] = '/';
    memmove(from + 2, to, len - (size_t)(to - head));
    return (size_t)(to - from) - 2;
}

size_t upgrade_trim(char *head, size_t len, char first[UPGRADE_PROTOCOL_MAX])
{
    first[0] = 0;
    char *lf = memchr(head, '\n', len);
    if (!lf)
        return len;
    size_t shorter = trim_target(head, (size_t)(lf - head), len);
    char *line = lf + 1 - shorter;
    len -= shorter;
    for (;;) {
        size_t left = len - (size_t)(line - head);
        lf = memchr(line, '\n', left);
        if (!lf || lf == line || (lf == line + 1 && *line == '\r'))
            return len; /* the end of the head */
        size_t n = (size_t)(lf + 1 - line);
        if (is_needed(line, n)) {
            line = lf + 1;
            continue;
        }
        if (!first[0] && starts(line, n, protocol))
            first_name(line + sizeof protocol - 1, lf, first);
        memmove(line, lf + 1, left - n);
        len -= n;
    }
}
