/* The PROXY header: any bytes. What is accepted must lie within the bytes given, and a shorter piece of it
 * must ask for more. */
#include <stdint.h>
#include <stdlib.h>

#include "door/proxy_protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proxy_header h, again;
    struct span text = {(const char *)data, size};
    if (proxy_header_parse(text, &h) != PROXY_OK)
        return 0;
    if (h.bytes > size || h.bytes > PROXY_HEADER_MAX)
        abort();
    if (h.told && h.client.any.sa_family != AF_INET && h.client.any.sa_family != AF_INET6)
        abort();
    text.len = h.bytes;
    if (proxy_header_parse(text, &again) != PROXY_OK || again.bytes != h.bytes)
        abort();
    text.len--;
    if (proxy_header_parse(text, &again) != PROXY_MORE)
        abort();
    return 0;
}
