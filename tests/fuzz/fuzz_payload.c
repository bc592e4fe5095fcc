/* Any bytes as a QR text; what is read can be written and read again to the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "provisioning/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct prov_credentials c, back;
    char text[PROV_TEXT_MAX + 1];
    size_t len;
    if (prov_payload_decode((const char *)data, size, &c) != PROV_OK) {
        return 0;
    }
    if (prov_payload_encode(&c, PROV_FULL, text, sizeof text, &len) != PROV_OK ||
        prov_payload_decode(text, len, &back) != PROV_OK || memcmp(&c, &back, sizeof c) != 0) {
        abort();
    }
    memset(c.user_id, 0, sizeof c.user_id);
    memset(c.camera_model, 0, sizeof c.camera_model);
    if (prov_payload_encode(&c, PROV_COMPACT, text, sizeof text, &len) != PROV_OK ||
        prov_payload_decode(text, len, &back) != PROV_OK || memcmp(&c, &back, sizeof c) != 0) {
        abort();
    }
    (void)prov_password_is_wpa(c.password, c.password_len);
    return 0;
}
