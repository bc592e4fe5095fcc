/* How a camera comes online and stays there: SCAN → JOIN → ACTIVATE → CONNECT → ONLINE. Events in, actions
 * out; it holds no data but its own flags, does nothing itself and takes time as an argument, so it can be
 * walked by a table.
 *
 *   SCAN      leaves on a code. With something left to try it looks for FW_LOOK_MS only, then tries again
 *   JOIN      leaves on an address; 20 s a try
 *   ACTIVATE  leaves on the service's answer: with the key, or when refused with the key there was;
 *             15 s a try
 *   CONNECT   leaves on "registered" or a dead key; 15 s a try
 *   ONLINE    leaves on the end of the link, goaway, the network's loss, a dead key
 *
 * A try that failed is repeated after a backoff. There are up to two ways to come online (network and token
 * or key): the one in use and a spare, so that a camera shown a new code keeps the old way until the new one
 * has come online. A way that fails for good (wrong password twice, no such network three times, with a spare
 * any three joins) or for FW_GIVE_UP_MS gives place to the spare; when that fails too, the camera looks for
 * another code for a while and tries again, for ever. Only the service's word ends a token or a key. */
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
    FW_SPARE_JOINS = 3, /* failed joins, of any kind, that make a camera with a spare try that */
    FW_GIVE_UP_MS = 600000,
    FW_LOOK_MS = 30000,
    FW_UNAUTHORIZED = 3, /* upgrades refused with 401 in a row that mean a dead key */
};

enum fw_state { FW_SCAN, FW_JOIN, FW_ACTIVATE, FW_CONNECT, FW_ONLINE, FW_STATES };

enum fw_event_kind {
    FW_EV_BOOT,    /* use, spare, shared: what is kept */
    FW_EV_SCANNED, /* the same: what there is now. Any state */
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

/* One way to come online. A token with a key is one whose key has not connected yet: another can be had for
 * it. */
struct fw_way {
    bool wifi, token;
    unsigned keys; /* the first is in use; it gives place to the next when the service says that it is dead */
};

struct fw_event {
    enum fw_event_kind kind;
    struct fw_way use, spare;
    bool shared; /* both have the same first key */
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
    FW_DO_FORGET_TOKEN, /* it was refused; the way in use goes on with its key or the spare's */
    FW_DO_FORGET_KEY,   /* the first of the way in use; of the spare too when it is the same */
    FW_DO_SWAP,         /* the spare is in use now */
    FW_DO_SETTLE,       /* the way in use is the only one from here on */
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
    struct fw_way use, spare;
    bool shared;
    bool swapped; /* the spare's turn has come since the last look for a code */
    unsigned wrong_passwords, no_networks, joins_failed, unauthorized;
    int64_t since_ms; /* the way in use has its turn since then */
    struct fw_backoff backoff;
    uint32_t random;
};

/* In SCAN, nothing begun: the first event is BOOT. seed: any, unpredictable. */
void fw_machine_init(struct fw_machine *m, uint32_t seed);
/* Events that do not fit the state are ignored: a late answer changes nothing. */
struct fw_actions fw_machine_step(struct fw_machine *m, const struct fw_event *e, int64_t now_ms);
/* Nothing is left to try: only a code helps. */
bool fw_machine_needs_code(const struct fw_machine *m);
const char *fw_machine_state_name(enum fw_state s);

#endif
