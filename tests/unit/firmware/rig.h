/* A whole camera on the fake platform, in simulated time: what the tests of core/camera.h share. */
#ifndef TESTS_UNIT_FIRMWARE_RIG_H
#define TESTS_UNIT_FIRMWARE_RIG_H

#include "core/camera.h"
#include "fake_platform.h"

#define RIG_ID  "0123456789abcdef01234567"
#define RIG_KEY "vcd_" RIG_ID "_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define RIG_CODE                                                                                             \
    "{\"s\":\"Home\",\"p\":\"secret-password\",\"t\":\"abcdefghijklmn\",\"u\":\"http://10.0.0.1:8000\"}"
/* The service's answer to an activation. */
#define RIG_ANSWER                                                                                           \
    "{\"success\":true,\"message\":\"m\",\"device_id\":\"" RIG_ID                                            \
    "\",\"status\":\"active\",\"device_key\":\"" RIG_KEY                                                     \
    "\",\"relay_url\":\"ws://10.0.0.1:8000/ws\",\"upload_url\":\"http://10.0.0.1:8000/upload\","             \
    "\"heartbeat_s\":5,\"server_time\":\"2026-01-01T00:00:00.000Z\"}"
#define RIG_REGISTERED                                                                                       \
    "{\"type\":\"registered\",\"role\":\"device\",\"device_id\":\"" RIG_ID "\",\"session\":\"s\"}"

struct rig {
    struct fake_platform fake;
    struct fw_camera camera;
    int64_t now_ms;
};

extern struct rig rig;

/* For cmocka: a new camera that keeps nothing. */
int rig_setup(void **state);
/* The power comes: the camera starts with what the fake keeps. */
void rig_power_on(void);
void rig_scan(void);
void rig_posted(unsigned status, const char *body);
void rig_relay_says(const char *text);
void rig_closed(unsigned close_code, unsigned http_status);
/* Lets time pass to the next deadline and no further than limit_ms. */
void rig_pass(int64_t limit_ms);
/* A new camera, by RIG_CODE. */
void rig_come_online(void);

#endif
