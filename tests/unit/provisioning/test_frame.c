#include "provisioning/frame.h"

#include <string.h>

#include "support/check.h"

static const struct prov_frame frame = {.channel = 0x0102,
                                        .seq = 0x03040506,
                                        .captured_us = 0x0708090A0B0C0D0E,
                                        .received_us = 0xF1F2F3F4F5F6F7F8};
static const uint8_t wire[PROV_FRAME_HEADER] = {1,    1,    0x01, 0x02, 0x03, 0x04, 0x05, 0x06,
                                                0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E,
                                                0xF1, 0xF2, 0xF3, 0xF4, 0xF5, 0xF6, 0xF7, 0xF8};

static void test_wire(void **state)
{
    uint8_t out[PROV_FRAME_HEADER];
    prov_frame_encode(&frame, out);
    assert_memory_equal(out, wire, sizeof wire);
    struct prov_frame back;
    assert_int_equal(prov_frame_decode(out, sizeof out, &back), PROV_OK);
    assert_int_equal(back.channel, frame.channel);
    assert_int_equal(back.seq, frame.seq);
    assert_int_equal(back.captured_us, frame.captured_us);
    assert_int_equal(back.received_us, frame.received_us);
}

static void test_refuses(void **state)
{
    struct prov_frame kept = {.seq = 7};
    for (size_t len = 0; len < sizeof wire; len++) {
        assert_int_equal(prov_frame_decode(wire, len, &kept), PROV_INVALID);
    }
    for (size_t at = 0; at < 2; at++) {
        uint8_t other[PROV_FRAME_HEADER];
        memcpy(other, wire, sizeof wire);
        other[at] = 2;
        assert_int_equal(prov_frame_decode(other, sizeof other, &kept), PROV_INVALID);
    }
    assert_int_equal(kept.seq, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_wire), cmocka_unit_test(test_refuses)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
