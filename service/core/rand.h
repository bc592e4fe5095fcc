/* Randomness from the kernel (getrandom(2)). Any thread; never fails: the process ends if the kernel has
 * none. */
#ifndef CORE_RAND_H
#define CORE_RAND_H

#include <stddef.h>
#include <stdint.h>

void rand_bytes(void *out, size_t len);
uint64_t rand_u64(void);

enum { RAND_ID_BYTES = 25 };

/* A fresh opaque id: 24 lower-case hex digits (96 random bits) and NUL. */
void rand_id(char out[RAND_ID_BYTES]);

#endif
