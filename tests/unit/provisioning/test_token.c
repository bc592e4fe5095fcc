#include "provisioning/token.h"

#include <stdlib.h>
#include <string.h>

#include "samples.h"
#include "support/check.h"

static void test_uuid(void **state)
{
    uint8_t random[16];
    char out[PROV_UUID_LEN + 1];
    memset(random, 0xFF, sizeof random);
    prov_uuid_from_random(random, out);
    assert_string_equal(out, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    for (uint8_t i = 0; i < 16; i++) {
        random[i] = i;
    }
    prov_uuid_from_random(random, out);
    assert_string_equal(out, "00010203-0405-4607-8809-0a0b0c0d0e0f");
    assert_true(prov_is_uuid(out, PROV_UUID_LEN));
    for (size_t len = 0; len < PROV_UUID_LEN; len++) {
        char *cut = samples_exact(out, len);
        assert_false(prov_is_uuid(cut, len));
        free(cut);
    }
    assert_false(prov_is_uuid("00010203-0405-4607-8809-0a0b0c0d0e0F", 36));
    assert_false(prov_is_uuid("00010203-0405-1607-8809-0a0b0c0d0e0f", 36));
    assert_false(prov_is_uuid("00010203-0405-4607-7809-0a0b0c0d0e0f", 36));
    assert_false(prov_is_uuid("000102030-405-4607-8809-0a0b0c0d0e0f", 36));
    assert_false(prov_is_uuid("00010203-0405-4607-8809-0a0b0c0d0e0f0", 37));
}

static void test_claim(void **state)
{
    struct samples s = {.state = 3};
    unsigned seen[128] = {0};
    uint8_t random[PROV_CLAIM_RANDOM];
    char out[PROV_CLAIM_LEN + 1];
    for (unsigned i = 0; i < 31000; i++) {
        samples_bytes(&s, random, sizeof random);
        assert_int_equal(prov_claim_from_random(random, out), PROV_OK);
        assert_true(prov_is_claim(out, strlen(out)));
        for (size_t j = 0; j < PROV_CLAIM_LEN; j++) {
            seen[(unsigned char)out[j]]++;
        }
    }
    for (unsigned c = 'a'; c <= 'z';
         c++) { /* 7000 expected of each; a biased draw would be off by a quarter */
        assert_in_range(seen[c], 6600, 7400);
    }
    memset(out, 'k', sizeof out);
    memset(random, 0xFF, sizeof random);
    assert_int_equal(prov_claim_from_random(random, out), PROV_INVALID);
    assert_int_equal(out[0], 'k');
    memset(random + 4, 0, PROV_CLAIM_LEN);
    assert_int_equal(prov_claim_from_random(random, out), PROV_OK);
    assert_string_equal(out, "00000000000000");
    assert_false(prov_is_claim("0000000000000", 13));
    assert_false(prov_is_claim("000000000000000", 15));
    assert_false(prov_is_claim("0000000_000000", 14));
    assert_false(prov_is_claim("0000000\0000000", 14));
}

static void test_device_key(void **state)
{
    static const char id[] = "0123456789abcdef01234567";
    uint8_t secret[PROV_KEY_SECRET];
    char key[PROV_KEY_LEN + 1], named[PROV_ID_LEN + 1];
    for (size_t i = 0; i < PROV_KEY_SECRET; i++) {
        secret[i] = (uint8_t)(i * 8 + 3);
    }
    prov_device_key_make(id, secret, key);
    assert_string_equal(key, "vcd_0123456789abcdef01234567_AwsTGyMrMztDS1NbY2tze4OLk5ujq7O7w8vT2-Pr8_s");
    assert_true(prov_device_key_parse(key, PROV_KEY_LEN, named));
    assert_string_equal(named, id);
    assert_true(prov_device_key_parse(key, PROV_KEY_LEN, NULL));
    for (size_t len = 0; len < PROV_KEY_LEN; len++) {
        char *cut = samples_exact(key, len);
        assert_false(prov_device_key_parse(cut, len, NULL));
        free(cut);
    }
    static const struct {
        size_t at;
        char c;
    } faults[] = {{0, 'V'}, {4, 'A'}, {4, 'g'}, {28, '-'}, {29, '+'}, {40, '\0'}, {71, 't'}};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char kept = key[faults[i].at];
        key[faults[i].at] = faults[i].c;
        assert_false(prov_device_key_parse(key, PROV_KEY_LEN, named));
        key[faults[i].at] = kept;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uuid),
        cmocka_unit_test(test_claim),
        cmocka_unit_test(test_device_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
