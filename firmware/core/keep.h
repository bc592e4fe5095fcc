/* What a camera keeps over a power cut, twice: the network (the last code, without the token once that was
 * used) and the account at the service. SETTLED is the way it last came online by; NEW is a code that has not
 * led there yet. Each is one value of the port's store, so each is old or new as a whole. */
#ifndef CORE_KEEP_H
#define CORE_KEEP_H

#include <stdbool.h>

#include "platform/kv.h"
#include "provisioning/payload.h"
#include "provisioning/token.h"

struct fw_keep_account {
    char device_key[PROV_KEY_LEN + 1];
    char relay_url[PROV_URL_MAX + 1];
};

enum fw_keep_slot { FW_KEEP_SETTLED, FW_KEEP_NEW };

/* False: not stored. */
bool fw_keep_put_network(const struct fw_kv *kv, enum fw_keep_slot slot, const struct prov_credentials *c);
bool fw_keep_put_account(const struct fw_kv *kv, enum fw_keep_slot slot, const struct fw_keep_account *a);
/* False: nothing kept, or nothing of this form; out is untouched. */
bool fw_keep_get_network(const struct fw_kv *kv, enum fw_keep_slot slot, struct prov_credentials *out);
bool fw_keep_get_account(const struct fw_kv *kv, enum fw_keep_slot slot, struct fw_keep_account *out);
void fw_keep_forget_network(const struct fw_kv *kv, enum fw_keep_slot slot);
void fw_keep_forget_account(const struct fw_kv *kv, enum fw_keep_slot slot);

/* memset to 0 that the compiler cannot leave out: for secrets. */
void fw_keep_wipe(void *p, size_t len);

#endif
