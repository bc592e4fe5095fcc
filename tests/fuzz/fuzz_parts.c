/* The input, cut at newlines, as codes scanned one after the other; and the whole input through its own
 * codes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "provisioning/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void scan_lines(const char *text, size_t size)
{
    struct prov_parts parts = {0};
    char out[256];
    size_t len = 0;
    while (size > 0) {
        const char *newline = memchr(text, '\n', size);
        size_t line = newline == NULL ? size : (size_t)(newline - text);
        if (prov_parts_take(&parts, text, line, out, sizeof out, &len) == PROV_OK && len >= sizeof out) {
            abort();
        }
        if (parts.total > PROV_PARTS_MAX || parts.have >= 1u << PROV_PARTS_MAX) {
            abort();
        }
        size_t step = newline == NULL ? line : line + 1;
        text += step;
        size -= step;
    }
}

static void through_codes(const char *text, size_t size)
{
    struct prov_parts parts = {0};
    char code[PROV_PART_TEXT_MAX + 1], out[PROV_PARTS_MAX * PROV_PART_TEXT_MAX + 1];
    size_t len = 0;
    unsigned n = prov_parts_needed(size);
    if (n < 2) {
        return;
    }
    for (unsigned i = n; i > 0; i--) {
        if (prov_part_encode(text, size, i, n, code, sizeof code, &len) != PROV_OK ||
            prov_parts_take(&parts, code, len, out, sizeof out, &len) !=
                (i > 1 ? PROV_INCOMPLETE : PROV_OK)) {
            abort();
        }
    }
    if (len != size || memcmp(out, text, size) != 0) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scan_lines((const char *)data, size);
    through_codes((const char *)data, size);
    return 0;
}
