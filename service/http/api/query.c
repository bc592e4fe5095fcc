#include "http/api/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

bool query_parse_rate(const char *text, int max, double *out)
{
    size_t len = strlen(text);
    bool plain = len && len <= 8 && strspn(text, "0123456789.") == len && text[len - 1] != '.';
    double v = 0;
    if (plain && strchr(text, '.') == strrchr(text, '.'))
        v = strtod(text, NULL);
    if (v < 0.01 || v > max)
        return false;
    *out = v;
    return true;
}

bool query_rate(struct http_exchange *x, const char *name, int max, double *out)
{
    const char *text = http_query(x, name);
    char message[64];
    if (!text || query_parse_rate(text, max, out))
        return true;
    (void)snprintf(message, sizeof message, "must be a number from 0.01 to %d", max);
    (void)http_invalid(x, name, message);
    return false;
}
