#include "support/check.h"

#include <stdio.h>

#include "auth/password.h"

static void test_round_trip(void **state)
{
    char hash[MODEL_PASSWORD_HASH_MAX + 1], again[MODEL_PASSWORD_HASH_MAX + 1];
    bool weak = true;
    assert_int_equal(password_hash(SPAN_LIT("test123"), hash), ERR_OK);
    assert_int_equal(strncmp(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
    assert_true(password_check(SPAN_LIT("test123"), hash, &weak));
    assert_false(weak);
    assert_true(password_check(SPAN_LIT("test123"), hash, NULL));
    assert_false(password_check(SPAN_LIT("test124"), hash, NULL));
    assert_false(password_check(SPAN_LIT("test12"), hash, NULL));
    assert_false(password_check(SPAN_LIT(""), hash, NULL));
    assert_int_equal(password_hash(SPAN_LIT("test123"), again), ERR_OK);
    assert_string_not_equal(hash, again); /* salted */
}

/* Parameters of other days: password "test123", salt "saltysaltysalt16". */
static void test_other_parameters(void **state)
{
    static const struct {
        const char *encoded;
        bool weak;
    } rows[] = {
        {"$argon2id$v=19$m=19456,t=2,p=1$c2FsdHlzYWx0eXNhbHQxNg$n28600qrEtncGwB4C9Z1m9xTSP6EZ+xMKoIEQP3Xer8",
         false},
        {"$argon2id$v=19$m=65536,t=3,p=1$c2FsdHlzYWx0eXNhbHQxNg$JUzgHO74cNZefAyngMwBeZbMsx6ciD0t7d8AyWyIDwM",
         false},
        {"$argon2id$v=19$m=19456,t=1,p=1$c2FsdHlzYWx0eXNhbHQxNg$cAWQ2qCxBvZ1FrCwqfNtejffCVeK4w2bM8J3XmIJqak",
         true},
        {"$argon2id$v=19$m=4096,t=2,p=1$c2FsdHlzYWx0eXNhbHQxNg$zdSq1ZbIq3SP1+JBaDQlCHXlj2Aav6IKua9HtBYEEQA",
         true},
        {"$argon2id$v=16$m=19456,t=2,p=1$c2FsdHlzYWx0eXNhbHQxNg$4JTKnGz5vhpHvl6qiBEzY22fnhU1hvYlzvh7eGR6ws4",
         true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bool weak = !rows[i].weak;
        assert_true(password_check(SPAN_LIT("test123"), rows[i].encoded, &weak));
        assert_int_equal(weak, rows[i].weak);
        assert_false(password_check(SPAN_LIT("test124"), rows[i].encoded, &weak));
    }
}

static void test_unusable_hashes(void **state)
{
    static const char *const bad[] = {NULL, "", "plain", "$argon2id$",
                                      "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(password_check(SPAN_LIT("test123"), bad[i], NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_other_parameters),
        cmocka_unit_test(test_unusable_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
