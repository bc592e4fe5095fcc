/* The rules of onboarding a camera (contract §2). No I/O, no state: any thread. */
#ifndef CAMERAS_ONBOARD_H
#define CAMERAS_ONBOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "auth/secret.h"
#include "cameras/lan_address.h"
#include "cameras/presence.h"
#include "core/err.h"
#include "core/span.h"
#include "provisioning/payload.h"
#include "provisioning/token.h"
#include "store/model.h"

enum {
    /* "ws" + "/upload" must still fit PROV_URL_MAX when appended. */
    ONBOARD_URL_MAX = PROV_URL_MAX - 8,
    /* How often a camera says that it is there; what the relay expects. */
    ONBOARD_HEARTBEAT_S = 5,
};

/* The two forms of one onboarding's secret, shown once and kept as hashes. Wipe after use. */
struct onboard_secrets {
    char token[PROV_UUID_LEN + 1];  /* UUIDv4 */
    char claim[PROV_CLAIM_LEN + 1]; /* the short form for compact codes */
};

void onboard_make_secrets(struct onboard_secrets *out);
/* The hash of a token or a claim. False: text has neither form, so nothing can be known by it. */
bool onboard_hash(struct span text, struct secret_hash *out);

/* A new key for a device, and its hash. Wipe the text after use. */
void onboard_make_key(const struct id *device, char out[PROV_KEY_LEN + 1], struct secret_hash *hash);

/* The service's address as cameras are told it, without a trailing slash. public_url wins when set; else base
 * ("http:// host:port", as the client reached us). A loopback name in base is no use to a camera: find_lan's
 * address takes its place and *loopback is set (also when there is none to take). find_lan NULL: base stays
 * as it is. ERR_TOO_LARGE: over ONBOARD_URL_MAX. */
MUST_CHECK enum err onboard_server_url(const char *public_url, struct span base,
                                       bool (*find_lan)(char out[LAN_ADDRESS_TEXT]),
                                       char out[ONBOARD_URL_MAX + 1], bool *loopback);

/* How many codes show this QR text: compact ones are split, full ones never. 0 = more than nine. */
unsigned onboard_parts(struct span qr_text);

/* What check-status says: "pending", "active", "offline", "expired". */
const char *onboard_status(const struct camera *c, const struct presence_state *s, int64_t now_ms);
/* "waiting", "activated", "connected", "first_frame". */
const char *onboard_stage(const struct camera *c);
/* It ran out so long ago that its token is as good as unknown. */
bool onboard_is_forgotten(const struct camera *c, int64_t now_ms);

#endif
