#include "http/api/query.h"

#include <stdio.h>

bool query_int(struct http_exchange *x, const char *name, int min, int max, int *out)
{
    const char *text = http_query(x, name);
    char message[64];
    int64_t v = 0;
    if (!text)
        return true;
    bool good = *text != 0;
    for (const char *c = text; good && *c; c++) {
        good = *c >= '0' && *c <= '9' && v <= max;
        v = v * 10 + (*c - '0');
    }
    if (good && v >= min && v <= max) {
        *out = (int)v;
        return true;
    }
    (void)snprintf(message, sizeof message, "must be a whole number from %d to %d", min, max);
    (void)http_invalid(x, name, message);
    return false;
}
