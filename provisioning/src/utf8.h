/* UTF-8, strictly (RFC 3629: no overlong forms, no surrogates). Private to the library. */
#ifndef PROVISIONING_SRC_UTF8_H
#define PROVISIONING_SRC_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Reads one character; at < end. Returns its bytes, 0 when there is none. */
size_t prov_utf8_read(const uint8_t *at, const uint8_t *end, uint32_t *out);
/* Writes one character, which must be no surrogate and at most 0x10FFFF. Returns its bytes. */
size_t prov_utf8_write(uint32_t c, uint8_t out[4]);

#endif
