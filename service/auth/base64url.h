/* Base64 in the alphabet for URLs, without padding (RFC 4648 §5). Any thread. */
#ifndef AUTH_BASE64URL_H
#define AUTH_BASE64URL_H

#include <stdint.h>

#include "core/span.h"

/* Characters that n bytes become. */
#define BASE64URL_LEN(n) (((n)*4 + 2) / 3)

bool base64url_is_char(char c);
/* Writes BASE64URL_LEN(n) characters and a NUL. */
void base64url_encode(const uint8_t *bytes, size_t n, char *out);
/* False: a foreign character, an impossible length, bits left over, or more than cap bytes. */
bool base64url_decode(struct span text, uint8_t *out, size_t cap, size_t *n);

#endif
