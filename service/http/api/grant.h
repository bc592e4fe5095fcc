/* Opening a session for somebody who proved who he is, and telling him. */
#ifndef HTTP_API_GRANT_H
#define HTTP_API_GRANT_H

#include "accounts/session.h"
#include "http/api/api.h"

/* Keeps a new session of u and, when cookie is set, adds the header that carries it. refresh (may be NULL)
 * receives the refresh token. Store errors. */
MUST_CHECK enum err grant_open(struct http_exchange *x, const struct api *api, const struct user *u,
                               bool cookie, struct id *session, char refresh[SECRET_SESSION_TEXT]);
/* Fills the reply with the token object: who he is, a fresh access token, and refresh. */
MUST_CHECK enum err grant_tell(struct http_exchange *x, const struct api *api, const struct user *u,
                               const struct id *session, const char *refresh);
/* Adds the header that keeps the session cookie for another REFRESH_TTL_S, or (value empty) ends it. */
void grant_set_cookie(struct http_exchange *x, const struct api *api, struct span value);

#endif
