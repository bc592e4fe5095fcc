/* Any bytes as the service's answer to an activation, good or bad. */
#include <stdlib.h>
#include <string.h>

#include "provisioning/activation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct prov_activation_reply r;
    if (prov_activation_decode((const char *)data, size, &r) == PROV_OK) {
        if (!prov_device_key_parse(r.device_key, strlen(r.device_key), NULL) || r.heartbeat_s == 0 ||
            strlen(r.relay_url) > PROV_URL_MAX || strlen(r.upload_url) > PROV_URL_MAX) {
            abort();
        }
    }
    for (size_t cap = 1; cap <= 33; cap += 16) {
        char code[33];
        memset(code, 'x', sizeof code);
        prov_problem_code((const char *)data, size, code, cap);
        if (memchr(code, '\0', cap) == NULL) {
            abort();
        }
    }
    return 0;
}
