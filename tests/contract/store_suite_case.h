/* What the suite's files share. Records are made from small numbers, so a test reads like a story. */
#ifndef TESTS_CONTRACT_STORE_SUITE_CASE_H
#define TESTS_CONTRACT_STORE_SUITE_CASE_H

#include "contract/store_suite.h"
#include "support/check.h"

enum { SUITE_TTL_MS = 600000 };
static const int64_t SUITE_T0 = 1700000000000;

/* The state of a test; s may be closed and reopened by it. */
struct suite {
    struct store_factory *factory;
    struct store *s;
};

int suite_setup(void **state);
int suite_teardown(void **state);
#define SUITE_CASE(f) cmocka_unit_test_setup_teardown(f, suite_setup, suite_teardown)
/* Closes and opens the store again. */
void suite_reopen(struct suite *t);

struct id suite_id(unsigned n);
struct secret_hash suite_hash(unsigned n);
/* User n: id n, u<n>@example.org, name user<n>. */
struct user suite_user(unsigned n);
struct id suite_add_user(struct store *s, unsigned n);
/* Onboarding n, made at T0 + n: device id 1000 + n, its token and claim as below, good for SUITE_TTL_MS. */
struct camera suite_camera(unsigned n, unsigned owner);
struct secret_hash suite_token(unsigned n);
struct secret_hash suite_claim(unsigned n);
void suite_add_camera(struct store *s, unsigned n, unsigned owner);
/* Activates with a uid at T0 + after_ms; the key issued is suite_hash(key). */
enum err suite_activate(struct store *s, struct secret_hash token, const char *uid, unsigned key,
                        int64_t after_ms, struct camera *out);
/* Connects with suite_hash(key) at T0 + after_ms; replaced may be NULL. */
enum err suite_connect(struct store *s, struct id device, unsigned key, int64_t after_ms, bool *replaced);
/* Whether suite_hash(key) opens the device. */
bool suite_key_good(struct store *s, struct id device, unsigned key);
/* The device as its owner sees it at T0. */
struct camera suite_see(struct store *s, unsigned owner, struct id device);
bool suite_sees(struct store *s, unsigned owner, struct id device);
/* Member by member. */
void suite_same_user(const struct user *a, const struct user *b);
void suite_same_camera(const struct camera *a, const struct camera *b);

#define ASSERT_ERR(want, call) assert_string_equal(err_word(want), err_word(call))
#define ASSERT_SAME(a, b)      assert_memory_equal(&(a), &(b), sizeof(a))
#define ASSERT_OK(call)        ASSERT_ERR(ERR_OK, call)

extern struct store_factory *suite_factory;
int suite_users(void);
int suite_sessions(void);
int suite_stream_passwords(void);
int suite_onboarding(void);
int suite_kept(void);
int suite_keys(void);
int suite_cameras(void);
int suite_parallel(void);
int suite_crash(void);

#endif
