/* The form of a server address. Private to the library. */
#ifndef PROVISIONING_SRC_URL_H
#define PROVISIONING_SRC_URL_H

#include <stdbool.h>
#include <stddef.h>

/* Whether text is scheme://host… with the scheme (lower case) or the scheme + "s", of characters that may
 * stand in a URL (RFC 3986) and cannot break out of a request line: no space, control character, user name,
 * fragment or second scheme. */
bool prov_url_is(const char *text, size_t len, const char *scheme);

#endif
