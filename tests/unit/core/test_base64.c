/* RFC 4648 §10 has the vectors. */
#include "core/base64.h"
#include "support/check.h"

static void test_vectors(void **state)
{
    static const char *const rows[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"},
                                          {"\xff\xef\xbf\xfb", "/++/+w=="}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[16];
        base64_encode(span_of(rows[i][0]), out);
        assert_true(span_eq((struct span){out, BASE64_LEN(strlen(rows[i][0]))}, span_of(rows[i][1])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
