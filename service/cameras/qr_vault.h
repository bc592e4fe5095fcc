/* The QR texts of onboardings under way, by the hash of their token: they hold the WiFi password and the
 * claim, so they live here, in memory only and left out of core dumps, until activation, cancel or expiry,
 * and are wiped then. Bounded. Any thread. */
#ifndef CAMERAS_QR_VAULT_H
#define CAMERAS_QR_VAULT_H

#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "provisioning/payload.h"
#include "store/model.h"

struct qr_vault;

MUST_CHECK enum err qr_vault_create(struct qr_vault **out, size_t max_entries);
void qr_vault_free(struct qr_vault *v);
/* Keeps the exact QR text of a token until expires_ms; replaces an older one. ERR_BUSY: full. ERR_TOO_LARGE:
 * over PROV_TEXT_MAX. */
MUST_CHECK enum err qr_vault_put(struct qr_vault *v, const struct secret_hash *token, struct span text,
                                 int64_t expires_ms);
/* Appends the text. ERR_QR_GONE. The caller wipes the buf. */
MUST_CHECK enum err qr_vault_get(struct qr_vault *v, const struct secret_hash *token, int64_t now_ms,
                                 struct buf *out);
void qr_vault_drop(struct qr_vault *v, const struct secret_hash *token);
/* Wipes what has expired. */
void qr_vault_sweep(struct qr_vault *v, int64_t now_ms);

#endif
