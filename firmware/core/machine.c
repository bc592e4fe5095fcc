#include "core/machine.h"

#include <assert.h>

struct step {
    struct fw_machine *m;
    int64_t now_ms;
    struct fw_actions out;
};

static void act(struct step *s, enum fw_action a)
{
    assert(s->out.n < FW_ACTIONS_MAX);
    s->out.list[s->out.n++] = a;
}

/* xorshift32 (Marsaglia 2003): spreads retries; secrets never come from here. */
static uint32_t draw(struct fw_machine *m)
{
    m->random ^= m->random << 13;
    m->random ^= m->random >> 17;
    m->random ^= m->random << 5;
    return m->random;
}

/* Ends what the present state has begun. */
static void leave(struct step *s)
{
    struct fw_machine *m = s->m;
    if (m->waiting)
        return;
    if (m->state == FW_SCAN)
        act(s, FW_DO_SCAN_STOP);
    else if (m->state == FW_ACTIVATE)
        act(s, FW_DO_ACTIVATE_CANCEL);
    else if (m->state == FW_CONNECT || m->state == FW_ONLINE)
        act(s, FW_DO_CLOSE);
    if (m->state == FW_ONLINE) {
        act(s, FW_DO_GO_OFFLINE); /* after CLOSE: the link may hold a frame until then */
        m->since_ms = s->now_ms;
    }
}

static bool can_try(const struct fw_way *w)
{
    return w->wifi && (w->token || w->keys);
}

/* Begins a try of this state. */
static void enter(struct step *s, enum fw_state state)
{
    static const struct {
        enum fw_action action;
        int64_t try_ms;
    } begin[FW_STATES] = {
        [FW_SCAN] = {FW_DO_SCAN, FW_LOOK_MS},
        [FW_JOIN] = {FW_DO_JOIN, FW_JOIN_TRY_MS},
        [FW_ACTIVATE] = {FW_DO_ACTIVATE, FW_ACTIVATE_TRY_MS},
        [FW_CONNECT] = {FW_DO_OPEN, FW_CONNECT_TRY_MS},
        [FW_ONLINE] = {FW_DO_GO_ONLINE, FW_STABLE_MS},
    };
    struct fw_machine *m = s->m;
    m->state = state;
    m->waiting = false;
    m->deadline_ms = s->now_ms + begin[state].try_ms;
    if (state == FW_SCAN) {
        m->swapped = false;
        if (!can_try(&m->use))
            m->deadline_ms = FW_NEVER;
    }
    act(s, begin[state].action);
}

/* The way in use begins its turn. */
static void begin(struct step *s)
{
    struct fw_machine *m = s->m;
    m->wrong_passwords = m->no_networks = m->joins_failed = m->unauthorized = 0;
    m->since_ms = s->now_ms;
    enter(s, can_try(&m->use) ? FW_JOIN : FW_SCAN);
}

/* The way in use leads nowhere: the spare's turn, then a look for another code. */
static void give_up(struct step *s)
{
    struct fw_machine *m = s->m;
    if (!can_try(&m->spare) || (m->swapped && can_try(&m->use))) {
        enter(s, FW_SCAN);
        return;
    }
    struct fw_way use = m->spare;
    m->spare = m->use;
    m->use = use;
    m->swapped = true;
    act(s, FW_DO_SWAP);
    begin(s);
}

static void wait(struct step *s, enum fw_state state, uint32_t at_least_ms)
{
    uint32_t wait_ms = fw_backoff_next(&s->m->backoff, draw(s->m));
    s->m->state = state;
    s->m->waiting = true;
    s->m->deadline_ms = s->now_ms + (wait_ms > at_least_ms ? wait_ms : at_least_ms);
}

/* A try failed. */
static void retry(struct step *s, enum fw_state state, uint32_t at_least_ms)
{
    if (s->now_ms - s->m->since_ms >= FW_GIVE_UP_MS)
        give_up(s);
    else
        wait(s, state, at_least_ms);
}

/* On the network: to the relay, or for a key first. */
static void reach(struct step *s)
{
    enter(s, s->m->use.keys ? FW_CONNECT : FW_ACTIVATE);
}

static void on_joined(struct step *s)
{
    struct fw_machine *m = s->m;
    m->wrong_passwords = m->no_networks = m->joins_failed = 0;
    reach(s);
}

static void on_join_failed(struct step *s, enum fw_join_failure why)
{
    struct fw_machine *m = s->m;
    m->wrong_passwords += why == FW_JOIN_WRONG_PASSWORD;
    m->no_networks += why == FW_JOIN_NO_NETWORK;
    m->joins_failed++;
    if (m->wrong_passwords >= FW_WRONG_PASSWORDS || m->no_networks >= FW_NO_NETWORKS ||
        (can_try(&m->spare) && m->joins_failed >= FW_SPARE_JOINS))
        give_up(s);
    else
        retry(s, FW_JOIN, 0);
}

static void on_activated(struct step *s)
{
    s->m->use.keys = 1;
    s->m->shared = false;
    enter(s, FW_CONNECT);
}

static void on_refused(struct step *s)
{
    struct fw_machine *m = s->m;
    m->use.token = false;
    act(s, FW_DO_FORGET_TOKEN);
    if (!m->use.keys && m->spare.keys) {
        m->use.keys = m->spare.keys; /* the new network may do for the key there is */
        m->shared = true;
    }
    if (m->use.keys)
        enter(s, FW_CONNECT);
    else
        give_up(s);
}

