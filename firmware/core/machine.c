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
    if (m->state == FW_ONLINE)
        act(s, FW_DO_GO_OFFLINE); /* after CLOSE: the link may hold a frame until then */
}

/* Begins a try of this state. */
static void enter(struct step *s, enum fw_state state)
{
    static const struct {
        enum fw_action action;
        int64_t try_ms;
    } begin[FW_STATES] = {
        [FW_SCAN] = {FW_DO_SCAN, 0},
        [FW_JOIN] = {FW_DO_JOIN, FW_JOIN_TRY_MS},
        [FW_ACTIVATE] = {FW_DO_ACTIVATE, FW_ACTIVATE_TRY_MS},
        [FW_CONNECT] = {FW_DO_OPEN, FW_CONNECT_TRY_MS},
        [FW_ONLINE] = {FW_DO_GO_ONLINE, FW_STABLE_MS},
    };
    s->m->state = state;
    s->m->waiting = false;
    s->m->deadline_ms = begin[state].try_ms ? s->now_ms + begin[state].try_ms : FW_NEVER;
    act(s, begin[state].action);
}

static void retry(struct step *s, enum fw_state state, uint32_t at_least_ms)
{
    uint32_t wait_ms = fw_backoff_next(&s->m->backoff, draw(s->m));
    s->m->state = state;
    s->m->waiting = true;
    s->m->deadline_ms = s->now_ms + (wait_ms > at_least_ms ? wait_ms : at_least_ms);
}

/* Where to go with what there is: a code to scan first, else join. */
static void begin(struct step *s)
{
    struct fw_machine *m = s->m;
    m->wrong_passwords = m->no_networks = m->unauthorized = 0;
    enter(s, m->wifi && (m->token || m->key) ? FW_JOIN : FW_SCAN);
}

static void on_joined(struct step *s)
{
    struct fw_machine *m = s->m;
    m->proven = true;
    m->wrong_passwords = m->no_networks = 0;
    m->activate_since_ms = s->now_ms;
    enter(s, m->token ? FW_ACTIVATE : FW_CONNECT);
}

static void on_join_failed(struct step *s, enum fw_join_failure why)
{
    struct fw_machine *m = s->m;
    m->wrong_passwords += why == FW_JOIN_WRONG_PASSWORD;
    m->no_networks += why == FW_JOIN_NO_NETWORK;
    if (!m->proven && (m->wrong_passwords >= FW_WRONG_PASSWORDS || m->no_networks >= FW_NO_NETWORKS))
        enter(s, FW_SCAN);
    else
        retry(s, FW_JOIN, 0);
}

static void on_activate_failed(struct step *s, uint32_t wait_ms)
{
    struct fw_machine *m = s->m;
    if (m->activate_limit_ms && s->now_ms - m->activate_since_ms >= m->activate_limit_ms)
        enter(s, FW_SCAN);
    else
        retry(s, FW_ACTIVATE, wait_ms);
}

static void on_token_done(struct step *s, bool key)
{
    struct fw_machine *m = s->m;
    m->token = false;
    m->key = m->key || key;
    act(s, FW_DO_FORGET_TOKEN);
    enter(s, m->key ? FW_CONNECT : FW_SCAN);
}

static void on_closed(struct step *s, enum fw_machine_end end)
{
    struct fw_machine *m = s->m;
    if (m->state == FW_ONLINE)
        act(s, FW_DO_GO_OFFLINE);
    if (end == FW_END_UNAUTHORIZED && ++m->unauthorized >= FW_UNAUTHORIZED)
        end = FW_END_REVOKED;
    if (end == FW_END_REVOKED) {
        m->key = false;
        act(s, FW_DO_FORGET_KEY);
        enter(s, FW_SCAN);
        return;
    }
    if (end == FW_END_REPLACED)
        fw_backoff_saturate(&m->backoff);
    retry(s, FW_CONNECT, 0);
}

static void on_goaway(struct step *s, uint32_t wait_ms)
{
    leave(s);
    retry(s, FW_CONNECT, 0);
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
    case FW_JOIN:
        on_join_failed(s, FW_JOIN_OTHER);
        break;
    case FW_ACTIVATE:
        act(s, FW_DO_ACTIVATE_CANCEL);
        on_activate_failed(s, 0);
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

void fw_machine_init(struct fw_machine *m, uint32_t activate_limit_ms, uint32_t seed)
{
    *m = (struct fw_machine){.state = FW_SCAN,
                             .waiting = true, /* nothing begun that would have to be ended */
                             .deadline_ms = FW_NEVER,
                             .activate_limit_ms = activate_limit_ms,
                             .random = seed ? seed : 1}; /* xorshift never leaves 0 */
}

/* Events that count in any state. False: it is none of them. */
static bool step_anywhere(struct step *s, const struct fw_event *e)
{
    struct fw_machine *m = s->m;
    switch (e->kind) {
    case FW_EV_BOOT:
        leave(s);
        m->wifi = e->wifi;
        m->token = e->token;
        m->key = e->key;
        m->proven = e->key;
        begin(s);
        return true;
    case FW_EV_SCANNED:
        leave(s);
        m->wifi = true;
        m->token = e->token;
        m->proven = false;
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
    else if ((e->kind == FW_EV_ACTIVATED || e->kind == FW_EV_REFUSED) && m->state == FW_ACTIVATE)
        on_token_done(&s, e->kind == FW_EV_ACTIVATED);
    else if (e->kind == FW_EV_ACTIVATE_FAILED && m->state == FW_ACTIVATE)
        on_activate_failed(&s, e->wait_ms);
    else if (e->kind == FW_EV_LINK_OPEN && m->state == FW_CONNECT)
        act(&s, FW_DO_REGISTER);
    else if (e->kind == FW_EV_REGISTERED && m->state == FW_CONNECT) {
        m->unauthorized = 0;
        enter(&s, FW_ONLINE);
    } else if (e->kind == FW_EV_LINK_CLOSED && linked)
        on_closed(&s, e->end);
    else if (e->kind == FW_EV_GOAWAY && linked)
        on_goaway(&s, e->wait_ms);
    return s.out;
}

const char *fw_machine_state_name(enum fw_state s)
{
    static const char *const names[FW_STATES] = {"scan", "join", "activate", "connect", "online"};
    return names[s];
}
