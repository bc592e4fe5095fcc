#include "core/led.h"

#include <string.h>

#include "support/check.h"

static void test_codes(void **state)
{
    static const struct {
        struct fw_led_view view;
        enum fw_led led;
    } rows[] = {
        {{.state = FW_SCAN}, FW_LED_SCANNING},
        {{.state = FW_SCAN, .parts = true}, FW_LED_CODE_READ},
        {{.state = FW_SCAN, .fault = FW_LED_CODE_EXPIRED}, FW_LED_CODE_EXPIRED},
        {{.state = FW_SCAN, .fault = FW_LED_CODE_EXPIRED, .parts = true}, FW_LED_CODE_READ},
        {{.state = FW_SCAN, .fault = FW_LED_WRONG_PASSWORD}, FW_LED_WRONG_PASSWORD},
        {{.state = FW_SCAN, .fault = FW_LED_REMOVED}, FW_LED_REMOVED},
        {{.state = FW_JOIN}, FW_LED_JOINING},
        {{.state = FW_JOIN, .parts = true}, FW_LED_JOINING},
        {{.state = FW_JOIN, .fault = FW_LED_NO_NETWORK}, FW_LED_NO_NETWORK},
        {{.state = FW_ACTIVATE}, FW_LED_ACTIVATING},
        {{.state = FW_ACTIVATE, .fault = FW_LED_NO_INTERNET}, FW_LED_NO_INTERNET},
        {{.state = FW_CONNECT}, FW_LED_CONNECTING},
        {{.state = FW_CONNECT, .fault = FW_LED_TLS_FAULT}, FW_LED_TLS_FAULT},
        {{.state = FW_CONNECT, .fault = FW_LED_REPLACED}, FW_LED_REPLACED},
        {{.state = FW_ONLINE}, FW_LED_CONNECTED},
        {{.state = FW_ONLINE, .streaming = true}, FW_LED_STREAMING},
        {{.state = FW_ONLINE, .streaming = true, .fault = FW_LED_SERVICE_AWAY}, FW_LED_STREAMING},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(fw_led_indication(fw_led_of(&rows[i].view))->code,
                            fw_led_indication(rows[i].led)->code);
}

/* Whoever counts flashes must not take one for another. */
static void test_each_has_a_pattern_of_its_own(void **state)
{
    for (int i = FW_LED_NONE; i < FW_LEDS; i++) {
        const struct fw_indication *a = fw_led_indication((enum fw_led)i);
        assert_true(a->code && a->pattern && a->meaning);
        assert_int_equal(strspn(a->pattern, ".-=_"), strlen(a->pattern));
        for (int k = i + 1; k < FW_LEDS; k++) {
            const struct fw_indication *b = fw_led_indication((enum fw_led)k);
            assert_true(strcmp(a->pattern, b->pattern) != 0 && strcmp(a->code, b->code) != 0);
        }
    }
}

static void test_faults(void **state)
{
    assert_int_equal(fw_led_join_fault(FW_JOIN_WRONG_PASSWORD), FW_LED_WRONG_PASSWORD);
    assert_int_equal(fw_led_join_fault(FW_JOIN_NO_NETWORK), FW_LED_NO_NETWORK);
    assert_int_equal(fw_led_join_fault(FW_JOIN_OTHER), FW_LED_NO_JOIN);
    assert_int_equal(fw_led_link_fault(FW_LINK_NO_NAME), FW_LED_NO_INTERNET);
    assert_int_equal(fw_led_link_fault(FW_LINK_TLS), FW_LED_TLS_FAULT);
    assert_int_equal(fw_led_link_fault(FW_LINK_OTHER), FW_LED_SERVICE_AWAY);
    assert_int_equal(fw_led_refusal("token_expired"), FW_LED_CODE_EXPIRED);
    assert_int_equal(fw_led_refusal("token_used"), FW_LED_CODE_USED);
    assert_int_equal(fw_led_refusal("already_activated"), FW_LED_CODE_USED);
    assert_int_equal(fw_led_refusal("not_found"), FW_LED_CODE_UNKNOWN);
    assert_int_equal(fw_led_refusal("invalid"), FW_LED_CODE_REFUSED);
}

static void test_a_fault_ends_when_what_it_names_works(void **state)
{
    static const struct {
        enum fw_led fault;
        bool joined, activated; /* whether this ends it; REGISTERED always does */
    } rows[] = {{FW_LED_WRONG_PASSWORD, true, true}, {FW_LED_NO_NETWORK, true, true},
                {FW_LED_NO_JOIN, true, true},        {FW_LED_NO_INTERNET, false, true},
                {FW_LED_TLS_FAULT, false, true},     {FW_LED_SERVICE_AWAY, false, true},
                {FW_LED_CODE_USED, false, false},    {FW_LED_REMOVED, false, false},
                {FW_LED_REPLACED, false, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum fw_led fault = rows[i].fault;
        assert_int_equal(fw_led_fault_after(fault, FW_EV_JOINED), rows[i].joined ? FW_LED_NONE : fault);
        assert_int_equal(fw_led_fault_after(fault, FW_EV_ACTIVATED), rows[i].activated ? FW_LED_NONE : fault);
        assert_int_equal(fw_led_fault_after(fault, FW_EV_REGISTERED), FW_LED_NONE);
        assert_int_equal(fw_led_fault_after(fault, FW_EV_TICK), fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_each_has_a_pattern_of_its_own),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_a_fault_ends_when_what_it_names_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
