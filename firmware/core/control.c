#include "core/control.h"

#include <stdio.h>
#include <string.h>

static const char INVALID[] = "invalid", UNSUPPORTED[] = "unsupported";

static const struct {
    const char *name;
    int16_t least, most;
} sensors[] = {
    {"brightness", -2, 2}, {"contrast", -2, 2}, {"saturation", -2, 2},  {"special_effect", 0, 6},
    {"wb_mode", 0, 4},     {"ae_level", -2, 2}, {"aec_value", 0, 1200}, {"agc_gain", 0, 30},
    {"gainceiling", 0, 6}, {"whitebal", 0, 1},  {"awb_gain", 0, 1},     {"exposure_ctrl", 0, 1},
    {"aec2", 0, 1},        {"gain_ctrl", 0, 1}, {"bpc", 0, 1},          {"wpc", 0, 1},
    {"raw_gma", 0, 1},     {"lenc", 0, 1},      {"hmirror", 0, 1},      {"vflip", 0, 1},
    {"dcw", 0, 1},         {"colorbar", 0, 1},
};
_Static_assert(sizeof sensors / sizeof *sensors == FW_CONTROL_SENSORS, "one value for each sensor");

void fw_control_init(struct fw_control *c, const struct fw_size *size, uint8_t quality, bool adjustable)
{
    *c = (struct fw_control){
        .actuators = {.x = 90, .y = 90}, .size = size, .quality = quality, .adjustable = adjustable};
}

static bool int_arg(struct prov_json args, const char *name, int64_t least, int64_t most, int64_t *out)
{
    struct prov_json v;
    return prov_json_member(args, name, &v) && prov_json_int(v, least, most, out);
}

static bool word_arg(struct prov_json args, const char *name, char *out, size_t cap)
{
    struct prov_json v;
    return prov_json_member(args, name, &v) && prov_json_string(v, out, cap) == PROV_OK;
}

static uint8_t stepped(uint8_t degrees, int by)
{
    int to = degrees + by;
    return (uint8_t)(to < 0 ? 0 : to > 180 ? 180 : to);
}

static void tell_position(const struct fw_control *c, struct fw_control_answer *out)
{
    (void)snprintf(out->result, sizeof out->result, "{\"x\":%u,\"y\":%u}", (unsigned)c->actuators.x,
                   (unsigned)c->actuators.y);
}

static void do_servo(struct fw_control *c, struct prov_json args, struct fw_control_answer *out)
{
    char way[8];
    int dx = 0, dy = 0;
    if (!word_arg(args, "direction", way, sizeof way)) {
        out->error = INVALID;
        return;
    }
    if (strcmp(way, "center") == 0)
        c->actuators.x = c->actuators.y = 90;
    else if (strcmp(way, "up") == 0)
        dy = FW_CONTROL_SERVO_STEP;
    else if (strcmp(way, "down") == 0)
        dy = -FW_CONTROL_SERVO_STEP;
    else if (strcmp(way, "right") == 0)
        dx = FW_CONTROL_SERVO_STEP;
    else if (strcmp(way, "left") == 0)
        dx = -FW_CONTROL_SERVO_STEP;
    else {
        out->error = INVALID;
        return;
    }
    c->actuators.x = stepped(c->actuators.x, dx);
    c->actuators.y = stepped(c->actuators.y, dy);
    out->changed = FW_CHANGED_POSITION;
    tell_position(c, out);
}

static void do_position(struct fw_control *c, struct prov_json args, struct fw_control_answer *out)
{
    int64_t x, y;
    if (!int_arg(args, "x", 0, 180, &x) || !int_arg(args, "y", 0, 180, &y)) {
        out->error = INVALID;
        return;
    }
    c->actuators.x = (uint8_t)x;
    c->actuators.y = (uint8_t)y;
    out->changed = FW_CHANGED_POSITION;
    tell_position(c, out);
}

static void do_get_position(struct fw_control *c, struct prov_json args, struct fw_control_answer *out)
{
    tell_position(c, out);
}

static void do_light(struct fw_control *c, struct prov_json args, struct fw_control_answer *out)
{
    struct prov_json v;
    if (!prov_json_member(args, "on", &v) || !prov_json_bool(v, &c->actuators.light))
        out->error = INVALID;
    else
        out->changed = FW_CHANGED_LAMP;
}

static void do_flash(struct fw_control *c, struct prov_json args, struct fw_control_answer *out)
{
    int64_t n;
    if (!int_arg(args, "value", 0, 255, &n)) {
        out->error = INVALID;
        return;
    }
    c->actuators.flash = (uint8_t)n;
    out->changed = FW_CHANGED_LAMP;
}

