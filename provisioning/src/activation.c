#include "provisioning/activation.h"

#include <stdbool.h>
#include <string.h>

#include "fields.h"
#include "provisioning/json.h"
#include "url.h"

struct member {
    const char *name, *value;
    size_t max;
    bool required;
};

enum prov_err prov_activation_encode(const struct prov_activation_request *r, char *out, size_t cap,
                                     size_t *len)
{
    const struct member members[] = {
        {"device_token", r->token, PROV_TOKEN_MAX, true},
        {"device_uid", r->device_uid, PROV_UID_MAX, true},
        {"camera_model", r->camera_model, PROV_MODEL_MAX, false},
        {"local_ip", r->local_ip, PROV_IP_MAX, false},
        {"firmware", r->firmware, PROV_FIRMWARE_MAX, false},
    };
    struct prov_json_writer w;
    prov_json_begin(&w, out, cap);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const struct member *m = &members[i];
        size_t n = m->value == NULL ? 0 : strlen(m->value);
        if (m->required && n == 0) {
            return PROV_INVALID;
        }
        if (n > m->max) {
            return PROV_TOO_LONG;
        }
        if (n > 0) {
            prov_json_put_string(&w, m->name, m->value, n);
        }
    }
    return prov_json_end(&w, len);
}

enum prov_err prov_activation_decode(const char *text, size_t len, struct prov_activation_reply *out)
{
    struct prov_activation_reply r = {0};
    char key_id[PROV_ID_LEN + 1];
    struct prov_field fields[] = {
        {.name = "device_id", .out = r.device_id, .max = PROV_ID_LEN},
        {.name = "device_key", .out = r.device_key, .max = PROV_KEY_LEN},
        {.name = "relay_url", .out = r.relay_url, .max = PROV_URL_MAX},
        {.name = "upload_url", .out = r.upload_url, .max = PROV_URL_MAX},
        {.name = "heartbeat_s", .number = &r.heartbeat_s},
    };
    enum prov_err err =
        prov_fields_read(text, len, PROV_ACTIVATION_MAX, fields, sizeof fields / sizeof fields[0]);
    if (err != PROV_OK) {
        return err;
    }
    /* Members that were missing fail here too: they are empty or 0. */
    if (!prov_device_key_parse(r.device_key, strlen(r.device_key), key_id) ||
        strcmp(key_id, r.device_id) != 0 || !prov_url_is(r.relay_url, strlen(r.relay_url), "ws") ||
        !prov_url_is(r.upload_url, strlen(r.upload_url), "http") || r.heartbeat_s == 0) {
        return PROV_INVALID;
    }
    *out = r;
    return PROV_OK;
}

void prov_problem_code(const char *text, size_t len, char *out, size_t cap)
{
    if (cap == 0) {
        return;
    }
    struct prov_field code = {.name = "code", .out = out, .max = cap - 1};
    out[0] = '\0';
    if (prov_fields_read(text, len, PROV_ACTIVATION_MAX, &code, 1) != PROV_OK) {
        out[0] = '\0';
        return;
    }
    if (out[strspn(out, "abcdefghijklmnopqrstuvwxyz0123456789_")] != '\0') {
        out[0] = '\0';
    }
}
