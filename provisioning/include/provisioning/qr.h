/* QR pictures, host only (libqrencode, libpng): text → matrix → PNG or SVG. Library provisioning_qr. */
#ifndef PROVISIONING_QR_H
#define PROVISIONING_QR_H

#include <stddef.h>

#include "provisioning/err.h"

struct prov_qr {
    unsigned version, width; /* modules a side, without the quiet zone */
    unsigned char *modules;  /* width × width, 1 = black; owned */
};

enum { PROV_QR_QUIET = 4, PROV_QR_SCALE_MAX = 64 };

/* Smallest version that fits at error correction L, byte mode. PROV_TOO_LONG: over 2,953 bytes. Free with
 * prov_qr_fini. */
PROV_MUST_CHECK enum prov_err prov_qr_encode(const char *text, size_t len, struct prov_qr *out);
void prov_qr_fini(struct prov_qr *q);

/* 1-bit greyscale PNG, scale (1..64) pixels a module, quiet zone 4. *data is malloc'ed, the caller frees. */
PROV_MUST_CHECK enum prov_err prov_qr_png(const struct prov_qr *q, unsigned scale, unsigned char **data,
                                          size_t *len);
/* SVG with one path of black, whole-module viewBox, crispEdges, black on white. *text is malloc'ed,
 * NUL-terminated. */
PROV_MUST_CHECK enum prov_err prov_qr_svg(const struct prov_qr *q, unsigned scale, char **text, size_t *len);

#endif
