#include "support/check.h"

#include "auth/base64url.h"
#include "auth/secret.h"

static const struct id session = {"0123456789abcdef01234567"};

/* RFC 4648 §10 and the octets of RFC 7515 appendix C. */
static void test_base64url(void **state)
{
    static const struct {
        const char *bytes;
        const char *text;
    } rows[] = {{"", ""},
                {"f", "Zg"},
                {"fo", "Zm8"},
                {"foo", "Zm9v"},
                {"foob", "Zm9vYg"},
                {"fooba", "Zm9vYmE"},
                {"foobar", "Zm9vYmFy"},
                {"\x03\xec\xff\xe0\xc1", "A-z_4ME"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = strlen(rows[i].bytes), back_n = 99;
        char text[16];
        uint8_t back[16];
        base64url_encode((const uint8_t *)rows[i].bytes, n, text);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(strlen(text), BASE64URL_LEN(n));
        assert_true(base64url_decode(span_of(text), back, sizeof back, &back_n));
        assert_int_equal(back_n, n);
        assert_memory_equal(back, rows[i].bytes, n);
    }
}

static void test_base64url_refuses(void **state)
{
    static const char *const bad[] = {"Z", "Zm9vY", "Zg==", "Zm9+", "Zm9/", "Zm 9", "Zh", "Zm9", "Zm9v\n"};
    uint8_t out[16];
    size_t n;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(base64url_decode(span_of(bad[i]), out, sizeof out, &n));
    assert_false(base64url_decode(SPAN_LIT("Zm\0v"), out, sizeof out, &n));
    assert_false(base64url_decode(SPAN_LIT("Zm9vYg"), out, 3, &n));
}

static void test_make(void **state)
{
    char a[SECRET_TEXT], b[SECRET_TEXT];
    secret_make(a);
    secret_make(b);
    assert_int_equal(strlen(a), 43);
    assert_string_not_equal(a, b);
}

/* FIPS 180-4: SHA-256 of "abc". */
static void test_hash(void **state)
{
    static const uint8_t abc[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                    0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                    0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    struct secret_hash h = secret_hash_of(SPAN_LIT("abc")), none = {{0}}, other = h;
    assert_memory_equal(h.b, abc, 32);
    assert_true(secret_hash_eq(&h, &other));
    other.b[31] ^= 1;
    assert_false(secret_hash_eq(&h, &other));
    assert_true(secret_hash_is_none(&none));
    assert_false(secret_hash_is_none(&h));
    h = secret_hash_of((struct span){NULL, 0});
    assert_int_equal(h.b[0], 0xe3);
}

static void test_session_texts(void **state)
{
    char secret[SECRET_TEXT], text[SECRET_SESSION_TEXT];
    secret_make(secret);
    for (int kind = 0; kind < 2; kind++) {
        struct id got = {""};
        struct secret_hash hash, whole;
        if (kind)
            secret_session_refresh(&session, secret, text);
        else
            secret_session_cookie(&session, secret, text);
        assert_int_equal(strlen(text), kind ? 72 : 68);
        assert_true(secret_session_parse(span_of(text), &got, &hash));
        assert_true(id_eq(&got, &session));
        whole = secret_hash_of(span_of(text));
        assert_true(secret_hash_eq(&hash, &whole));
    }
}

static void test_session_texts_refused(void **state)
{
#define SECRET "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO_-"
    static const char *const bad[] = {
        "",
        "vcr_",
        "0123456789abcdef01234567",
        "0123456789abcdef01234567_" SECRET,     /* a cookie with the mark of a refresh token */
        "vcr_0123456789abcdef01234567." SECRET, /* and the other way round */
        "vcr-0123456789abcdef01234567_" SECRET,
        "0123456789ABCDEF01234567." SECRET, /* ids are lower case */
        "0123456789abcdef01234567." SECRET "a",
        "0123456789abcdef01234567.+bcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO_-",
    };
    struct id got = {"untouched"};
    struct secret_hash hash;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(secret_session_parse(span_of(bad[i]), &got, &hash));
    assert_string_equal(got.s, "untouched");
    assert_false(secret_session_parse((struct span){NULL, 0}, &got, &hash));
    assert_true(secret_session_parse(SPAN_LIT("0123456789abcdef01234567." SECRET), &got, &hash));
}

/* RFC 4231 §4.3. */
static void test_mac(void **state)
{
    static const uint8_t want[] = {0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e, 0x6a, 0x04, 0x24,
                                   0x26, 0x08, 0x95, 0x75, 0xc7, 0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27,
                                   0x39, 0x83, 0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43};
    struct secret_hash got = secret_mac(SPAN_LIT("Jefe"), SPAN_LIT("what do ya want for nothing?"));
    assert_memory_equal(got.b, want, sizeof want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mac),
        cmocka_unit_test(test_base64url),
        cmocka_unit_test(test_base64url_refuses),
        cmocka_unit_test(test_make),
        cmocka_unit_test(test_hash),
        cmocka_unit_test(test_session_texts),
        cmocka_unit_test(test_session_texts_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
