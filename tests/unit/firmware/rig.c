#include "rig.h"

#include <string.h>

#include "support/check.h"

struct rig rig;

void rig_power_on(void)
{
    static const struct fw_size vga = {"VGA", 640, 480};
    struct fw_camera_config config = {
        .uid = "uid-1", .model = "VIRTUAL_CAMERA", .firmware = "fw/1", .size = &vga, .quality = 12};
    rig.fake.open = rig.fake.posting = rig.fake.scanning = rig.fake.borrowed = rig.fake.source_started =
        false;
    fw_camera_init(&rig.camera, &rig.fake.ops, &config, rig.now_ms);
    fw_camera_start(&rig.camera, rig.now_ms);
}

int rig_setup(void **state)
{
    fake_platform_init(&rig.fake);
    rig.now_ms = 1000;
    rig_power_on();
    return 0;
}

void rig_relay_says(const char *text)
{
    fw_camera_link_text(&rig.camera, text, strlen(text), true, rig.now_ms);
}

void rig_scan(void)
{
    assert_int_equal(fw_camera_code(&rig.camera, RIG_CODE, strlen(RIG_CODE), rig.now_ms), PROV_OK);
}

void rig_posted(unsigned status, const char *body)
{
    rig.fake.posting = false;
    struct fw_link_answer a = {.status = status, .body = body, .len = strlen(body)};
    fw_camera_posted(&rig.camera, &a, rig.now_ms);
}

void rig_closed(unsigned close_code, unsigned http_status)
{
    rig.fake.open = false;
    fw_camera_link_closed(
        &rig.camera, &(struct fw_link_end){.http_status = http_status, .close_code = close_code}, rig.now_ms);
}

void rig_pass(int64_t limit_ms)
{
    int64_t at_ms = fw_camera_deadline_ms(&rig.camera);
    rig.now_ms = at_ms < rig.now_ms + limit_ms ? at_ms : rig.now_ms + limit_ms;
    fw_camera_tick(&rig.camera, rig.now_ms);
}

void rig_come_online(void)
{
    rig_scan();
    fw_camera_joined(&rig.camera, "10.0.0.9", rig.now_ms);
    rig_posted(200, RIG_ANSWER);
    fw_camera_link_open(&rig.camera, rig.now_ms);
    rig_relay_says(RIG_REGISTERED);
    assert_int_equal(rig.camera.machine.state, FW_ONLINE);
}
