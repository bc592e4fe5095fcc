#include "url.h"

#include <string.h>

static bool is_url_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != '\0' && strchr("-._~:/?[]%!$&'()*+,;=", c) != NULL);
}

bool prov_url_is(const char *text, size_t len, const char *scheme)
{
    size_t at = strlen(scheme);
    if (len < at || memcmp(text, scheme, at) != 0) {
        return false;
    }
    if (at < len && text[at] == 's') {
        at++;
    }
    if (len - at < 4 || memcmp(text + at, "://", 3) != 0) {
        return false;
    }
    at += 3;
    if (strchr(":/?", text[at]) != NULL) { /* no host */
        return false;
    }
    for (; at < len; at++) {
        bool scheme_again = text[at] == ':' && len - at > 2 && text[at + 1] == '/' && text[at + 2] == '/';
        if (scheme_again || !is_url_char(text[at])) {
            return false;
        }
    }
    return true;
}
