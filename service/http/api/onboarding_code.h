/* A QR code on its way into an answer: what it says and how. */
#ifndef HTTP_API_ONBOARDING_CODE_H
#define HTTP_API_ONBOARDING_CODE_H

#include "cameras/onboard.h"
#include "http/api/api.h"

/* Holds the WiFi password: onboarding_code_wipe ends it. */
struct onboarding_code {
    struct prov_credentials says;
    bool loopback; /* the LAN address stands in for a loopback name */
    char text[PROV_TEXT_MAX + 1];
    size_t len;
};

/* The WiFi as a request names it; spans point into the request. */
struct onboarding_wifi {
    struct span ssid, password;
};

/* The rows by which http_read reads wifi_ssid and wifi_password. */
#define ONBOARDING_WIFI_FIELDS(wifi)                                                                         \
    {.name = "wifi_ssid", .kind = JSON_KIND_STRING, .min = 1, .max = PROV_SSID_MAX, .out = &(wifi)->ssid},   \
    {                                                                                                        \
        .name = "wifi_password", .kind = JSON_KIND_STRING, .max = PROV_PASSWORD_MAX, .allow_empty = true,    \
        .out = &(wifi)->password                                                                             \
    }

/* Takes the WiFi and this service's address into code->says. ERR_TOO_LARGE, ERR_INVALID: the address is none
 * that cameras could be told. */
MUST_CHECK enum err onboarding_code_begin(const struct http_exchange *x, const struct api *api,
                                          const struct onboarding_wifi *wifi, struct onboarding_code *code);
/* Writes code->text of what it says, now complete. ERR_INVALID, ERR_TOO_LARGE: it fits into no code. */
MUST_CHECK enum err onboarding_code_write(struct onboarding_code *code, enum prov_format format);
/* Writes qr_code, qr_base64, qr_codes, qr_text, qr_texts, qr_data (with this token, NULL for none) and
 * warnings. */
MUST_CHECK enum err onboarding_code_members(struct json_out *o, const struct onboarding_code *code,
                                            const char *token);
void onboarding_code_wipe(struct onboarding_code *code);
/* The problem of an onboarding_code function, or of the store. */
enum http_next onboarding_code_problem(struct http_exchange *x, enum err err);

#endif
