/* The text of an onboarding QR code: written by the service, read by the camera.
 * Portable C: no malloc, no I/O, no clock. Strings carry their length; they are also NUL-terminated. */
#ifndef PROVISIONING_PAYLOAD_H
#define PROVISIONING_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "provisioning/err.h"

enum {
    PROV_SSID_MAX = 32,     /* bytes, IEEE 802.11 */
    PROV_PASSWORD_MAX = 64, /* 63 characters or 64 hex digits */
    PROV_URL_MAX = 128,
    PROV_TOKEN_MAX = 64, /* a UUIDv4 (36) or a claim (14) */
    PROV_USER_MAX = 64,
    PROV_MODEL_MAX = 64,
    PROV_TEXT_MAX = 2600,     /* worst text: every byte of every member as a \uXXXX escape */
    PROV_PART_TEXT_MAX = 106, /* QR version 5-L in byte mode */
    PROV_PARTS_MAX = 9,
};

/* What a QR text says. Absent members are empty strings. */
struct prov_credentials {
    size_t ssid_len, password_len;
    char ssid[PROV_SSID_MAX + 1];
    char password[PROV_PASSWORD_MAX + 1];
    char server_url[PROV_URL_MAX + 1]; /* with its scheme, without a trailing slash */
    char token[PROV_TOKEN_MAX + 1];
    char user_id[PROV_USER_MAX + 1];
    char camera_model[PROV_MODEL_MAX + 1];
};

enum prov_format {
    PROV_FULL,      /* the six long members, never split */
    PROV_COMPACT,   /* s, p, t, u */
    PROV_WIFI_ONLY, /* compact without t (and without u) */
};

/* Writes the QR text: minimal JSON, ASCII only (\uXXXX outside it). compact drops "https://" from u.
 * Full always has its six members, the others leave out an empty t or u. *len excludes the NUL that is added.
 * PROV_INVALID: ssid empty, a string that is not UTF-8 or holds U+0000, a server_url that is not
 * http(s)://host…. */
PROV_MUST_CHECK enum prov_err prov_payload_encode(const struct prov_credentials *c, enum prov_format format,
                                                  char *out, size_t cap, size_t *len);

/* Reads a whole text (parts already joined) in any of the forms: long names, s p t u, and m i v beside them;
 * any spacing; unknown members are skipped. Needs an ssid. A server_url without scheme gets https://; the
 * scheme must be http or https (lower case). Refuses duplicates (also s beside wifi_ssid), wrong types, NUL
 * bytes and values over their limits; a text over PROV_TEXT_MAX unread. */
PROV_MUST_CHECK enum prov_err prov_payload_decode(const char *text, size_t len, struct prov_credentials *out);

/* How many codes a text of len bytes needs: 1 when it fits PROV_PART_TEXT_MAX, else 2..9; 0 = over nine. */
unsigned prov_parts_needed(size_t len);

/* Writes part (1..n) of n as it stands in its code: the text itself, of any length, when n is 1, else
 * "C<part>/<n>:" + its bytes. Parts are of even length. PROV_TOO_LONG: n is too few; PROV_INVALID: no such
 * part. */
PROV_MUST_CHECK enum prov_err prov_part_encode(const char *text, size_t len, unsigned part, unsigned n,
                                               char *out, size_t cap, size_t *out_len);

/* Collects scanned codes until the text is whole. Zero-initialise (or prov_parts_reset) before the first. */
struct prov_parts {
    unsigned total, have; /* have: bit i = part i+1 is there */
    unsigned short len[PROV_PARTS_MAX];
    char text[PROV_PARTS_MAX][PROV_PART_TEXT_MAX];
};

void prov_parts_reset(struct prov_parts *p);

/* Takes one scanned code. PROV_OK: the whole text is in out (NUL-terminated, *out_len without it).
 * PROV_INCOMPLETE: wait for others. A part of another set (other total, other bytes for a part already held)
 * starts over with it. A code without the C<i>/<n>: head is a whole text and leaves the collected parts
 * alone. Parts hold the WiFi password: once joined they are wiped; who gives up calls prov_parts_reset. */
PROV_MUST_CHECK enum prov_err prov_parts_take(struct prov_parts *p, const char *code, size_t code_len,
                                              char *out, size_t cap, size_t *out_len);

/* Whether a password is one WPA takes: empty (open network), 8..63 bytes, or 64 hex digits. */
bool prov_password_is_wpa(const char *password, size_t len);

#endif
