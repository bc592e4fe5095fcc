/* A picture as text: a data URL (RFC 2397) in Base64 (RFC 4648 §4). Any thread. */
#ifndef RELAY_DATA_URL_H
#define RELAY_DATA_URL_H

#include <stddef.h>

#include "core/span.h"

#define DATA_URL_PREFIX "data:image/jpeg;base64,"
/* Characters that n bytes of JPEG become. */
#define DATA_URL_LEN(n) (sizeof DATA_URL_PREFIX - 1 + ((n) + 2) / 3 * 4)

/* Writes DATA_URL_LEN(jpeg.len) characters, no NUL. */
void data_url_write(struct span jpeg, char *out);

#endif