static void do_resolution(struct fw_control *c, struct prov_json args, struct fw_control_answer *out)
{
    char name[FW_RELAY_WORD_MAX];
    const struct fw_size *size = word_arg(args, "size", name, sizeof name) ? fw_size_by_name(name) : NULL;
    if (!size) {
        out->error = INVALID;
        return;
    }
    c->size = size;
    out->changed = FW_CHANGED_PICTURE;
}

static void do_quality(struct fw_control *c, struct prov_json args, struct fw_control_answer *out)
{
    int64_t n;
    if (!int_arg(args, "value", 4, 63, &n)) {
        out->error = INVALID;
        return;
    }
    c->quality = (uint8_t)n;
    out->changed = FW_CHANGED_PICTURE;
}

static void do_fps(struct fw_control *c, struct prov_json args, struct fw_control_answer *out)
{
    int64_t n;
    if (!int_arg(args, "value", 1, 60, &n)) {
        out->error = INVALID;
        return;
    }
    c->fps_cap_milli = (uint32_t)n * 1000;
    out->changed = FW_CHANGED_RATE;
}

static int sensor_index(const char *name)
{
    for (int i = 0; i < FW_CONTROL_SENSORS; i++)
        if (strcmp(sensors[i].name, name) == 0)
            return i;
    return -1;
}

/* All members or none. False: one is unknown or out of its range. */
static bool set_sensor(struct fw_control *c, struct prov_json members)
{
    int16_t next[FW_CONTROL_SENSORS];
    memcpy(next, c->sensor, sizeof next);
    char name[PROV_JSON_NAME_MAX];
    struct prov_json v;
    for (size_t at = 0; prov_json_next(members, &at, name, &v);) {
        int i = sensor_index(name);
        int64_t n;
        if (i < 0 || !prov_json_int(v, sensors[i].least, sensors[i].most, &n))
            return false;
        next[i] = (int16_t)n;
    }
    memcpy(c->sensor, next, sizeof next);
    return true;
}

static void do_sensor(struct fw_control *c, struct prov_json args, struct fw_control_answer *out)
{
    if (!prov_json_is_object(args) || !set_sensor(c, args))
        out->error = INVALID;
}

static void do_restart(struct fw_control *c, struct prov_json args, struct fw_control_answer *out)
{
    out->changed = FW_CHANGED_RESTART;
}

void fw_control_command(struct fw_control *c, const char *name, struct prov_json args,
                        struct fw_control_answer *out)
{
    static const struct {
        const char *name;
        void (*run)(struct fw_control *, struct prov_json, struct fw_control_answer *);
        bool picture; /* needs a source that can be adjusted */
    } commands[] = {
        {"servo", do_servo, false},
        {"position", do_position, false},
        {"get_position", do_get_position, false},
        {"light", do_light, false},
        {"flash", do_flash, false},
        {"resolution", do_resolution, true},
        {"quality", do_quality, true},
        {"fps", do_fps, false},
        {"sensor", do_sensor, true},
        {"restart", do_restart, false},
    };
    *out = (struct fw_control_answer){.error = UNSUPPORTED};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(commands[i].name, name) != 0)
            continue;
        if (commands[i].picture && !c->adjustable)
            return;
        out->error = NULL;
        commands[i].run(c, args, out);
        return;
    }
}

unsigned fw_control_picture(struct fw_control *c, const struct fw_relay_wish *wish)
{
    const struct fw_size *size = wish->size ? wish->size : c->size;
    uint8_t quality = wish->quality ? wish->quality : c->quality;
    if (!c->adjustable || (size == c->size && quality == c->quality))
        return 0;
    c->size = size;
    c->quality = quality;
    return FW_CHANGED_PICTURE;
}

unsigned fw_control_settings(struct fw_control *c, const struct fw_relay_wish *wish)
{
    unsigned changed = fw_control_picture(c, wish);
    if (wish->fps_milli && wish->fps_milli != c->fps_cap_milli) {
        c->fps_cap_milli = wish->fps_milli;
        changed |= FW_CHANGED_RATE;
    }
    if (wish->paused >= 0 && c->paused != (wish->paused != 0)) {
        c->paused = wish->paused != 0;
        changed |= FW_CHANGED_PAUSE;
    }
    if (wish->sensor.len && c->adjustable)
        (void)set_sensor(c, wish->sensor);
    return changed;
}
