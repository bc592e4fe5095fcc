#include "http/api/onboarding_code.h"

#include "cameras/lan_address.h"
#include "core/mem.h"
#include "http/api/onboarding.h"

static enum err take_address(const struct http_exchange *x, const struct api *api,
                             struct onboarding_code *code)
{
    struct buf base;
    buf_init(&base, 512);
    http_base_url(x, &base);
    enum err err = buf_err(&base);
    if (!err)
        err = onboard_server_url(api->conf->public_url, buf_span(&base), lan_address_find,
                                 code->says.server_url, &code->loopback);
    buf_fini(&base);
    return err;
}

enum err onboarding_code_begin(const struct http_exchange *x, const struct api *api,
                               const struct onboarding_wifi *wifi, struct onboarding_code *code)
{
    struct prov_credentials *c = &code->says;
    *code = (struct onboarding_code){.len = 0};
    c->ssid_len = wifi->ssid.len;
    c->password_len = wifi->password.len;
    bool fits = span_copy(wifi->ssid, c->ssid, sizeof c->ssid) &&
                span_copy(wifi->password, c->password, sizeof c->password);
    return fits ? take_address(x, api, code) : ERR_INVALID;
}

enum err onboarding_code_write(struct onboarding_code *code, enum prov_format format)
{
    if (prov_payload_encode(&code->says, format, code->text, sizeof code->text, &code->len))
        return ERR_INVALID;
    return onboard_parts((struct span){code->text, code->len}) ? ERR_OK : ERR_TOO_LARGE;
}

static void write_warning(struct json_out *o, const char *code, const char *message)
{
    json_out_object(o, NULL);
    json_out_string(o, "code", code);
    json_out_string(o, "message", message);
    json_out_end_object(o);
}

static void write_warnings(struct json_out *o, const struct onboarding_code *code)
{
    json_out_array(o, "warnings");
    if (!prov_password_is_wpa(code->says.password, code->says.password_len))
        write_warning(o, "wifi_password_not_wpa",
                      "A WPA password has 8 to 63 characters, or 64 hexadecimal digits. Is this one right?");
    if (code->loopback)
        write_warning(
            o, "loopback_server_url",
            "You reached this service by a name that only works on its own machine; the code names "
            "its address on the local network instead. Set PUBLIC_URL if cameras cannot reach that.");
    json_out_end_array(o);
}

enum err onboarding_code_members(struct json_out *o, const struct onboarding_code *code, const char *token)
{
    const struct prov_credentials *c = &code->says;
    enum err err = onboarding_qr_members(o, (struct span){code->text, code->len});
    if (err)
        return err;
    json_out_object(o, "qr_data");
    json_out_string(o, "wifi_ssid", c->ssid);
    json_out_string(o, "wifi_password", c->password);
    json_out_string(o, "server_url", c->server_url);
    json_out_string_or_null(o, "device_token", token);
    json_out_string(o, "user_id", c->user_id);
    json_out_string(o, "camera_model", c->camera_model);
    json_out_end_object(o);
    write_warnings(o, code);
    return ERR_OK;
}

void onboarding_code_wipe(struct onboarding_code *code)
{
    mem_wipe(code, sizeof *code);
}

enum http_next onboarding_code_problem(struct http_exchange *x, enum err err)
{
    if (err == ERR_TOO_LARGE || err == ERR_INVALID)
        return http_problem(x, ERR_INVALID,
                            "These credentials and this server address do not fit into a QR code.");
    return http_problem(x, err, NULL);
}
