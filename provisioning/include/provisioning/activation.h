/* POST /api/camera/activate, both sides of the wire as the camera sees it. Portable C. */
#ifndef PROVISIONING_ACTIVATION_H
#define PROVISIONING_ACTIVATION_H

#include <stddef.h>
#include <stdint.h>

#include "provisioning/err.h"
#include "provisioning/payload.h"
#include "provisioning/token.h"

enum { PROV_UID_MAX = 128, PROV_FIRMWARE_MAX = 64, PROV_IP_MAX = 45, PROV_ACTIVATION_MAX = 2048 };

struct prov_activation_request {
    const char *token, *device_uid, *camera_model, *local_ip, *firmware; /* the last three may be NULL */
};

struct prov_activation_reply {
    char device_id[PROV_ID_LEN + 1];
    char device_key[PROV_KEY_LEN + 1];
    char relay_url[PROV_URL_MAX + 1]; /* ws:// or wss:// */
    char upload_url[PROV_URL_MAX + 1];
    uint32_t heartbeat_s;
};

/* The JSON body, ASCII only; *len without the NUL. PROV_INVALID: token or device_uid missing, not UTF-8. */
PROV_MUST_CHECK enum prov_err prov_activation_encode(const struct prov_activation_request *r, char *out,
                                                     size_t cap, size_t *len);
/* Reads the 200 answer. PROV_INVALID: not JSON, a member missing or of the wrong form, a key of another
 * device. Other members are skipped; a text over PROV_ACTIVATION_MAX is PROV_TOO_LONG, unread. */
PROV_MUST_CHECK enum prov_err prov_activation_decode(const char *text, size_t len,
                                                     struct prov_activation_reply *out);
/* The problem's stable code ("token_used", …) out of an error answer; "" when there is none, or when
 * it is not a word of [a-z0-9_] that fits. */
void prov_problem_code(const char *text, size_t len, char *out, size_t cap);

#endif
