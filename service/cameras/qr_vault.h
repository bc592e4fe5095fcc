/* The QR texts of onboardings under way: they hold the WiFi password and the claim, so they live here, in
 * memory only, until activation, cancel or expiry, and are wiped then. Bounded. Any thread. */
#ifndef CAMERAS_QR_VAULT_H
#define CAMERAS_QR_VAULT_H

#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/id.h"
#include "provisioning/payload.h"

struct qr_vault;

MUST_CHECK enum err qr_vault_create(struct qr_vault **out, size_t max_entries);
void qr_vault_free(struct qr_vault *v);
/* Keeps the exact QR text of a device until expires_ms; replaces an older one. ERR_BUSY: full. */
MUST_CHECK enum err qr_vault_put(struct qr_vault *v, const struct id *device, struct span text,
                                 int64_t expires_ms);
/* Appends the text. ERR_QR_GONE. The caller wipes the buf. */
MUST_CHECK enum err qr_vault_get(struct qr_vault *v, const struct id *device, int64_t now_ms,
                                 struct buf *out);
void qr_vault_drop(struct qr_vault *v, const struct id *device);
/* Wipes what has expired. */
void qr_vault_sweep(struct qr_vault *v, int64_t now_ms);

#endif
