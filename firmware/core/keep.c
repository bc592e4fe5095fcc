#include "core/keep.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char *const NETWORK[] = {"network", "new_network"}, *const ACCOUNT[] = {"account",
                                                                                     "new_account"};

enum { ACCOUNT_MAX = PROV_KEY_LEN + 1 + PROV_URL_MAX + 1 }; /* key, blank, URL, newline */
enum { ACCOUNTS_MAX = FW_KEEP_ACCOUNTS * ACCOUNT_MAX };

_Static_assert((int)PROV_TEXT_MAX <= (int)FW_KV_VALUE_MAX, "a network can be kept");
_Static_assert((int)ACCOUNTS_MAX <= (int)FW_KV_VALUE_MAX, "the accounts can be kept");

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

bool fw_keep_put_accounts(const struct fw_kv *kv, enum fw_keep_slot slot, const struct fw_keep_accounts *a)
{
    char text[ACCOUNTS_MAX + 1];
    size_t len = 0;
    if (!a->n) {
        fw_keep_forget_accounts(kv, slot);
        return true;
    }
    for (unsigned i = 0; i < a->n; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s %s", i ? "\n" : "", a->at[i].device_key,
                                a->at[i].relay_url);
    bool ok = kv->put(kv->ctx, ACCOUNT[slot], text, len);
    fw_keep_wipe(text, sizeof text);
    return ok;
}

/* "key URL", without its newline. */
static bool read_account(const char *line, size_t len, struct fw_keep_account *out)
{
    if (len <= PROV_KEY_LEN + 1 || len - PROV_KEY_LEN - 1 > PROV_URL_MAX || line[PROV_KEY_LEN] != ' ' ||
        !prov_device_key_parse(line, PROV_KEY_LEN, NULL))
        return false;
    memcpy(out->device_key, line, PROV_KEY_LEN);
    memcpy(out->relay_url, line + PROV_KEY_LEN + 1, len - PROV_KEY_LEN - 1);
    return true;
}

bool fw_keep_get_accounts(const struct fw_kv *kv, enum fw_keep_slot slot, struct fw_keep_accounts *out)
{
    char text[ACCOUNTS_MAX];
    size_t len;
    struct fw_keep_accounts a = {0};
    bool ok = kv->get(kv->ctx, ACCOUNT[slot], text, sizeof text, &len);
    for (size_t at = 0, n; ok && at < len; at += n + 1) {
        const char *newline = memchr(text + at, '\n', len - at);
        n = newline ? (size_t)(newline - text) - at : len - at;
        ok = a.n < FW_KEEP_ACCOUNTS && read_account(text + at, n, &a.at[a.n]);
        a.n += ok;
    }
    ok = ok && a.n;
    if (ok)
        *out = a;
    fw_keep_wipe(&a, sizeof a);
    fw_keep_wipe(text, sizeof text);
    return ok;
}

void fw_keep_forget_network(const struct fw_kv *kv, enum fw_keep_slot slot)
{
    kv->erase(kv->ctx, NETWORK[slot]);
}

void fw_keep_forget_accounts(const struct fw_kv *kv, enum fw_keep_slot slot)
{
    kv->erase(kv->ctx, ACCOUNT[slot]);
}
