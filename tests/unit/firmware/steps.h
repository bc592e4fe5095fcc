/* The machine alone, walked step by step. */
#ifndef TESTS_UNIT_FIRMWARE_STEPS_H
#define TESTS_UNIT_FIRMWARE_STEPS_H

#include "core/machine.h"

/* At 0, with this kept. */
struct fw_machine steps_booted(bool wifi, bool token, unsigned keys);
/* ONLINE since now_ms, by a key. */
struct fw_machine steps_online(int64_t now_ms);
struct fw_actions steps_on(struct fw_machine *m, struct fw_event e, int64_t now_ms);
/* Waits out the present deadline. */
struct fw_actions steps_pass(struct fw_machine *m, int64_t *now_ms);
bool steps_has(struct fw_actions a, enum fw_action want);

#endif
