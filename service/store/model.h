/* The records the service keeps. Plain data: no behaviour, no pointers to free (lists say so).
 * Times are Unix milliseconds, 0 = never. Strings are NUL-terminated, empty = not set. Secrets only as
 * SHA-256. */
#ifndef STORE_MODEL_H
#define STORE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/id.h"

enum {
    MODEL_EMAIL_MAX = 254,
    MODEL_USERNAME_MAX = 32,
    MODEL_PASSWORD_HASH_MAX = 255,
    MODEL_AGENT_MAX = 200,
    MODEL_ADDRESS_MAX = 45,
    MODEL_NAME_MAX = 256,
    MODEL_MODEL_MAX = 64,
    MODEL_UID_MAX = 128,
    MODEL_SSID_MAX = 32,
    MODEL_FIRMWARE_MAX = 64,
    MODEL_IDEMPOTENCY_MAX = 64,
    MODEL_HASH_BYTES = 32,
    MODEL_STREAM_PASSWORDS_MAX = 20, /* of one user for one device */
};

/* SHA-256 of a secret of at least 83 random bits; all zero = none. */
struct secret_hash {
    uint8_t b[MODEL_HASH_BYTES];
};

struct user {
    struct id id;
    /* normalised: trimmed, lower case; empty for users that came with a name only */
    char email[MODEL_EMAIL_MAX + 1];
    char username[MODEL_USERNAME_MAX + 1];
    char password_hash[MODEL_PASSWORD_HASH_MAX + 1]; /* the encoded form, parameters inside */
    bool is_admin, is_active;
    int64_t created_ms;
};

struct session {
    struct id id, user_id;
    struct secret_hash refresh; /* the refresh token that is good now */
    struct secret_hash spent;   /* the one before it, good once more until spent_until_ms */
    int64_t spent_until_ms;     /* 0 = not any more */
    struct secret_hash cookie;  /* the session cookie's secret; zero when none was set */
    int64_t created_ms, last_used_ms, expires_ms;
    char user_agent[MODEL_AGENT_MAX + 1];
    char address[MODEL_ADDRESS_MAX + 1];
};

/* Opens one device's pictures for programs that know only HTTP Basic. The name is the user's own note. */
struct stream_password {
    struct id id, user_id, device_id;
    char name[MODEL_NAME_MAX + 1];
    struct secret_hash secret;
    int64_t created_ms;
};

/* data is freed with mem_free. */
struct stream_password_list {
    struct stream_password *data;
    size_t count;
};

enum camera_state {
    CAMERA_PENDING, /* onboarding: waits for its activation */
    CAMERA_ACTIVE,  /* activated; whether it is online is presence's word */
};

/* What the caller may do with a camera. */
enum camera_role { ROLE_NONE, ROLE_VIEWER, ROLE_OPERATOR, ROLE_OWNER };

/* A camera and its onboarding, one document. */
struct camera {
    struct id id, owner_id;
    enum camera_state state;
    char device_name[MODEL_NAME_MAX + 1];
    char camera_model[MODEL_MODEL_MAX + 1];
    /* the model onboarding named; differs when the camera knew better */
    char asked_model[MODEL_MODEL_MAX + 1];
    char device_uid[MODEL_UID_MAX + 1]; /* bound at activation; unique per owner among active ones */
    char wifi_ssid[MODEL_SSID_MAX + 1];
    char local_ip[MODEL_ADDRESS_MAX + 1];
    char firmware[MODEL_FIRMWARE_MAX + 1];
    struct secret_hash token, claim; /* of the onboarding: the UUID and the short form, either opens it */
    int64_t token_expires_ms;
    char idempotency_key[MODEL_IDEMPOTENCY_MAX + 1]; /* unique per owner; it lives as long as the document */
    struct secret_hash idempotency_body;             /* keyed, as the body holds a password one could guess */
    struct secret_hash key;                          /* the device key that is good now */
    struct secret_hash next_key; /* issued by a re-onboarding; replaces key at its first connect */
    struct id kept_id;           /* PENDING only: activation found this device of the same owner and uid */
    int64_t created_ms, activated_ms;
    int64_t connected_ms;   /* first connect with the key issued by the last activation, 0 before */
    int64_t first_frame_ms; /* first picture since that activation */
    int64_t last_seen_ms;
    enum camera_role role; /* filled by reads on behalf of a user */
};

/* A page of cameras; data is freed with mem_free. */
struct camera_page {
    struct camera *data;
    size_t count;
    char next_cursor[64]; /* empty = this was the last page */
};

#endif
