/* Which foreign pages may call (CORS_ORIGINS; Fetch standard §3.2). Pure. */
#ifndef HTTP_CORS_H
#define HTTP_CORS_H

#include <stdbool.h>

enum cors_verdict {
    CORS_NO,
    CORS_LISTED, /* this very origin, or "null" when that is listed */
    CORS_ANY,    /* by "*": without credentials */
};

/* list: exact origins, "null" or "*", separated by commas or blanks; NULL or empty = nobody. origin NULL =
 * CORS_NO. */
enum cors_verdict cors_judge(const char *list, const char *origin);
/* Whether origin is that of PUBLIC_URL (NULL or empty: no): a proxy nobody declared may have ended TLS. */
bool cors_is_public_url(const char *public_url, const char *origin);

#endif
