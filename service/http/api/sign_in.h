/* Name and password → account, the same way for the API and for the form. */
#ifndef HTTP_API_SIGN_IN_H
#define HTTP_API_SIGN_IN_H

#include "http/api/api.h"

struct sign_in {
    struct span name, password;
    const char *address; /* for the log */
};

/* Counts against the account's limit, checks, and hashes anew what was hashed too weakly. Slow (argon2).
 * ERR_CREDENTIALS (unknown, wrong and deactivated take the same time) · ERR_RATE_LIMITED: again in
 * *retry_after_s · store errors. */
MUST_CHECK enum err sign_in_check(const struct api *api, const struct sign_in *s, struct user *out,
                                  uint32_t *retry_after_s);

#endif
