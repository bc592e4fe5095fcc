#include "core/led.h"

#include <stddef.h>
#include <string.h>

/* One long flash: the WiFi; two: the way to the service; three: the code; four: the key. */
static const struct fw_indication table[FW_LEDS] = {
    [FW_LED_NONE] = {"none", "", "nothing to show"},
    [FW_LED_SCANNING] = {"scanning", ".", "looks for a code"},
    [FW_LED_CODE_READ] = {"code_read", "..", "read a part of the code, the others are missing"},
    [FW_LED_JOINING] = {"joining", "...", "joins the WiFi"},
    [FW_LED_ACTIVATING] = {"activating", "....", "shows the service its code"},
    [FW_LED_CONNECTING] = {"connecting", ".....", "connects with its key"},
    [FW_LED_CONNECTED] = {"connected", "=", "online, nobody watches"},
    [FW_LED_STREAMING] = {"streaming", "=_", "online, somebody watches"},
    [FW_LED_WRONG_PASSWORD] = {"wrong_password", "-.", "the WiFi refuses the password"},
    [FW_LED_NO_NETWORK] = {"no_network", "-..", "no WiFi of that name is in reach"},
    [FW_LED_NO_JOIN] = {"no_join", "-...", "the WiFi gives no connection"},
    [FW_LED_NO_INTERNET] = {"no_internet", "--.", "the service's name is not found: no internet or no DNS"},
    [FW_LED_TLS_FAULT] = {"tls_fault", "--..", "the service's certificate is not trusted"},
    [FW_LED_SERVICE_AWAY] = {"service_away", "--...", "the service does not answer"},
    [FW_LED_CODE_EXPIRED] = {"code_expired", "---.", "the code is too old"},
    [FW_LED_CODE_USED] = {"code_used", "---..", "the code was used already"},
    [FW_LED_CODE_UNKNOWN] = {"code_unknown", "---...", "the service does not know the code"},
    [FW_LED_CODE_REFUSED] = {"code_refused", "---....", "the service refuses the code"},
    [FW_LED_CODE_WIFI_ONLY] = {"code_wifi_only", "---.....", "a code for WiFi only, and no key yet"},
    [FW_LED_REMOVED] = {"removed", "----.", "the service no longer knows this camera"},
    [FW_LED_REPLACED] = {"replaced", "----..", "another camera uses the same key"},
};

enum fw_led fw_led_of(const struct fw_led_view *v)
{
    static const enum fw_led progress[FW_STATES] = {
        [FW_SCAN] = FW_LED_SCANNING,      [FW_JOIN] = FW_LED_JOINING,     [FW_ACTIVATE] = FW_LED_ACTIVATING,
        [FW_CONNECT] = FW_LED_CONNECTING, [FW_ONLINE] = FW_LED_CONNECTED,
    };
    if (v->state == FW_ONLINE)
        return v->streaming ? FW_LED_STREAMING : FW_LED_CONNECTED;
    if (v->state == FW_SCAN && v->parts)
        return FW_LED_CODE_READ;
    return v->fault ? v->fault : progress[v->state];
}

const struct fw_indication *fw_led_indication(enum fw_led led)
{
    return &table[led];
}

enum fw_led fw_led_join_fault(enum fw_join_failure why)
{
    return why == FW_JOIN_WRONG_PASSWORD ? FW_LED_WRONG_PASSWORD
           : why == FW_JOIN_NO_NETWORK   ? FW_LED_NO_NETWORK
                                         : FW_LED_NO_JOIN;
}

enum fw_led fw_led_link_fault(enum fw_link_fault why)
{
    return why == FW_LINK_NO_NAME ? FW_LED_NO_INTERNET
           : why == FW_LINK_TLS   ? FW_LED_TLS_FAULT
                                  : FW_LED_SERVICE_AWAY;
}

enum fw_led fw_led_refusal(const char *problem_code)
{
    static const struct {
        const char *code;
        enum fw_led led;
    } words[] = {{"token_expired", FW_LED_CODE_EXPIRED},
                 {"token_used", FW_LED_CODE_USED},
                 {"already_activated", FW_LED_CODE_USED},
                 {"not_found", FW_LED_CODE_UNKNOWN}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].code, problem_code) == 0)
            return words[i].led;
    return FW_LED_CODE_REFUSED;
}

enum fw_led fw_led_timeout(enum fw_led fault, enum fw_state tried)
{
    return tried == FW_JOIN                              ? FW_LED_NO_JOIN
           : tried == FW_ACTIVATE || tried == FW_CONNECT ? FW_LED_SERVICE_AWAY
                                                         : fault;
}

enum fw_led fw_led_fault_after(enum fw_led fault, enum fw_event_kind worked)
{
    bool wifi = fault >= FW_LED_WRONG_PASSWORD && fault <= FW_LED_NO_JOIN;
    bool way = fault >= FW_LED_NO_INTERNET && fault <= FW_LED_SERVICE_AWAY;
    bool over = worked == FW_EV_REGISTERED || (worked == FW_EV_JOINED && wifi) ||
                (worked == FW_EV_ACTIVATED && (wifi || way));
    return over ? FW_LED_NONE : fault;
}
