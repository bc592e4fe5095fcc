#include "provisioning/token.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";
static const char base62[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char key_head[] = "vcd_";
enum {
    KEY_HEAD_LEN = sizeof key_head - 1,
    KEY_SECRET_LEN = 43,
    KEY_SECRET_AT = KEY_HEAD_LEN + PROV_ID_LEN + 1
};

static bool one_of(char c, const char *alphabet)
{
    return c != '\0' && strchr(alphabet, c) != NULL;
}

static bool all_of(const char *text, size_t len, const char *alphabet)
{
    for (size_t i = 0; i < len; i++) {
        if (!one_of(text[i], alphabet)) {
            return false;
        }
    }
    return true;
}

static bool is_dash_place(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

void prov_uuid_from_random(const uint8_t random[16], char out[PROV_UUID_LEN + 1])
{
    char *at = out;
    for (size_t i = 0; i < 16; i++) {
        uint8_t byte = random[i];
        if (i == 6) {
            byte = (uint8_t)(0x40 | (byte & 0x0F)); /* version 4 */
        } else if (i == 8) {
            byte = (uint8_t)(0x80 | (byte & 0x3F)); /* variant 10 */
        }
        if (is_dash_place((size_t)(at - out))) {
            *at++ = '-';
        }
        *at++ = hex_digits[byte >> 4];
        *at++ = hex_digits[byte & 15];
    }
    *at = '\0';
}

bool prov_is_uuid(const char *text, size_t len)
{
    if (len != PROV_UUID_LEN) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (is_dash_place(i) ? text[i] != '-' : !one_of(text[i], hex_digits)) {
            return false;
        }
    }
    return text[14] == '4' && one_of(text[19], "89ab");
}

enum prov_err prov_claim_from_random(const uint8_t random[PROV_CLAIM_RANDOM], char out[PROV_CLAIM_LEN + 1])
{
    char claim[PROV_CLAIM_LEN];
    size_t len = 0;
    for (size_t i = 0; i < PROV_CLAIM_RANDOM && len < PROV_CLAIM_LEN; i++) {
        if (random[i] < 4 * 62) { /* the rest would favour the first letters */
            claim[len++] = base62[random[i] % 62];
        }
    }
    if (len < PROV_CLAIM_LEN) {
        return PROV_INVALID;
    }
    memcpy(out, claim, PROV_CLAIM_LEN);
    out[PROV_CLAIM_LEN] = '\0';
    return PROV_OK;
}

bool prov_is_claim(const char *text, size_t len)
{
    return len == PROV_CLAIM_LEN && all_of(text, len, base62);
}

static void encode_secret(const uint8_t secret[PROV_KEY_SECRET], char out[KEY_SECRET_LEN])
{
    uint32_t bits = 0;
    unsigned held = 0;
    size_t at = 0;
    for (size_t i = 0; i < PROV_KEY_SECRET; i++) {
        bits = bits << 8 | secret[i];
        for (held += 8; held >= 6; held -= 6) {
            out[at++] = base64url[bits >> (held - 6) & 63];
        }
    }
    out[at] = base64url[bits << (6 - held) & 63];
}

void prov_device_key_make(const char id[PROV_ID_LEN + 1], const uint8_t secret[PROV_KEY_SECRET],
                          char out[PROV_KEY_LEN + 1])
{
    memcpy(out, key_head, KEY_HEAD_LEN);
    memcpy(out + KEY_HEAD_LEN, id, PROV_ID_LEN);
    out[KEY_SECRET_AT - 1] = '_';
    encode_secret(secret, out + KEY_SECRET_AT);
    out[PROV_KEY_LEN] = '\0';
}

bool prov_device_key_parse(const char *text, size_t len, char id_out[PROV_ID_LEN + 1])
{
    if (len != PROV_KEY_LEN || memcmp(text, key_head, KEY_HEAD_LEN) != 0 ||
        !all_of(text + KEY_HEAD_LEN, PROV_ID_LEN, hex_digits) || text[KEY_SECRET_AT - 1] != '_' ||
        !all_of(text + KEY_SECRET_AT, KEY_SECRET_LEN, base64url)) {
        return false;
    }
    /* 43 characters carry two bits more than the secret has; a key has one spelling only. */
    if (!one_of(text[PROV_KEY_LEN - 1], "AEIMQUYcgkosw048")) {
        return false;
    }
    if (id_out != NULL) {
        memcpy(id_out, text + KEY_HEAD_LEN, PROV_ID_LEN);
        id_out[PROV_ID_LEN] = '\0';
    }
    return true;
}
