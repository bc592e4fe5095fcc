/* What an account may be called and what may open it. Pure rules; any thread. */
#ifndef ACCOUNTS_ACCOUNT_H
#define ACCOUNTS_ACCOUNT_H

#include "core/err.h"
#include "core/span.h"
#include "store/model.h"

enum { ACCOUNT_PASSWORD_MAX = 128 };

/* Trims and lowers (ASCII). ERR_INVALID: not 3..254 bytes, not name@host, or a blank or control character
 * inside. */
MUST_CHECK enum err account_email(struct span text, char out[MODEL_EMAIL_MAX + 1]);
/* As it is. ERR_INVALID: not [a-z0-9._-]{3,32}. */
MUST_CHECK enum err account_username(struct span text, char out[MODEL_USERNAME_MAX + 1]);
/* What somebody typed to sign in, in the form that names are kept in: an email, or a user name. It need not
 * be a good one, it is only looked up. ERR_INVALID: no account can be called so. */
MUST_CHECK enum err account_name(struct span text, char out[MODEL_EMAIL_MAX + 1]);
/* Whether a new password is min..ACCOUNT_PASSWORD_MAX bytes without NUL. */
bool account_password_fits(struct span password, int64_t min_bytes);

#endif
