/* What the files of the onboarding family share. */
#ifndef HTTP_API_ONBOARDING_H
#define HTTP_API_ONBOARDING_H

#include "cameras/onboard.h"
#include "http/api/api.h"

/* The onboarding a token or claim opens, for its owner (NULL: for whoever holds the secret). ERR_NOT_FOUND:
 * neither form, unknown, another owner's, or expired for over a day. May block as the store does. */
MUST_CHECK enum err onboarding_find(const struct api *api, struct span secret, const struct id *owner,
                                    struct camera *out);

/* Writes qr_code, qr_base64, qr_codes, qr_text (and qr_texts when it is split) for a QR text.
 * ERR_TOO_LARGE: more than nine codes. ERR_NO_MEMORY. */
MUST_CHECK enum err onboarding_qr_members(struct json_out *o, struct span text);

#endif
