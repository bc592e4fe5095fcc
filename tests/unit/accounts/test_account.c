#include "support/check.h"

#include "accounts/account.h"

static char a300[301], at254[255], at255[256];

static int setup(void **state)
{
    memset(a300, 'a', 300);
    memset(at254, 'a', 254);
    memset(at255, 'a', 255);
    at254[100] = at255[100] = '@';
    return 0;
}

static void test_emails(void **state)
{
    static const struct {
        const char *text, *want; /* NULL = refused */
    } rows[] = {
        {"test@example.com", "test@example.com"},
        {"  Test@Example.COM\t\r\n", "test@example.com"},
        {"a@b", "a@b"},
        {"a+b.c@localhost", "a+b.c@localhost"},
        {"J\xc3\x9cRGEN@example.com", "j\xc3\x9crgen@example.com"}, /* only ASCII is lowered */
        {at254, at254},
        {at255, NULL},
        {a300, NULL},
        {"", NULL},
        {"   ", NULL},
        {"@", NULL},
        {"a@", NULL},
        {"@b", NULL},
        {"ab", NULL},
        {"abc", NULL},
        {"a@b@c", NULL},
        {"a b@c", NULL},
        {"a@b\nc", NULL},
        {"a@b\x7f"
         "c",
         NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[MODEL_EMAIL_MAX + 1] = "untouched";
        assert_int_equal(account_email(span_of(rows[i].text), out), rows[i].want ? ERR_OK : ERR_INVALID);
        assert_string_equal(out, rows[i].want ? rows[i].want : "untouched");
    }
    char out[MODEL_EMAIL_MAX + 1];
    assert_int_equal(account_email(SPAN_LIT("a@b\0c"), out), ERR_INVALID);
    assert_int_equal(account_email((struct span){NULL, 0}, out), ERR_INVALID);
}

static void test_usernames(void **state)
{
    static const char *const good[] = {"abc", "a.b_c-9", "...", "abcdefghijklmnopqrstuvwxyz012345"};
    static const char *const bad[] = {
        "", "ab", "Abc", "a b c", "a@b", "abcdefghijklmnopqrstuvwxyz0123456", " abc", "\xc3\xb6z"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char out[MODEL_USERNAME_MAX + 1];
        assert_int_equal(account_username(span_of(good[i]), out), ERR_OK);
        assert_string_equal(out, good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char out[MODEL_USERNAME_MAX + 1] = "untouched";
        assert_int_equal(account_username(span_of(bad[i]), out), ERR_INVALID);
        assert_string_equal(out, "untouched");
    }
}

static void test_names_to_sign_in(void **state)
{
    char out[MODEL_EMAIL_MAX + 1];
    assert_int_equal(account_name(SPAN_LIT(" Demo "), out), ERR_OK);
    assert_string_equal(out, "demo");
    assert_int_equal(account_name(SPAN_LIT("Test@Example.com"), out), ERR_OK);
    assert_string_equal(out, "test@example.com");
    assert_int_equal(account_name(SPAN_LIT(" "), out), ERR_INVALID);
    assert_int_equal(account_name(SPAN_LIT("a\0b"), out), ERR_INVALID);
    assert_int_equal(account_name(span_of(a300), out), ERR_INVALID);
}

static void test_passwords(void **state)
{
    assert_true(account_password_fits(SPAN_LIT("secret"), 6));
    assert_false(account_password_fits(SPAN_LIT("secre"), 6));
    assert_true(
        account_password_fits(SPAN_LIT("\xf0\x9f\x98\x80\xf0\x9f\x98\x80"), 8)); /* bytes, not characters */
    assert_true(account_password_fits((struct span){a300, 128}, 6));
    assert_false(account_password_fits((struct span){a300, 129}, 6));
    assert_false(account_password_fits(SPAN_LIT("sec\0ret"), 6));
    assert_true(account_password_fits(SPAN_LIT("      "), 6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_emails),
        cmocka_unit_test(test_usernames),
        cmocka_unit_test(test_names_to_sign_in),
        cmocka_unit_test(test_passwords),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
