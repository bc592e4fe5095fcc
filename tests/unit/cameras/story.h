/* What the tests of handlers share: an api over a fresh SQLite store, with a relay of the test's own, and the
 * steps that a camera's story is told in. No server: see fake_exchange.h. */
#ifndef TESTS_UNIT_CAMERAS_STORY_H
#define TESTS_UNIT_CAMERAS_STORY_H

#include "core/timers.h"
#include "fake_exchange.h"
#include "http/api/api.h"
#include "provisioning/payload.h"
#include "support/fake_clock.h"

struct story {
    struct fake_clock clock;
    struct conf conf;
    struct timers *timers;
    struct api api;
    char folder[32], path[64];
    int removed, rekeyed,
        released; /* devices the relay was told are gone, have another key; pictures given back */
    struct secret_hash good_key; /* what it was told last */
    enum err snapshot_err;       /* what the relay answers to the next snapshot */
};

/* What an onboarding answered. */
struct made {
    char id[64], token[64], text[PROV_TEXT_MAX + 1];
};

extern const struct id story_owner, story_stranger;
extern const char story_body[]; /* a good onboarding request */

int story_setup(void **state);
int story_teardown(void **state);
#define STORY_CASE(name) cmocka_unit_test_setup_teardown(name, story_setup, story_teardown)

void story_copy(const struct json *v, const char *name, char *out, size_t cap);
/* An onboarding that goes well. */
void story_onboard(struct story *f, const char *text, struct made *out);
/* The answer to an onboarding under an Idempotency-Key: its problem, or ERR_OK with *out filled. */
enum err story_repeat(struct story *f, const char *text, const char *key, struct made *out);
/* id and key may be NULL. */
enum err story_activate(struct story *f, const char *token, const char *uid, char id[64], char key[128]);
void story_connect(struct story *f, const char *device, const char *key);
/* Any request without a body; the query's name may be NULL. */
enum err story_request(struct story *f, http_handler *handler, const struct id *user, const char *param,
                       const char *name, const char *value);
/* Holds check-status to these words. */
enum err story_check(struct story *f, const char *token, const char *status, const char *stage,
                     const char *device);
/* How many devices a page of two holds, with one more query; its cursor goes to cursor. */
int story_list(struct story *f, const char *name, const char *value, char cursor[64]);

#endif
