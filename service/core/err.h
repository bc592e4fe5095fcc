/* One list of everything that can go wrong, shared by all rooms of the service.
 * A function returns ERR_OK or one of these and leaves its out pointers untouched on failure.
 * Only http/problem.c turns an err into an HTTP status and a stable code. */
#ifndef CORE_ERR_H
#define CORE_ERR_H

#define MUST_CHECK __attribute__((warn_unused_result))

/* X(enumerator, stable snake_case word) */
#define ERR_LIST(X)                                                                                          \
    X(ERR_OK, "ok")                                                                                          \
    /* general reasons */                                                                                    \
    X(ERR_NO_MEMORY, "no_memory")                                                                            \
    X(ERR_IO, "io")                                                                                          \
    X(ERR_TIMEOUT, "timeout")                                                                                \
    X(ERR_BUSY, "overloaded")                                                                                \
    X(ERR_UNAVAILABLE, "store_unavailable")                                                                  \
    X(ERR_MALFORMED, "malformed")                                                                            \
    X(ERR_INVALID, "invalid")                                                                                \
    X(ERR_TOO_LARGE, "too_large")                                                                            \
    X(ERR_MEDIA_TYPE, "unsupported_media_type")                                                              \
    X(ERR_NOT_FOUND, "not_found")                                                                            \
    X(ERR_METHOD, "method_not_allowed")                                                                      \
    X(ERR_FORBIDDEN, "forbidden")                                                                            \
    X(ERR_RATE_LIMITED, "rate_limited")                                                                      \
    X(ERR_CONFLICT, "conflict")                                                                              \
    X(ERR_INTERNAL, "internal")                                                                              \
    /* who is calling */                                                                                     \
    X(ERR_UNAUTHENTICATED, "unauthenticated")                                                                \
    X(ERR_TOKEN_STALE, "token_expired") /* a JWT past its exp: 401 */                                        \
    X(ERR_CREDENTIALS, "invalid_credentials")                                                                \
    X(ERR_API_KEY, "unauthenticated") /* no device key, or none that is good: 401 */                         \
    /* accounts */                                                                                           \
    X(ERR_EMAIL_TAKEN, "email_taken")                                                                        \
    X(ERR_USERNAME_TAKEN, "username_taken")                                                                  \
    X(ERR_REGISTRATION_CLOSED, "registration_closed")                                                        \
    /* onboarding */                                                                                         \
    X(ERR_TOKEN_USED, "token_used")                                                                          \
    X(ERR_ALREADY_ACTIVATED, "already_activated")                                                            \
    X(ERR_TOKEN_EXPIRED, "token_expired") /* an onboarding token past its ttl: 410 */                        \
    X(ERR_QR_GONE, "qr_gone")                                                                                \
    X(ERR_UID_TAKEN, "device_uid_taken")                                                                     \
    X(ERR_IDEMPOTENCY, "idempotency_mismatch")                                                               \
    /* media and control */                                                                                  \
    X(ERR_CAMERA_OFFLINE, "camera_offline")                                                                  \
    X(ERR_CAMERA_TIMEOUT, "camera_timeout")                                                                  \
    X(ERR_PAUSED, "paused")                                                                                  \
    X(ERR_NO_IMAGE, "malformed") /* a body without a picture: 400 */                                         \
    X(ERR_BAD_FRAME, "bad_frame")

#define ERR_ENUM(name, word) name,
enum err { ERR_LIST(ERR_ENUM) ERR_COUNT };
#undef ERR_ENUM

/* The stable word of e; never NULL. Any thread. */
const char *err_word(enum err e);

#endif
