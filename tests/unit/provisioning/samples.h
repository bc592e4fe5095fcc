/* What the tests of this room share: repeatable randomness, exact copies, random credentials. */
#ifndef TESTS_PROVISIONING_SAMPLES_H
#define TESTS_PROVISIONING_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "provisioning/payload.h"

/* splitmix64: the same numbers on every machine. */
struct samples {
    uint64_t state;
};

uint32_t samples_below(struct samples *s, uint32_t n);
void samples_bytes(struct samples *s, uint8_t *out, size_t n);

/* Valid UTF-8 without U+0000, of min..max bytes, with control characters and all lengths of encoding. */
size_t samples_text(struct samples *s, char *out, size_t min, size_t max);

struct prov_credentials samples_credentials(struct samples *s);

/* A heap copy of exactly len bytes, so that a sanitizer sees the first byte read beyond. Free with free(). */
char *samples_exact(const void *data, size_t len);

#endif
