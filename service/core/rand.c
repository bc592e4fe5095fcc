#include "core/rand.h"

#include <stdlib.h>
#include <sys/random.h>

void rand_bytes(void *out, size_t len)
{
    unsigned char *p = out;
    while (len) {
        ssize_t n = getrandom(p, len, 0);
        if (n < 0)
            abort(); /* the pool is initialised at boot; going on without randomness would be worse */
        p += n;
        len -= (size_t)n;
    }
}

uint64_t rand_u64(void)
{
    uint64_t v;
    rand_bytes(&v, sizeof v);
    return v;
}

void rand_id(char out[RAND_ID_BYTES])
{
    static const char hex[] = "0123456789abcdef";
    unsigned char raw[12];
    rand_bytes(raw, sizeof raw);
    for (size_t i = 0; i < sizeof raw; i++) {
        out[2 * i] = hex[raw[i] >> 4];
        out[2 * i + 1] = hex[raw[i] & 15];
    }
    out[24] = 0;
}
