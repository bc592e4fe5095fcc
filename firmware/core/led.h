/* What the indicator shows: one code for each thing that a person in front of the camera may want to know.
 * Pure: the state in, a code out. */
#ifndef CORE_LED_H
#define CORE_LED_H

#include <stdbool.h>

#include "core/machine.h"
#include "platform/board.h"
#include "platform/link.h"

enum fw_led {
    FW_LED_NONE, /* as a fault: there is none */
    FW_LED_SCANNING,
    FW_LED_CODE_READ,
    FW_LED_JOINING,
    FW_LED_ACTIVATING,
    FW_LED_CONNECTING,
    FW_LED_CONNECTED,
    FW_LED_STREAMING,
    FW_LED_WRONG_PASSWORD, /* the first fault */
    FW_LED_NO_NETWORK,
    FW_LED_NO_JOIN,
    FW_LED_NO_INTERNET,
    FW_LED_TLS_FAULT,
    FW_LED_SERVICE_AWAY,
    FW_LED_CODE_EXPIRED,
    FW_LED_CODE_USED,
    FW_LED_CODE_UNKNOWN,
    FW_LED_CODE_REFUSED,
    FW_LED_CODE_WIFI_ONLY,
    FW_LED_REMOVED,
    FW_LED_REPLACED,
    FW_LEDS
};

struct fw_led_view {
    enum fw_state state;
    enum fw_led fault; /* what failed last and has not worked since */
    bool parts;        /* of a split code some were read */
    bool streaming;
};

enum fw_led fw_led_of(const struct fw_led_view *v);
const struct fw_indication *fw_led_indication(enum fw_led led);

/* The faults that events stand for. */
enum fw_led fw_led_join_fault(enum fw_join_failure why);
enum fw_led fw_led_link_fault(enum fw_link_fault why);
enum fw_led fw_led_refusal(const char *problem_code);
/* A try of this state took too long. */
enum fw_led fw_led_timeout(enum fw_led fault, enum fw_state tried);
/* What is left of a fault after an event: JOINED proves the WiFi, ACTIVATED the way to the service,
 * REGISTERED all.
 */
enum fw_led fw_led_fault_after(enum fw_led fault, enum fw_event_kind worked);

#endif
