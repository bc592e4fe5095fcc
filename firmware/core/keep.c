#include "core/keep.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char *const NETWORK[] = {"network", "new_network"}, *const ACCOUNT[] = {"account",
                                                                                     "new_account"};

enum { ACCOUNT_MAX = PROV_KEY_LEN + 1 + PROV_URL_MAX }; /* key, blank, URL */

_Static_assert((int)PROV_TEXT_MAX <= (int)FW_KV_VALUE_MAX, "a network can be kept");
_Static_assert((int)ACCOUNT_MAX <= (int)FW_KV_VALUE_MAX, "an account can be kept");

void fw_keep_wipe(void *p, size_t len)
{
    for (volatile uint8_t *b = p; len; len--)
        *b++ = 0;
}

bool fw_keep_put_network(const struct fw_kv *kv, enum fw_keep_slot slot, const struct prov_credentials *c)
{
    char text[PROV_TEXT_MAX];
    size_t len;
    enum prov_format format = c->token[0] ? PROV_COMPACT : PROV_WIFI_ONLY;
    bool ok = prov_payload_encode(c, format, text, sizeof text, &len) == PROV_OK &&
              kv->put(kv->ctx, NETWORK[slot], text, len);
    fw_keep_wipe(text, sizeof text);
    return ok;
}

bool fw_keep_get_network(const struct fw_kv *kv, enum fw_keep_slot slot, struct prov_credentials *out)
{
    char text[PROV_TEXT_MAX];
    size_t len;
    bool ok = kv->get(kv->ctx, NETWORK[slot], text, sizeof text, &len) &&
              prov_payload_decode(text, len, out) == PROV_OK;
    fw_keep_wipe(text, sizeof text);
    return ok;
}

bool fw_keep_put_account(const struct fw_kv *kv, enum fw_keep_slot slot, const struct fw_keep_account *a)
{
    char text[ACCOUNT_MAX + 1];
    int len = snprintf(text, sizeof text, "%s %s", a->device_key, a->relay_url);
    bool ok = len > 0 && kv->put(kv->ctx, ACCOUNT[slot], text, (size_t)len);
    fw_keep_wipe(text, sizeof text);
    return ok;
}

bool fw_keep_get_account(const struct fw_kv *kv, enum fw_keep_slot slot, struct fw_keep_account *out)
{
    char text[ACCOUNT_MAX];
    size_t len;
    bool ok = kv->get(kv->ctx, ACCOUNT[slot], text, sizeof text, &len) && len > PROV_KEY_LEN + 1 &&
              text[PROV_KEY_LEN] == ' ' && prov_device_key_parse(text, PROV_KEY_LEN, NULL);
    if (ok) {
        *out = (struct fw_keep_account){0};
        memcpy(out->device_key, text, PROV_KEY_LEN);
        memcpy(out->relay_url, text + PROV_KEY_LEN + 1, len - PROV_KEY_LEN - 1);
    }
    fw_keep_wipe(text, sizeof text);
    return ok;
}

void fw_keep_forget_network(const struct fw_kv *kv, enum fw_keep_slot slot)
{
    kv->erase(kv->ctx, NETWORK[slot]);
}

void fw_keep_forget_account(const struct fw_kv *kv, enum fw_keep_slot slot)
{
    kv->erase(kv->ctx, ACCOUNT[slot]);
}
