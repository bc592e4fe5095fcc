/* The forms of the secrets that travel between app, camera and service. Form only: whether one is good, the
 * store says. Randomness is the caller's. Portable C. */
#ifndef PROVISIONING_TOKEN_H
#define PROVISIONING_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "provisioning/err.h"

enum {
    PROV_UUID_LEN = 36,
    PROV_CLAIM_LEN = 14,            /* base62: 83 bits */
    PROV_CLAIM_RANDOM = 32,         /* bytes of randomness a claim is drawn from (rejection sampling) */
    PROV_ID_LEN = 24,               /* device id, lower-case hex */
    PROV_KEY_SECRET = 32,           /* random bytes in a device key */
    PROV_KEY_LEN = 4 + 24 + 1 + 43, /* vcd_<device_id>_<43 base64url> */
};

/* UUIDv4 text (RFC 9562, lower case) from 16 random bytes; out holds PROV_UUID_LEN + 1. */
void prov_uuid_from_random(const uint8_t random[16], char out[PROV_UUID_LEN + 1]);
/* Lower case, version 4, variant 10: as prov_uuid_from_random writes it. */
bool prov_is_uuid(const char *text, size_t len);

/* A claim from random bytes without bias. PROV_INVALID when the bytes ran out (draw again; 1 in 10^20). */
PROV_MUST_CHECK enum prov_err prov_claim_from_random(const uint8_t random[PROV_CLAIM_RANDOM],
                                                     char out[PROV_CLAIM_LEN + 1]);
bool prov_is_claim(const char *text, size_t len);

/* Key text from a device id and 32 random bytes. */
void prov_device_key_make(const char id[PROV_ID_LEN + 1], const uint8_t secret[PROV_KEY_SECRET],
                          char out[PROV_KEY_LEN + 1]);
/* Whether text has the form of a device key, in its one spelling (the spare bits of the base64url are 0);
 * id_out (may be NULL) receives the device id it names. */
bool prov_device_key_parse(const char *text, size_t len, char id_out[PROV_ID_LEN + 1]);

#endif
