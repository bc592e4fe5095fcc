/* The catalogue of camera models (contract §2). Static and constant: any thread, nothing to free. */
#ifndef CAMERAS_MODELS_H
#define CAMERAS_MODELS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/span.h"
#include "provisioning/payload.h"

struct camera_model {
    const char *id, *name, *manufacturer;
    bool supports_qr;
    enum prov_format qr_format;      /* what its QR code holds unless the owner asks otherwise */
    const char *const *capabilities; /* command names of contract §7, ended by NULL */
};

/* All of them in the order people are shown; *count receives how many. */
const struct camera_model *models_all(size_t *count);
/* NULL when unknown. Ids are matched exactly. */
const struct camera_model *models_find(struct span id);

#endif
