/* What the service knows of one camera: which keys open the relay, while codes are activated and keys
 * connect. */
#ifndef TESTS_UNIT_FIRMWARE_FAKE_SERVICE_H
#define TESTS_UNIT_FIRMWARE_FAKE_SERVICE_H

#include <stdbool.h>

#include "provisioning/token.h"

#define FAKE_SERVICE_ID "0123456789abcdef01234567"

enum { FAKE_SERVICE_CODES = 8 };

/* Zero-initialised: no code, no key. Codes count from 0, keys from 1. */
struct fake_service {
    unsigned codes, keys; /* made so far */
    unsigned live, next;  /* keys that open the relay; next, once it does, instead of live. 0: none */
    unsigned maker;       /* the code by which live was given */
    struct {
        unsigned key; /* given last */
        bool over;    /* a key has connected */
    } code[FAKE_SERVICE_CODES];
};

void fake_service_key(unsigned key, char out[PROV_KEY_LEN + 1]);
/* The first code's key is the device's; another code's waits beside it. Either kills the one before in its
 * place. 0: the code is over. */
unsigned fake_service_activate(struct fake_service *s, unsigned code);
/* Whether the key opens the relay; a new key's first time ends the old one, and every code that led to the
 * device.
 */
bool fake_service_accepts(struct fake_service *s, const char *key);

#endif
