#include "support/check.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "auth/base64url.h"
#include "auth/token.h"
#include "core/json.h"
#include "core/mem.h"

#define SECRET      "p0mD1bEXQ2Wc6oP0/1xqkVb3jYtGf0o8s8p1hC1uYQe4w3vA"
#define OTHER       "q0mD1bEXQ2Wc6oP0/1xqkVb3jYtGf0o8s8p1hC1uYQe4w3vA"
#define HS256       "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define USER        "0123456789abcdef01234567"
#define SID         "fedcba987654321001234567"
#define WHO         "\"sub\":\"" USER "\",\"user_id\":\"" USER "\",\"email\":\"a@b.c\",\"sid\":\"" SID "\""
#define WHEN        "\"iat\":1700000000,\"exp\":1700086400"
#define FOR         "\"iss\":\"visionconnect\",\"aud\":\"visionconnect\""
#define GOOD        "{" WHO "," WHEN "," FOR ",\"typ\":\"access\"}"
#define NOW_MS      INT64_C(1700000001000)
#define TOKEN_BYTES 8192

static struct token_keys *keys;

static int setup(void **state)
{
    return token_keys_create(&keys, SPAN_LIT(SECRET)) != ERR_OK;
}

static int teardown(void **state)
{
    token_keys_free(keys);
    return 0;
}

/* A token by hand: HMAC over both parts, whatever the header says. */
static const char *forge_with(const EVP_MD *md, struct span key, const char *header, const char *payload)
{
    static char token[TOKEN_BYTES];
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned mac_len;
    base64url_encode((const uint8_t *)header, strlen(header), token);
    size_t n = strlen(token);
    token[n++] = '.';
    base64url_encode((const uint8_t *)payload, strlen(payload), token + n);
    n = strlen(token);
    assert_non_null(HMAC(md, key.p, (int)key.len, (const uint8_t *)token, n, mac, &mac_len));
    token[n++] = '.';
    base64url_encode(mac, mac_len, token + n);
    return token;
}

static const char *forge(const char *header, const char *payload)
{
    return forge_with(EVP_sha256(), SPAN_LIT(SECRET), header, payload);
}

static enum err verify(const char *token)
{
    struct token_claims c;
    return token_verify(keys, span_of(token), NOW_MS, &c);
}

