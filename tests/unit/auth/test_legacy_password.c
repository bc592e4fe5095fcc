#include "auth/legacy_password.h"

#include "auth/password.h"
#include "core/mem.h"
#include "support/check.h"

/* Made by Werkzeug and bcrypt from "test123". */
static const char *const good[] = {
    "pbkdf2:sha256:600000$abcdefghijklmnop$3d00a70429c01a1f712b49c57cdcb0e1a8f1e08bad192abec180f79eb01794f4",
    "pbkdf2:sha256$abcdefghijklmnop$3d00a70429c01a1f712b49c57cdcb0e1a8f1e08bad192abec180f79eb01794f4",
    "scrypt:32768:8:1$abcdefghijklmnop$b116541aea6151b2d154bade7dd641569b44d799f65c4845b002282270ee5fd8"
    "1b41e0425909d12fc80328982681a17add65d01dc544ebcca23604c11f5cac42",
    "scrypt$abcdefghijklmnop$b116541aea6151b2d154bade7dd641569b44d799f65c4845b002282270ee5fd8"
    "1b41e0425909d12fc80328982681a17add65d01dc544ebcca23604c11f5cac42",
    "$2b$12$abcdefghijklmnopqrstuuqt1c.M/z4/d0XTsT0UnBPwElDbFdCE.",
    "$2a$12$abcdefghijklmnopqrstuuqt1c.M/z4/d0XTsT0UnBPwElDbFdCE.",
};

static void test_other_libraries_hashes(void **state)
{
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        bool weak = false;
        assert_true(legacy_password_is(good[i]));
        assert_true(password_check(SPAN_LIT("test123"), good[i], &weak));
        assert_true(weak); /* to be hashed anew */
        assert_false(password_check(SPAN_LIT("test124"), good[i], NULL));
        assert_false(password_check(SPAN_LIT(""), good[i], NULL));
    }
}

static void test_crooked_hashes(void **state)
{
    static const char *const crooked[] = {
        "pbkdf2:sha256:",
        "pbkdf2:sha256:600000",
        "pbkdf2:sha256:600000$",
        "pbkdf2:sha256:1$salt$",
        "pbkdf2:sha256:1$$aa",
        "pbkdf2:sha256:1$salt$aa",
        "pbkdf2:sha256:1$salt$zz",
        "pbkdf2:sha256:1$salt$aaa",
        "pbkdf2:sha256:0$salt$aa",
        "pbkdf2:sha256:-1$salt$aa",
        "pbkdf2:sha256:99999999999$salt$3d00a70429c01a1f712b49c57cdcb0e1a8f1e08bad192abec180f79eb01794f4",
        "pbkdf2:sha2560:1$salt$3d00a70429c01a1f712b49c57cdcb0e1a8f1e08bad192abec180f79eb01794f4",
        "scrypt:",
        "scrypt:32768:8$salt$aa",
        "scrypt:0:0:0$salt$aa",
        "scrypt:3:8:1$salt$aa",
        "scrypt:4294967295:4294967295:4294967295$salt$aa",
        "$2b$",
        "$2b$99$abcdefghijklmnopqrstuuqt1c.M/z4/d0XTsT0UnBPwElDbFdCE.",
        "$2b$12$abc",
        "$2b$12$abcdefghijklmnopqrstuuqt1c.M/z4/d0XTsT0UnBPwElDbFdCE.more",
    };
    for (size_t i = 0; i < sizeof crooked / sizeof *crooked; i++)
        assert_false(password_check(SPAN_LIT("test123"), crooked[i], NULL));
}

static void test_what_is_not_old(void **state)
{
    static const char *const others[] = {"",        "test123",           "$argon2id$v=19$",
                                         "$2c$12$", "pbkdf2:sha1:1$a$b", "md5$a$b"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(legacy_password_is(others[i]));
}

static void test_memory_runs_out(void **state)
{
    mem_fail_after(0, 1);
    bool checked = legacy_password_check(SPAN_LIT("test123"), good[4]);
    mem_fail_after(-1, 0);
    assert_false(checked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_libraries_hashes),
        cmocka_unit_test(test_crooked_hashes),
        cmocka_unit_test(test_what_is_not_old),
        cmocka_unit_test(test_memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
