#include "core/conf_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

bool conf_value_int(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (errno || end == text || *end)
        return false;
    *out = v;
    return true;
}

/* "<n>/s", "<n>/min", "<n>/h" or "off". */
static bool parse_rate(const char *text, struct conf_rate *out)
{
    if (strcmp(text, "off") == 0) {
        *out = (struct conf_rate){0, 1};
        return true;
    }
    char *end;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (errno || end == text || n < 1 || n > 1000000)
        return false;
    uint32_t period = strcmp(end, "/s") == 0     ? 1
                      : strcmp(end, "/min") == 0 ? 60
                      : strcmp(end, "/h") == 0   ? 3600
                                                 : 0;
    if (!period)
        return false;
    *out = (struct conf_rate){(uint32_t)n, period};
    return true;
}

static bool among(const char *word, const char *words)
{
    size_t len = strlen(word);
    for (const char *p = words; *p;) {
        size_t n = strcspn(p, " ");
        if (n == len && memcmp(p, word, n) == 0)
            return true;
        p += n + (p[n] == ' ');
    }
    return false;
}

const char *conf_value_set(struct conf *c, const struct conf_knob *k, const char *text,
                           char why[CONF_WHY_BYTES])
{
    char *at = (char *)c + k->offset;
    switch (k->kind) {
    case CONF_INT: {
        int64_t v;
        if (!conf_value_int(text, &v) || v < k->min || v > k->max) {
            (void)snprintf(why, CONF_WHY_BYTES, "must be a whole number from %" PRId64 " to %" PRId64, k->min,
                           k->max);
            return why;
        }
        memcpy(at, &v, sizeof v);
        return NULL;
    }
    case CONF_RATE: {
        struct conf_rate r;
        if (!parse_rate(text, &r))
            return "must be <n>/s, <n>/min, <n>/h or off";
        memcpy(at, &r, sizeof r);
        return NULL;
    }
    case CONF_OPEN_CLOSED:
    case CONF_ON_OFF:
    case CONF_CHOICE:
        if (!among(text, k->choices)) {
            (void)snprintf(why, CONF_WHY_BYTES, "must be one of: %s", k->choices);
            return why;
        }
        if (k->kind != CONF_CHOICE) {
            bool yes = strcmp(text, k->kind == CONF_ON_OFF ? "on" : "open") == 0;
            memcpy(at, &yes, sizeof yes);
            return NULL;
        }
        break;
    case CONF_TEXT:
    case CONF_SECRET:
        if ((int64_t)strlen(text) > k->max || (int64_t)strlen(text) < k->min) {
            (void)snprintf(why, CONF_WHY_BYTES, "must be %" PRId64 " to %" PRId64 " bytes long", k->min,
                           k->max);
            return why;
        }
        break;
    }
    char *copy = mem_strdup(text);
    if (!copy)
        return "no memory";
    memcpy(at, &copy, sizeof copy);
    return NULL;
}

void conf_value_clear(struct conf *c, const struct conf_knob *k)
{
    if (k->kind != CONF_TEXT && k->kind != CONF_SECRET && k->kind != CONF_CHOICE)
        return;
    char **text = (char **)(void *)((char *)c + k->offset);
    if (*text)
        mem_wipe(*text, strlen(*text));
    mem_free(*text);
    *text = NULL;
}