/* RFC 7515 appendix A.1: so the forger is no accomplice of the code under test. */
static void test_the_forger(void **state)
{
    uint8_t key[64];
    size_t n;
    assert_true(base64url_decode(SPAN_LIT("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75"
                                          "aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"),
                                 key, sizeof key, &n));
    const char *token = forge_with(
        EVP_sha256(), (struct span){(const char *)key, n}, "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}",
        "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}");
    assert_string_equal(token, "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
                               "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
                               "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
                               "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_int_equal(verify(token), ERR_UNAUTHENTICATED);
}

static void test_good(void **state)
{
    struct token_claims c;
    assert_int_equal(token_verify(keys, span_of(forge(HS256, GOOD)), NOW_MS, &c), ERR_OK);
    assert_string_equal(c.user_id.s, USER);
    assert_string_equal(c.session_id.s, SID);
    assert_string_equal(c.email, "a@b.c");
    assert_int_equal(c.issued_ms, INT64_C(1700000000000));
    assert_int_equal(c.expires_ms, INT64_C(1700086400000));
    assert_int_equal(verify(forge("{\"alg\":\"HS256\"}", GOOD)), ERR_OK);
}

static void test_algorithms(void **state)
{
    static const char *const headers[] = {
        "{\"alg\":\"none\"}",  "{\"alg\":\"None\"}",
        "{\"alg\":\"hs256\"}", "{\"alg\":\"HS384\"}",
        "{\"alg\":\"HS512\"}", "{\"alg\":\"RS256\"}",
        "{\"alg\":\"ES256\"}", "{\"alg\":\"\"}",
        "{\"alg\":null}",      "{\"alg\":[\"HS256\"]}",
        "{\"typ\":\"JWT\"}",   "{}",
        "[\"HS256\"]",         "",
        "\"HS256\"",           "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}",
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        assert_int_equal(verify(forge(headers[i], GOOD)), ERR_UNAUTHENTICATED);
    assert_int_equal(verify(forge_with(EVP_sha384(), SPAN_LIT(SECRET), "{\"alg\":\"HS384\"}", GOOD)),
                     ERR_UNAUTHENTICATED);
    assert_int_equal(verify(forge_with(EVP_sha512(), SPAN_LIT(SECRET), "{\"alg\":\"HS512\"}", GOOD)),
                     ERR_UNAUTHENTICATED);
}

static void test_none_without_signature(void **state)
{
    static char token[TOKEN_BYTES];
    (void)snprintf(token, sizeof token, "%s", forge("{\"alg\":\"none\"}", GOOD));
    strrchr(token, '.')[1] = 0;
    assert_int_equal(verify(token), ERR_UNAUTHENTICATED);
    *strrchr(token, '.') = 0;
    assert_int_equal(verify(token), ERR_UNAUTHENTICATED);
}

static void test_other_keys(void **state)
{
    static const char zero_first[33] = "";
    assert_int_equal(verify(forge_with(EVP_sha256(), SPAN_LIT(OTHER), HS256, GOOD)), ERR_UNAUTHENTICATED);
    assert_int_equal(verify(forge_with(EVP_sha256(), SPAN_LIT(""), HS256, GOOD)), ERR_UNAUTHENTICATED);
    assert_int_equal(verify(forge_with(EVP_sha256(), (struct span){SECRET, 32}, HS256, GOOD)),
                     ERR_UNAUTHENTICATED);
    assert_int_equal(verify(forge_with(EVP_sha256(), (struct span){zero_first, 32}, HS256, GOOD)),
                     ERR_UNAUTHENTICATED);
}

static void test_claims(void **state)
{
#define BODY(who, when, whom, typ) "{" who "," when "," whom "," typ "}"
#define ACCESS                     "\"typ\":\"access\""
    static const struct {
        const char *payload;
        enum err want;
    } rows[] = {
        {BODY(WHO, "\"iat\":1600000000,\"exp\":1600086400", FOR, ACCESS), ERR_TOKEN_STALE},
        {BODY(WHO, "\"iat\":1600000000,\"exp\":1700000001", FOR, ACCESS), ERR_TOKEN_STALE},
        {BODY(WHO, "\"iat\":1600000000,\"exp\":1700000002", FOR, ACCESS), ERR_OK},
        {BODY(WHO, "\"iat\":1600000000", FOR, ACCESS), ERR_UNAUTHENTICATED},
        {BODY(WHO, "\"exp\":1700086400", FOR, ACCESS), ERR_UNAUTHENTICATED},
        {BODY(WHO, "\"iat\":1600000000,\"exp\":\"1700086400\"", FOR, ACCESS), ERR_UNAUTHENTICATED},
        {BODY(WHO, "\"iat\":1600000000,\"exp\":1700086400.5", FOR, ACCESS), ERR_UNAUTHENTICATED},
        {BODY(WHO, "\"iat\":1600000000,\"exp\":-1", FOR, ACCESS), ERR_UNAUTHENTICATED},
        {BODY(WHO, "\"iat\":1600000000,\"exp\":9223372036854775807", FOR, ACCESS), ERR_UNAUTHENTICATED},
        {BODY(WHO, "\"iat\":1600000000,\"exp\":99999999999999999999999", FOR, ACCESS), ERR_UNAUTHENTICATED},
        {BODY(WHO, WHEN, "\"iss\":\"visionconnect\",\"aud\":\"another\"", ACCESS), ERR_UNAUTHENTICATED},
        {BODY(WHO, WHEN, "\"iss\":\"another\",\"aud\":\"visionconnect\"", ACCESS), ERR_UNAUTHENTICATED},
        {BODY(WHO, WHEN, "\"iss\":\"visionconnect\"", ACCESS), ERR_UNAUTHENTICATED},
        {BODY(WHO, WHEN, FOR, "\"typ\":\"refresh\""), ERR_UNAUTHENTICATED},
        {BODY(WHO, WHEN, FOR, "\"typ\":null"), ERR_UNAUTHENTICATED},
        {BODY("\"sub\":\"" USER "\",\"user_id\":\"" SID "\",\"email\":\"\",\"sid\":\"" SID "\"", WHEN, FOR,
              ACCESS),
         ERR_UNAUTHENTICATED},
        {BODY("\"sub\":\"" USER "\",\"user_id\":\"" USER "\",\"email\":\"\"", WHEN, FOR, ACCESS),
         ERR_UNAUTHENTICATED},
        {BODY("\"sub\":\"me\",\"user_id\":\"me\",\"email\":\"\",\"sid\":\"" SID "\"", WHEN, FOR, ACCESS),
         ERR_UNAUTHENTICATED},
        {"{\"user_id\":\"" USER "\",\"email\":\"a@b.c\",\"exp\":1700086400}", ERR_UNAUTHENTICATED},
        {"[]", ERR_UNAUTHENTICATED},
        {"not json", ERR_UNAUTHENTICATED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(verify(forge(HS256, rows[i].payload)), rows[i].want);
}

static void test_other_texts_of_a_good_token(void **state)
{
    static char good[TOKEN_BYTES], bad[2 * TOKEN_BYTES];
    (void)snprintf(good, sizeof good, "%s", forge(HS256, GOOD));
    static const char *const shapes[] = {"%s=", "%s.", ".%s", "%s ", " %s", "%s\n", "%sA", "Bearer %s"};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(bad, sizeof bad, shapes[i], good);
#pragma GCC diagnostic pop
        assert_int_equal(verify(bad), ERR_UNAUTHENTICATED);
    }
    size_t len = strlen(good);
    for (size_t i = 0; i < len; i++) { /* each byte matters, also the last bits of a part */
        struct token_claims c;
        memcpy(bad, good, len);
        bad[i] = good[i] == 'A' ? 'B' : 'A';
        assert_int_equal(token_verify(keys, (struct span){bad, len}, NOW_MS, &c), ERR_UNAUTHENTICATED);
        assert_int_equal(token_verify(keys, (struct span){good, i}, NOW_MS, &c), ERR_UNAUTHENTICATED);
    }
    assert_int_equal(verify(".."), ERR_UNAUTHENTICATED);
    assert_int_equal(verify("a.b.c"), ERR_UNAUTHENTICATED);
    memset(bad, 'A', 5000);
    bad[100] = bad[200] = '.';
    bad[5000] = 0;
    assert_int_equal(verify(bad), ERR_UNAUTHENTICATED);
    assert_int_equal(token_verify(keys, (struct span){NULL, 0}, NOW_MS, NULL), ERR_UNAUTHENTICATED);
}

static struct token_claims some_claims(void)
{
    return (struct token_claims){.user_id = {USER},
                                 .session_id = {SID},
                                 .email = "\"quoted\"@example.com",
                                 .issued_ms = NOW_MS + 900,
                                 .expires_ms = NOW_MS + 1900};
}

static void test_sign(void **state)
{
    struct token_claims in = some_claims(), out;
    struct buf text;
    buf_init(&text, 4096);
    assert_int_equal(token_sign(keys, &in, &text), ERR_OK);
    assert_int_equal(token_verify(keys, buf_span(&text), in.expires_ms - 1, &out), ERR_OK);
    assert_string_equal(out.email, in.email);
    assert_string_equal(out.user_id.s, USER);
    assert_string_equal(out.session_id.s, SID);
    assert_int_equal(out.expires_ms, in.expires_ms);
    assert_int_equal(token_verify(keys, buf_span(&text), in.expires_ms, &out), ERR_TOKEN_STALE);
    buf_fini(&text);
}

/* What others read in it. */
static void test_sign_payload(void **state)
{
    struct token_claims in = some_claims();
    struct buf text;
    uint8_t payload[1024];
    size_t n;
    struct json *obj;
    int64_t iat, expiry;
    const struct json_field times[] = {{.name = "iat", .kind = JSON_KIND_INT, .out = &iat},
                                       {.name = "exp", .kind = JSON_KIND_INT, .out = &expiry}};
    buf_init(&text, 4096);
    assert_int_equal(token_sign(keys, &in, &text), ERR_OK);
    const char *from = strchr(buf_str(&text), '.') + 1;
    struct span part = {from, (size_t)(strchr(from, '.') - from)};
    assert_true(base64url_decode(part, payload, sizeof payload, &n));
    assert_int_equal(json_parse((struct span){(const char *)payload, n}, &obj), ERR_OK);
    assert_int_equal(json_read(obj, times, 2, NULL, 0), 0);
    assert_int_equal(expiry - iat, 1); /* as long as asked, in whole seconds too */
    assert_true(span_is(json_get_string(obj, "sub"), USER));
    assert_true(span_is(json_get_string(obj, "user_id"), USER));
    assert_true(span_is(json_get_string(obj, "iss"), "visionconnect"));
    assert_true(span_is(json_get_string(obj, "aud"), "visionconnect"));
    assert_true(span_is(json_get_string(obj, "typ"), "access"));
    json_free(obj);
    buf_fini(&text);
}

static void test_no_memory(void **state)
{
    struct token_claims c = some_claims();
    struct token_keys *k = NULL;
    mem_fail_after(0, 0);
    assert_int_equal(token_keys_create(&k, SPAN_LIT(SECRET)), ERR_NO_MEMORY);
    assert_null(k);
    for (long n = 0;; n++) {
        struct buf text;
        buf_init(&text, 4096);
        mem_fail_after(n, 0);
        enum err e = token_sign(keys, &c, &text);
        buf_fini(&text);
        if (!mem_failed())
            break;
        assert_int_equal(e, ERR_NO_MEMORY);
    }
    mem_fail_after(-1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_forger),
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_algorithms),
        cmocka_unit_test(test_none_without_signature),
        cmocka_unit_test(test_other_keys),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_other_texts_of_a_good_token),
        cmocka_unit_test(test_sign),
        cmocka_unit_test(test_sign_payload),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
