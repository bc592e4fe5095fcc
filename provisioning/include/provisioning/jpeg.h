/* A cheap look at a JPEG, so that what is not one is refused at the door (ISO/IEC 10918-1, Annex B).
 * SOI first, segments walked up to a parsable SOF (baseline, extended or progressive), EOI within the last
 * 100 bytes. */
#ifndef PROVISIONING_JPEG_H
#define PROVISIONING_JPEG_H

#include <stddef.h>
#include <stdint.h>

#include "provisioning/err.h"

/* On PROV_OK width and height (1..65535) are told. Bounded: at most 1024 segments are walked, more than fill
 * 5 MiB when each is as long as it can be (a colour profile, a comment). */
PROV_MUST_CHECK enum prov_err prov_jpeg_check(const uint8_t *data, size_t len, uint16_t *width,
                                              uint16_t *height);

#endif
