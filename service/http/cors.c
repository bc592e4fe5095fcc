#include "http/cors.h"

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
