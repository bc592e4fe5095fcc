#include "steps.h"

#include "support/check.h"

struct fw_machine steps_booted(bool wifi, bool token, unsigned keys)
{
    struct fw_machine m;
    fw_machine_init(&m, 12345);
    (void)fw_machine_step(
        &m, &(struct fw_event){.kind = FW_EV_BOOT, .use = {.wifi = wifi, .token = token, .keys = keys}}, 0);
    return m;
}

struct fw_actions steps_on(struct fw_machine *m, struct fw_event e, int64_t now_ms)
{
    return fw_machine_step(m, &e, now_ms);
}

bool steps_has(struct fw_actions a, enum fw_action want)
{
    for (unsigned i = 0; i < a.n; i++)
        if (a.list[i] == want)
            return true;
    return false;
}

struct fw_actions steps_pass(struct fw_machine *m, int64_t *now_ms)
{
    assert_true(m->deadline_ms != FW_NEVER);
    *now_ms = m->deadline_ms;
    return steps_on(m, (struct fw_event){.kind = FW_EV_TICK}, *now_ms);
}

struct fw_machine steps_online(int64_t now_ms)
{
    struct fw_machine m = steps_booted(true, false, true);
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_JOINED}, now_ms);
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_LINK_OPEN}, now_ms);
    (void)steps_on(&m, (struct fw_event){.kind = FW_EV_REGISTERED}, now_ms);
    assert_int_equal(m.state, FW_ONLINE);
    return m;
}
