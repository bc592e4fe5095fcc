/* Device keys that the store has found good, so that a camera's next frame by HTTP is judged in memory,
 * however slow the store is or even away. A key is forgotten with its device or when another key takes its
 * place; until then it is good, and now and then somebody is told to ask the store again. Bounded: the one
 * judged longest ago makes room. Hashes only. Any thread; a mutex inside. */
#ifndef CAMERAS_KNOWN_KEYS_H
#define CAMERAS_KNOWN_KEYS_H

#include "core/clock.h"
#include "core/err.h"
#include "store/model.h"

struct known_keys;

enum known_key {
    KNOWN_KEY_NOT,
    KNOWN_KEY_GOOD,
    KNOWN_KEY_ASK, /* good, and the caller is the one who asks the store again */
};

MUST_CHECK enum err known_keys_create(struct known_keys **out, const struct clock *clock, size_t max_keys);
void known_keys_free(struct known_keys *k);

enum known_key known_keys_find(struct known_keys *k, const struct id *device, const struct secret_hash *key);
/* Before the store is asked, for known_keys_put: what ended meanwhile is not put back. */
uint64_t known_keys_mark(struct known_keys *k);
void known_keys_put(struct known_keys *k, const struct id *device, const struct secret_hash *key,
                    uint64_t mark);
/* It is not good after all. */
void known_keys_drop(struct known_keys *k, const struct id *device, const struct secret_hash *key);
/* All of the device's have ended but keep (NULL: none is left). After the store was told. */
void known_keys_ended(struct known_keys *k, const struct id *device, const struct secret_hash *keep);

#endif
