/* How a camera comes online and stays there: SCAN → JOIN → ACTIVATE → CONNECT → ONLINE. Events in, actions
 * out; it holds no data but its own flags, does nothing itself and takes time as an argument, so it can be
 * walked by a table.
 *
 *   state     leaves on                                               when that does not come
 *   SCAN      a code was read                                         waits: only a person can help
 *   JOIN      the network gave an address                             20 s, then again after a backoff; a
 * network that never worked: wrong password twice, none of that name three times → SCAN ACTIVATE  the service
 * gave a key; refused: CONNECT with the old   15 s, then again; activate_limit_ms in all → SCAN key, SCAN
 * without one CONNECT   the relay said "registered"; key dead → SCAN            15 s, then again after a
 * backoff ONLINE    the link ended, goaway, network lost, key dead          (the port ends a silent link)
 *
 * A network or a key that once worked is never given up because of a failure, only by the service's word. */
#ifndef CORE_MACHINE_H
#define CORE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/backoff.h"
#include "core/pace.h" /* FW_NEVER */
#include "platform/wifi.h"

enum {
    FW_JOIN_TRY_MS = 20000,
    FW_ACTIVATE_TRY_MS = 15000,
    FW_CONNECT_TRY_MS = 15000,
    FW_STABLE_MS = 60000, /* online so long: the backoff begins anew */
    FW_WRONG_PASSWORDS = 2,
    FW_NO_NETWORKS = 3,
    FW_UNAUTHORIZED = 3, /* upgrades refused with 401 in a row that mean a dead key */
};

enum fw_state { FW_SCAN, FW_JOIN, FW_ACTIVATE, FW_CONNECT, FW_ONLINE, FW_STATES };

enum fw_event_kind {
    FW_EV_BOOT,    /* wifi, token, key: what is kept */
    FW_EV_SCANNED, /* token: whether the code has one. Any state */
    FW_EV_JOINED,
    FW_EV_JOIN_FAILED, /* join */
    FW_EV_WIFI_LOST,
    FW_EV_ACTIVATED,
    FW_EV_REFUSED,         /* the service's last word on this token */
    FW_EV_ACTIVATE_FAILED, /* no answer, 429, 5xx; wait_ms: at least */
    FW_EV_LINK_OPEN,
    FW_EV_REGISTERED,
    FW_EV_LINK_CLOSED, /* end */
    FW_EV_GOAWAY,      /* wait_ms: exactly; 0 = not said */
    FW_EV_RESTART,
    FW_EV_TICK, /* the deadline may have passed */
    FW_EVENTS
};

enum fw_machine_end {
    FW_END_LOST,
    FW_END_UNAUTHORIZED, /* the upgrade was answered with 401 */
    FW_END_REVOKED,      /* closed 4401 or 4410 */
    FW_END_REPLACED,     /* closed 4409: another holds our key; do not fight for it */
};

struct fw_event {
    enum fw_event_kind kind;
    bool wifi, token, key;
    enum fw_join_failure join;
    enum fw_machine_end end;
    uint32_t wait_ms;
};

enum fw_action {
    FW_DO_SCAN,
    FW_DO_SCAN_STOP,
    FW_DO_JOIN,
    FW_DO_ACTIVATE,
    FW_DO_ACTIVATE_CANCEL,
    FW_DO_OPEN,
    FW_DO_REGISTER,
    FW_DO_CLOSE,
    FW_DO_GO_ONLINE,
    FW_DO_GO_OFFLINE,
    FW_DO_FORGET_TOKEN,
    FW_DO_FORGET_KEY,
};

enum { FW_ACTIONS_MAX = 5 };

/* To be done in this order. */
struct fw_actions {
    unsigned n;
    enum fw_action list[FW_ACTIONS_MAX];
};

struct fw_machine {
    enum fw_state state;
    bool waiting;        /* for the backoff before the state's next try */
    int64_t deadline_ms; /* FW_NEVER: none */
    bool wifi, token, key;
    bool proven; /* this network worked once */
    unsigned wrong_passwords, no_networks, unauthorized;
    int64_t activate_since_ms;
    uint32_t activate_limit_ms; /* 0: try for ever */
    struct fw_backoff backoff;
    uint32_t random;
};

/* In SCAN, nothing begun: the first event is BOOT. seed: any, unpredictable. */
void fw_machine_init(struct fw_machine *m, uint32_t activate_limit_ms, uint32_t seed);
/* Events that do not fit the state are ignored: a late answer changes nothing. */
struct fw_actions fw_machine_step(struct fw_machine *m, const struct fw_event *e, int64_t now_ms);
const char *fw_machine_state_name(enum fw_state s);

#endif
