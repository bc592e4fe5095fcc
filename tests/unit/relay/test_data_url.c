/* The text form of a picture. */
#include "relay/packet.h"
#include "support/check.h"

static void test_made_once(void **state)
{
    struct relay_packet *p = NULL;
    size_t len = 0;
    assert_int_equal(packet_of(&p, SPAN_LIT("foobar")), ERR_OK);
    uint8_t *text = packet_text(p, &len);
    assert_true(span_eq((struct span){(const char *)text, len}, SPAN_LIT("data:image/jpeg;base64,"
                                                                         "Zm9vYmFy")));
    memset(text - TRANSPORT_ROOM, 0xee, TRANSPORT_ROOM);
    assert_ptr_equal(packet_text(p, &len), text);
    packet_drop_text(p); /* another picture takes its place */
    packet_jpeg(p)[0] = 'F';
    text = packet_text(p, &len);
    assert_true(span_eq((struct span){(const char *)text, len}, SPAN_LIT("data:image/jpeg;base64,"
                                                                         "Rm9vYmFy")));
    relay_packet_unref(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
