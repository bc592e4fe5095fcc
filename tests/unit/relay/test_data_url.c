/* The text form of a picture (RFC 4648 §10 has the vectors). */
#include "relay/data_url.h"
#include "relay/packet.h"
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
        char expected[64] = DATA_URL_PREFIX, out[64];
        memcpy(expected + sizeof DATA_URL_PREFIX - 1, rows[i][1], strlen(rows[i][1]));
        size_t n = DATA_URL_LEN(strlen(rows[i][0]));
        data_url_write(span_of(rows[i][0]), out);
        assert_true(span_eq((struct span){out, n}, span_of(expected)));
    }
}

static void test_made_once(void **state)
{
    struct relay_packet *p = NULL;
    size_t len = 0;
    assert_int_equal(packet_of(&p, SPAN_LIT("foobar")), ERR_OK);
    uint8_t *text = packet_text(p, &len);
    assert_true(span_eq((struct span){(const char *)text, len}, SPAN_LIT(DATA_URL_PREFIX "Zm9vYmFy")));
    memset(text - TRANSPORT_ROOM, 0xee, TRANSPORT_ROOM);
    assert_ptr_equal(packet_text(p, &len), text);
    packet_drop_text(p); /* another picture takes its place */
    packet_jpeg(p)[0] = 'F';
    text = packet_text(p, &len);
    assert_true(span_eq((struct span){(const char *)text, len}, SPAN_LIT(DATA_URL_PREFIX "Rm9vYmFy")));
    relay_packet_unref(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_made_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
