#include "provisioning/json.h"

static const int64_t MOST = 1000000000000;

/* A number in thousandths; *cut: it had more digits than that, not all 0. */
static bool read_decimal(struct prov_json v, int64_t *milli, bool *cut)
{
    const char *at = v.at, *end = v.at + v.len;
    bool negative = v.len > 0 && *at == '-';
    int64_t n = 0, unit = 100;
    at += negative ? 1 : 0;
    if (at == end || *at < '0' || *at > '9') {
        return false;
    }
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        n = n * 10 + (*at - '0');
        if (n > MOST) {
            return false;
        }
    }
    n *= 1000;
    *cut = false;
    if (at < end && *at == '.') {
        for (at++; at < end && *at >= '0' && *at <= '9'; at++, unit /= 10) {
            n += unit * (*at - '0');
            *cut = *cut || (unit == 0 && *at != '0');
        }
    }
    if (at != end) {
        return false;
    }
    *milli = negative ? -n : n;
    return true;
}

bool prov_json_milli(struct prov_json v, int64_t *out)
{
    bool cut;
    return read_decimal(v, out, &cut);
}

bool prov_json_int(struct prov_json v, int64_t least, int64_t most, int64_t *out)
{
    int64_t milli;
    bool cut;
    if (!read_decimal(v, &milli, &cut) || cut || milli % 1000 != 0 || milli / 1000 < least ||
        milli / 1000 > most) {
        return false;
    }
    *out = milli / 1000;
    return true;
}

bool prov_json_bool(struct prov_json v, bool *out)
{
    if (v.len == 0 || (v.at[0] != 't' && v.at[0] != 'f')) {
        return false;
    }
    *out = v.at[0] == 't';
    return true;
}
