#include "http/cors.h"

#include <strings.h>

#include "core/span.h"

enum cors_verdict cors_judge(const char *list, const char *origin)
{
    enum cors_verdict v = CORS_NO;
    while (list && origin && *(list += strspn(list, ", \t"))) {
        struct span item = {list, strcspn(list, ", \t")};
        list += item.len;
        if (item.len > 1 && item.p[item.len - 1] == '/')
            item.len--;
        if (span_is(item, origin))
            return CORS_LISTED;
        if (span_is(item, "*"))
            v = CORS_ANY;
    }
    return v;
}

bool cors_is_public_url(const char *public_url, const char *origin)
{
    size_t len = public_url ? strlen(public_url) : 0;
    while (len && public_url[len - 1] == '/')
        len--;
    return len && strlen(origin) == len && strncasecmp(origin, public_url, len) == 0;
}
