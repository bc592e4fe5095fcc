/* Memory is wiped as it is given back, by whichever library: WiFi passwords and keys pass through jansson,
 * qrencode, zlib and libmicrohttpd, none of which wipes what it frees. The program's own free() goes before
 * the C library's for all of them. Blocks over SCRUB_MAX are pictures and the like; what holds secrets and is
 * larger wipes itself. */
#include <malloc.h>
#include <stdlib.h>

#include "core/mem.h"

/* Sanitizers bring a free() of their own. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SCRUB_IS_OFF
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SCRUB_IS_OFF
#endif
#endif

#if defined(__GLIBC__) && !defined(SCRUB_IS_OFF)

enum { SCRUB_MAX = 256 * 1024 };

void __libc_free(void *p); /* glibc's own, under its public name */

void free(void *p)
{
    if (!p)
        return;
    size_t bytes = malloc_usable_size(p);
    if (bytes <= SCRUB_MAX)
        mem_wipe(p, bytes);
    __libc_free(p);
}

#endif
