/* What a camera keeps over a power cut, twice: the network (a code, with its token until a key has connected)
 * and the keys to the service. SETTLED is the way it last came online by, or what has to stand in for one;
 * NEW is a code that has not led there yet. Each is one value of the port's store, so each is old or new as a
 * whole. */
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

enum { FW_KEEP_ACCOUNTS = 3 };

/* The newest first: the others count until it has connected. */
struct fw_keep_accounts {
    unsigned n;
    struct fw_keep_account at[FW_KEEP_ACCOUNTS];
};

enum fw_keep_slot { FW_KEEP_SETTLED, FW_KEEP_NEW };

/* False: not stored. */
bool fw_keep_put_network(const struct fw_kv *kv, enum fw_keep_slot slot, const struct prov_credentials *c);
/* None of them: forgotten. */
bool fw_keep_put_accounts(const struct fw_kv *kv, enum fw_keep_slot slot, const struct fw_keep_accounts *a);
/* False: nothing kept, or nothing of this form; out is untouched. */
bool fw_keep_get_network(const struct fw_kv *kv, enum fw_keep_slot slot, struct prov_credentials *out);
bool fw_keep_get_accounts(const struct fw_kv *kv, enum fw_keep_slot slot, struct fw_keep_accounts *out);
void fw_keep_forget_network(const struct fw_kv *kv, enum fw_keep_slot slot);
void fw_keep_forget_accounts(const struct fw_kv *kv, enum fw_keep_slot slot);

/* memset to 0 that the compiler cannot leave out: for secrets. */
void fw_keep_wipe(void *p, size_t len);

#endif
