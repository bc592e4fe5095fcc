#include "provisioning/qr.h"

#include <qrencode.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum prov_err prov_qr_encode(const char *text, size_t len, struct prov_qr *out)
{
    enum { BYTES_MAX = 2953 }; /* version 40-L */
    if (len == 0) {
        return PROV_INVALID;
    }
    if (len > BYTES_MAX) {
        return PROV_TOO_LONG;
    }
    QRcode *code = QRcode_encodeData((int)len, (const unsigned char *)text, 0, QR_ECLEVEL_L);
    if (code == NULL) {
        return PROV_NO_SPACE;
    }
    size_t n = (size_t)code->width * (size_t)code->width;
    struct prov_qr q = {
        .version = (unsigned)code->version,
        .width = (unsigned)code->width,
        .modules = malloc(n),
    };
    if (q.modules != NULL) {
        for (size_t i = 0; i < n; i++) {
            q.modules[i] = code->data[i] & 1; /* the other bits are the encoder's notes */
        }
        *out = q;
    }
    QRcode_free(code);
    return q.modules == NULL ? PROV_NO_SPACE : PROV_OK;
}

void prov_qr_fini(struct prov_qr *q)
{
    free(q->modules);
    *q = (struct prov_qr){0};
}

/* Length of the run of black modules from x on. */
static unsigned run_at(const struct prov_qr *q, unsigned x, unsigned y)
{
    unsigned n = 0;
    while (x + n < q->width && q->modules[y * q->width + x + n]) {
        n++;
    }
    return n;
}

enum prov_err prov_qr_svg(const struct prov_qr *q, unsigned scale, char **text, size_t *len)
{
    static const char head[] =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" viewBox=\"0 0 %u %u\" "
        "shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%uv%uH0z\"/><path fill=\"#000\" d=\"";
    static const char tail[] = "\"/></svg>\n";
    enum { RUN_MAX = 24 }; /* "M181 181h177v1h-177z" */
    if (scale < 1 || scale > PROV_QR_SCALE_MAX) {
        return PROV_INVALID;
    }
    unsigned side = q->width + 2 * PROV_QR_QUIET, pixels = side * scale;
    size_t runs = (size_t)q->width * (q->width + 1) / 2,
           cap = sizeof head + sizeof tail + 64 + runs * RUN_MAX;
    char *svg = malloc(cap);
    if (svg == NULL) {
        return PROV_NO_SPACE;
    }
    size_t at = (size_t)snprintf(svg, cap, head, pixels, pixels, side, side, side, side);
    for (unsigned y = 0; y < q->width; y++) {
        for (unsigned x = 0; x < q->width; x++) {
            unsigned n = run_at(q, x, y);
            if (n > 0) {
                at += (size_t)snprintf(svg + at, cap - at, "M%u %uh%uv1h-%uz", x + PROV_QR_QUIET,
                                       y + PROV_QR_QUIET, n, n);
                x += n;
            }
        }
    }
    memcpy(svg + at, tail, sizeof tail);
    *text = svg;
    *len = at + sizeof tail - 1;
    return PROV_OK;
}
