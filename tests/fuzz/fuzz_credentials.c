/* Any credentials through a QR text and its codes, shown from the last to the first: equal on the other side,
 * or refused for a reason. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "provisioning/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A length, then as many bytes as there are. */
static size_t take(const uint8_t **data, size_t *size, char *out, size_t max)
{
    if (*size == 0) {
        return 0;
    }
    size_t want = **data % (max + 1), left = *size - 1, n = want < left ? want : left;
    memcpy(out, *data + 1, n);
    *data += 1 + n;
    *size -= 1 + n;
    return n;
}

static void through_codes(const char *text, size_t len, const struct prov_credentials *want)
{
    struct prov_credentials got;
    struct prov_parts parts = {0};
    char code[PROV_TEXT_MAX + 1], whole[PROV_TEXT_MAX + 1];
    size_t code_len = 0, whole_len = 0;
    unsigned n = prov_parts_needed(len);
    for (unsigned part = n; part > 0; part--) {
        if (prov_part_encode(text, len, part, n, code, sizeof code, &code_len) != PROV_OK ||
            (n > 1 && code_len > PROV_PART_TEXT_MAX)) {
            abort();
        }
        enum prov_err e = prov_parts_take(&parts, code, code_len, whole, sizeof whole, &whole_len);
        if (e != (part > 1 ? PROV_INCOMPLETE : PROV_OK)) {
            abort();
        }
    }
    if (n > 0 &&
        (prov_payload_decode(whole, whole_len, &got) != PROV_OK || memcmp(&got, want, sizeof got) != 0)) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct prov_credentials c = {.server_url = "http://10.0.0.1:8000", .token = "0123456789abcd"};
    char text[PROV_TEXT_MAX + 1];
    size_t len;
    c.ssid_len = take(&data, &size, c.ssid, PROV_SSID_MAX);
    c.password_len = take(&data, &size, c.password, PROV_PASSWORD_MAX);
    if (prov_payload_encode(&c, PROV_COMPACT, text, sizeof text, &len) != PROV_OK) {
        return 0; /* no SSID, not UTF-8, a NUL */
    }
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] > 0x7f) {
            abort();
        }
    }
    through_codes(text, len, &c);
    memset(c.server_url, 0, sizeof c.server_url);
    memset(c.token, 0, sizeof c.token);
    if (prov_payload_encode(&c, PROV_WIFI_ONLY, text, sizeof text, &len) != PROV_OK) {
        abort();
    }
    through_codes(text, len, &c);
    return 0;
}
