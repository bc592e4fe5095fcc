#include "relay/upgrade.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* RFC 9110 section 5.6.2, and what else Base64 has. */
static bool is_name_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c && strchr("!#$%&'*+-.^_`|~/=", c));
}

/* The word that the value of a line begins with, when it is the first line of that name and the word fits. */
static void take_word(const char *line, const char *end, const char *name, char *out, size_t cap)
{
    size_t len = strlen(name), n = 0;
    if (out[0] || (size_t)(end - line) < len || strncasecmp(line, name, len) != 0)
        return;
    for (line += len; line < end && (*line == ' ' || *line == '\t');)
        line++;
    while (line + n < end && is_name_char(line[n]))
        n++;
    if (n >= cap)
        return;
    memcpy(out, line, n);
    out[n] = 0;
}

size_t upgrade_head(const char *head, size_t len, char out[UPGRADE_OUT_MAX], char first[UPGRADE_PROTOCOL_MAX])
{
    char key[UPGRADE_KEY_MAX] = "";
    first[0] = 0;
    for (const char *line = head, *end = head + len, *lf; (lf = memchr(line, '\n', (size_t)(end - line)));
         line = lf + 1) {
        take_word(line, lf, "sec-websocket-key:", key, sizeof key);
        take_word(line, lf, "sec-websocket-protocol:", first, UPGRADE_PROTOCOL_MAX);
    }
    return (size_t)snprintf(out, UPGRADE_OUT_MAX,
                            "GET / HTTP/1.1\r\nHost: relay\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n",
                            key);
}