static void on_registered(struct step *s)
{
    struct fw_machine *m = s->m;
    m->use = (struct fw_way){.wifi = true, .keys = 1};
    m->spare = (struct fw_way){0};
    m->shared = m->swapped = false;
    m->unauthorized = 0;
    act(s, FW_DO_SETTLE);
    enter(s, FW_ONLINE);
}

static void on_revoked(struct step *s)
{
    struct fw_machine *m = s->m;
    m->use.keys--;
    m->spare.keys -= m->shared;
    m->shared = m->shared && m->use.keys && m->spare.keys;
    m->unauthorized = 0;
    act(s, FW_DO_FORGET_KEY);
    if (!can_try(&m->use) || s->now_ms - m->since_ms >= FW_GIVE_UP_MS)
        give_up(s);
    else
        reach(s);
}

static void on_closed(struct step *s, enum fw_machine_end end)
{
    struct fw_machine *m = s->m;
    if (m->state == FW_ONLINE) {
        m->since_ms = s->now_ms;
        act(s, FW_DO_GO_OFFLINE);
    }
    if (end == FW_END_UNAUTHORIZED && ++m->unauthorized >= FW_UNAUTHORIZED)
        end = FW_END_REVOKED;
    if (end == FW_END_REVOKED) {
        on_revoked(s);
        return;
    }
    if (end == FW_END_REPLACED)
        fw_backoff_saturate(&m->backoff);
    retry(s, FW_CONNECT, 0);
}

static void on_goaway(struct step *s, uint32_t wait_ms)
{
    leave(s);
    wait(s, FW_CONNECT, 0);
    if (wait_ms) {
        s->m->deadline_ms = s->now_ms + wait_ms;
        fw_backoff_reset(&s->m->backoff); /* nothing failed: it was asked for */
    }
}

static void on_deadline(struct step *s)
{
    struct fw_machine *m = s->m;
    if (m->waiting) {
        enter(s, m->state);
        return;
    }
    switch (m->state) {
    case FW_SCAN:
        leave(s);
        enter(s, FW_JOIN);
        break;
    case FW_JOIN:
        on_join_failed(s, FW_JOIN_OTHER);
        break;
    case FW_ACTIVATE:
        act(s, FW_DO_ACTIVATE_CANCEL);
        retry(s, FW_ACTIVATE, 0);
        break;
    case FW_CONNECT:
        act(s, FW_DO_CLOSE);
        retry(s, FW_CONNECT, 0);
        break;
    default: /* ONLINE for long enough */
        fw_backoff_reset(&m->backoff);
        m->deadline_ms = FW_NEVER;
        break;
    }
}

void fw_machine_init(struct fw_machine *m, uint32_t seed)
{
    *m = (struct fw_machine){.state = FW_SCAN,
                             .waiting = true, /* nothing begun that would have to be ended */
                             .deadline_ms = FW_NEVER,
                             .random = seed ? seed : 1}; /* xorshift never leaves 0 */
}

/* Events that count in any state. False: it is none of them. */
static bool step_anywhere(struct step *s, const struct fw_event *e)
{
    struct fw_machine *m = s->m;
    switch (e->kind) {
    case FW_EV_BOOT:
    case FW_EV_SCANNED:
        leave(s);
        m->use = e->use;
        m->spare = e->spare;
        m->shared = e->shared;
        m->swapped = false;
        fw_backoff_reset(&m->backoff);
        begin(s);
        return true;
    case FW_EV_RESTART:
        leave(s);
        begin(s);
        return true;
    case FW_EV_TICK:
        if (s->now_ms >= m->deadline_ms)
            on_deadline(s);
        return true;
    case FW_EV_WIFI_LOST:
        if (m->state == FW_SCAN || m->state == FW_JOIN)
            return true;
        leave(s);
        retry(s, FW_JOIN, 0);
        return true;
    default:
        return false;
    }
}

struct fw_actions fw_machine_step(struct fw_machine *m, const struct fw_event *e, int64_t now_ms)
{
    struct step s = {.m = m, .now_ms = now_ms};
    if (step_anywhere(&s, e) || m->waiting)
        return s.out;
    bool linked = m->state == FW_CONNECT || m->state == FW_ONLINE;
    if (e->kind == FW_EV_JOINED && m->state == FW_JOIN)
        on_joined(&s);
    else if (e->kind == FW_EV_JOIN_FAILED && m->state == FW_JOIN)
        on_join_failed(&s, e->join);
    else if (e->kind == FW_EV_ACTIVATED && m->state == FW_ACTIVATE)
        on_activated(&s);
    else if (e->kind == FW_EV_REFUSED && m->state == FW_ACTIVATE)
        on_refused(&s);
    else if (e->kind == FW_EV_ACTIVATE_FAILED && m->state == FW_ACTIVATE)
        retry(&s, FW_ACTIVATE, e->wait_ms);
    else if (e->kind == FW_EV_LINK_OPEN && m->state == FW_CONNECT)
        act(&s, FW_DO_REGISTER);
    else if (e->kind == FW_EV_REGISTERED && m->state == FW_CONNECT)
        on_registered(&s);
    else if (e->kind == FW_EV_LINK_CLOSED && linked)
        on_closed(&s, e->end);
    else if (e->kind == FW_EV_GOAWAY && linked)
        on_goaway(&s, e->wait_ms);
    return s.out;
}

bool fw_machine_needs_code(const struct fw_machine *m)
{
    return m->state == FW_SCAN && m->deadline_ms == FW_NEVER;
}

const char *fw_machine_state_name(enum fw_state s)
{
    static const char *const names[FW_STATES] = {"scan", "join", "activate", "connect", "online"};
    return names[s];
}
