#include "samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "provisioning/token.h"
#include "provisioning/utf8.h"

static uint64_t next(struct samples *s)
{
    uint64_t z = s->state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

uint32_t samples_below(struct samples *s, uint32_t n)
{
    return (uint32_t)(next(s) % n);
}

void samples_bytes(struct samples *s, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = (uint8_t)next(s);
    }
}

static uint32_t random_char(struct samples *s)
{
    switch (samples_below(s, 6)) {
    case 0:
        return 1 + samples_below(s, 0x1F);
    case 1:
        return 0x80 + samples_below(s, 0x800 - 0x80);
    case 2:
        return 0xE000 + samples_below(s, 0x2000);
    case 3:
        return 0x10000 + samples_below(s, 0x100000);
    default:
        return 0x20 + samples_below(s, 0x60);
    }
}

size_t samples_text(struct samples *s, char *out, size_t min, size_t max)
{
    size_t want = min + samples_below(s, (uint32_t)(max - min + 1)), len = 0;
    while (len < want) {
        char bytes[4];
        size_t n = prov_utf8_write(random_char(s), bytes);
        if (len + n > want) {
            n = prov_utf8_write(' ' + samples_below(s, 0x5F), bytes);
        }
        memcpy(out + len, bytes, n);
        len += n;
    }
    out[len] = '\0';
    return len;
}

struct prov_credentials samples_credentials(struct samples *s)
{
    struct prov_credentials c = {0};
    uint8_t random[PROV_CLAIM_RANDOM];
    c.ssid_len = samples_text(s, c.ssid, 1, PROV_SSID_MAX);
    c.password_len = samples_text(s, c.password, 0, PROV_PASSWORD_MAX);
    if (samples_below(s, 8) > 0) {
        snprintf(c.server_url, sizeof c.server_url, "http%s://host-%u.example%s",
                 samples_below(s, 2) ? "s" : "", (unsigned)samples_below(s, 100000),
                 samples_below(s, 2) ? ":8000/base" : "");
    }
    samples_bytes(s, random, sizeof random);
    if (samples_below(s, 2) == 0) {
        prov_uuid_from_random(random, c.token);
    } else if (prov_claim_from_random(random, c.token) != PROV_OK) {
        abort();
    }
    (void)samples_text(s, c.user_id, 0, PROV_USER_MAX);
    (void)samples_text(s, c.camera_model, 0, PROV_MODEL_MAX);
    return c;
}

char *samples_exact(const void *data, size_t len)
{
    char *copy = malloc(len > 0 ? len : 1);
    if (copy == NULL) {
        abort();
    }
    memcpy(copy, data, len);
    return copy;
}
