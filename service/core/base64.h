/* Base64 with padding (RFC 4648 §4). Any thread. */
#ifndef CORE_BASE64_H
#define CORE_BASE64_H

#include <stddef.h>

#include "core/span.h"

/* Characters that n bytes become. */
#define BASE64_LEN(n) (((n) + 2) / 3 * 4)

/* Writes BASE64_LEN(bytes.len) characters, no NUL. */
void base64_encode(struct span bytes, char *out);

#endif
