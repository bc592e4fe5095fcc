#include "provisioning/payload.h"

#include <string.h>

#include "fields.h"
#include "provisioning/json.h"
#include "url.h"

static const char default_scheme[] = "https://";
enum { DEFAULT_SCHEME_LEN = sizeof default_scheme - 1 };

/* A NUL-terminated member; one that is not terminated within its array is over its limit. */
static enum prov_err measure(const char *text, size_t max, size_t *len)
{
    const char *nul = memchr(text, '\0', max + 1);
    if (nul == NULL) {
        return PROV_TOO_LONG;
    }
    *len = (size_t)(nul - text);
    return PROV_OK;
}

static void put_optional(struct prov_json_writer *w, const char *name, const char *value, size_t len)
{
    if (len > 0) {
        prov_json_put_string(w, name, value, len);
    }
}

enum prov_err prov_payload_encode(const struct prov_credentials *c, enum prov_format format, char *out,
                                  size_t cap, size_t *len)
{
    size_t url, token, user, model;
    if (c->ssid_len > PROV_SSID_MAX || c->password_len > PROV_PASSWORD_MAX ||
        measure(c->server_url, PROV_URL_MAX, &url) != PROV_OK ||
        measure(c->token, PROV_TOKEN_MAX, &token) != PROV_OK ||
        measure(c->user_id, PROV_USER_MAX, &user) != PROV_OK ||
        measure(c->camera_model, PROV_MODEL_MAX, &model) != PROV_OK) {
        return PROV_TOO_LONG;
    }
    if (c->ssid_len == 0 || (url > 0 && !prov_url_is(c->server_url, url, "http"))) {
        return PROV_INVALID;
    }
    struct prov_json_writer w;
    prov_json_begin(&w, out, cap);
    if (format == PROV_FULL) {
        prov_json_put_string(&w, "wifi_ssid", c->ssid, c->ssid_len);
        prov_json_put_string(&w, "wifi_password", c->password, c->password_len);
        prov_json_put_string(&w, "server_url", c->server_url, url);
        prov_json_put_string(&w, "device_token", c->token, token);
        prov_json_put_string(&w, "user_id", c->user_id, user);
        prov_json_put_string(&w, "camera_model", c->camera_model, model);
        return prov_json_end(&w, len);
    }
    prov_json_put_string(&w, "s", c->ssid, c->ssid_len);
    prov_json_put_string(&w, "p", c->password, c->password_len);
    if (format == PROV_COMPACT) {
        size_t skip =
            strncmp(c->server_url, default_scheme, DEFAULT_SCHEME_LEN) == 0 ? DEFAULT_SCHEME_LEN : 0;
        put_optional(&w, "t", c->token, token);
        put_optional(&w, "u", c->server_url + skip, url - skip);
    }
    return prov_json_end(&w, len);
}

/* Brings an address as it was read into the form that struct prov_credentials promises. */
static enum prov_err complete_url(char url[PROV_URL_MAX + 1])
{
    size_t len = strlen(url);
    if (strstr(url, "://") == NULL) {
        if (len > PROV_URL_MAX - DEFAULT_SCHEME_LEN) {
            return PROV_TOO_LONG;
        }
        memmove(url + DEFAULT_SCHEME_LEN, url, len + 1);
        memcpy(url, default_scheme, DEFAULT_SCHEME_LEN);
        len += DEFAULT_SCHEME_LEN;
    }
    if (!prov_url_is(url, len, "http")) {
        return PROV_INVALID;
    }
    while (url[len - 1] == '/') {
        url[--len] = '\0';
    }
    return PROV_OK;
}

enum prov_err prov_payload_decode(const char *text, size_t len, struct prov_credentials *out)
{
    struct prov_credentials c = {0};
    struct prov_field fields[] = {
        {.name = "wifi_ssid", .alias = "s", .out = c.ssid, .max = PROV_SSID_MAX},
        {.name = "wifi_password", .alias = "p", .out = c.password, .max = PROV_PASSWORD_MAX},
        {.name = "server_url", .alias = "u", .out = c.server_url, .max = PROV_URL_MAX},
        {.name = "device_token", .alias = "t", .out = c.token, .max = PROV_TOKEN_MAX},
        {.name = "user_id", .alias = "i", .out = c.user_id, .max = PROV_USER_MAX},
        {.name = "camera_model", .alias = "m", .out = c.camera_model, .max = PROV_MODEL_MAX},
    };
    enum prov_err err = prov_fields_read(text, len, PROV_TEXT_MAX, fields, sizeof fields / sizeof fields[0]);
    if (err != PROV_OK) {
        return err;
    }
    c.ssid_len = strlen(c.ssid);
    c.password_len = strlen(c.password);
    if (c.ssid_len == 0) {
        return PROV_INVALID;
    }
    if (c.server_url[0] != '\0') {
        err = complete_url(c.server_url);
        if (err != PROV_OK) {
            return err;
        }
    }
    *out = c;
    return PROV_OK;
}

bool prov_password_is_wpa(const char *password, size_t len)
{
    if (len != PROV_PASSWORD_MAX) {
        return len == 0 || (len >= 8 && len < PROV_PASSWORD_MAX);
    }
    for (size_t i = 0; i < len; i++) {
        char c = password[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) {
            return false;
        }
    }
    return true;
}
