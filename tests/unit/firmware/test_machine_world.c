/* The machine in every state that it can come to, and through a day of a bad network. */
#include <stdlib.h>

#include "steps.h"
#include "support/check.h"

/* ---- every way it can stand, and that there is a way on from each ---- */

static const struct fw_event all[] = {
    {.kind = FW_EV_SCANNED, .use = {.wifi = true, .token = true}},
    {.kind = FW_EV_SCANNED, .use = {.wifi = true, .token = true}, .spare = {.wifi = true, .keys = 1}},
    {.kind = FW_EV_SCANNED, .use = {true, false, 1}, .spare = {true, false, 1}, .shared = true},
    {.kind = FW_EV_SCANNED, .use = {true, false, 2}, .spare = {true, true, 3}, .shared = true},
    {.kind = FW_EV_SCANNED, .use = {.wifi = true, .token = true}, .spare = {true, true, 2}},
    {.kind = FW_EV_SCANNED, .use = {.wifi = true, .token = true}, .spare = {true, true, 0}},
    {.kind = FW_EV_JOINED},
    {.kind = FW_EV_JOIN_FAILED},
    {.kind = FW_EV_JOIN_FAILED, .join = FW_JOIN_WRONG_PASSWORD},
    {.kind = FW_EV_JOIN_FAILED, .join = FW_JOIN_NO_NETWORK},
    {.kind = FW_EV_WIFI_LOST},
    {.kind = FW_EV_ACTIVATED},
    {.kind = FW_EV_REFUSED},
    {.kind = FW_EV_ACTIVATE_FAILED, .wait_ms = 1000},
    {.kind = FW_EV_LINK_OPEN},
    {.kind = FW_EV_REGISTERED},
    {.kind = FW_EV_LINK_CLOSED},
    {.kind = FW_EV_LINK_CLOSED, .end = FW_END_UNAUTHORIZED},
    {.kind = FW_EV_LINK_CLOSED, .end = FW_END_REVOKED},
    {.kind = FW_EV_LINK_CLOSED, .end = FW_END_REPLACED},
    {.kind = FW_EV_GOAWAY, .wait_ms = 500},
    {.kind = FW_EV_RESTART},
    {.kind = FW_EV_TICK},
};

enum { ALL = sizeof all / sizeof *all, KEYS = 1 << 22, FOUND_MAX = 1 << 16 };

static unsigned most3(unsigned n)
{
    return n < 3 ? n : 3;
}

static unsigned way_key(const struct fw_way *w)
{
    return (unsigned)w->wifi | (unsigned)w->token << 1 | w->keys << 2;
}

/* What of a machine decides where it can go; times and counts of the backoff do not. */
static unsigned key_of(const struct fw_machine *m)
{
    return (unsigned)m->state | (unsigned)m->waiting << 3 | way_key(&m->use) << 4 | way_key(&m->spare) << 8 |
           (unsigned)m->shared << 12 | (unsigned)m->swapped << 13 | most3(m->wrong_passwords) << 14 |
           most3(m->no_networks) << 16 | most3(m->joins_failed) << 18 | most3(m->unauthorized) << 20;
}

/* The machine after an event that comes early or, late, when it has tried for long enough. */
static struct fw_machine after(struct fw_machine m, const struct fw_event *e, bool late)
{
    int64_t now = late ? FW_GIVE_UP_MS : 0;
    m.deadline_ms = m.deadline_ms == FW_NEVER ? FW_NEVER : now;
    m.since_ms = 0;
    (void)fw_machine_step(&m, e, now);
    return m;
}

static struct fw_machine found[FOUND_MAX];
static bool seen[KEYS], good[KEYS];
static unsigned count;

static void find(struct fw_machine m)
{
    /* Whoever tries or waits has a deadline; only a person ends SCAN with nothing to try, an event ONLINE. */
    assert_true(m.deadline_ms != FW_NEVER || fw_machine_needs_code(&m) || m.state == FW_ONLINE);
    if (seen[key_of(&m)])
        return;
    seen[key_of(&m)] = true;
    assert_true(count < FOUND_MAX);
    found[count++] = m;
}

static bool reaches(const struct fw_machine *m)
{
    if (m->state == FW_ONLINE)
        return true;
    for (unsigned e = 0; e < 2 * ALL; e++) {
        struct fw_machine next = after(*m, &all[e / 2], e % 2);
        if (good[key_of(&next)])
            return true;
    }
    return false;
}

static void test_no_state_without_exit(void **state)
{
    for (unsigned kept = 0; kept < 16; kept++)
        find(steps_booted(kept & 1, kept & 2, kept >> 2));
    for (unsigned i = 0; i < count; i++)
        for (unsigned e = 0; e < 2 * ALL; e++)
            find(after(found[i], &all[e / 2], e % 2));
    assert_true(count > 200);
    for (bool more = true; more;) { /* ONLINE can be reached from everywhere */
        more = false;
        for (unsigned i = 0; i < count; i++)
            if (!good[key_of(&found[i])] && reaches(&found[i]))
                good[key_of(&found[i])] = more = true;
    }
    for (unsigned i = 0; i < count; i++)
        if (!good[key_of(&found[i])])
            fail_msg("stuck in %s, waiting %d", fw_machine_state_name(found[i].state), found[i].waiting);
}

/* ---- a day of a bad network ---- */

struct world {
    int64_t now_ms, wifi_flips_ms;
    bool wifi, token_good;
    unsigned joins, opens, onlines;
};

/* The network is up and down for random spells of up to half an hour; the service answers when the network is
 * up. */
static void answer(struct world *w, struct fw_machine *m, struct fw_actions a)
{
    for (unsigned i = 0; i < a.n; i++) {
        struct fw_event e = {.kind = FW_EVENTS};
        switch (a.list[i]) {
        case FW_DO_JOIN:
            w->joins++;
            e.kind = w->wifi ? FW_EV_JOINED : FW_EV_JOIN_FAILED;
            break;
        case FW_DO_ACTIVATE:
            e.kind = w->wifi && random() % 2 ? FW_EV_ACTIVATED : FW_EV_ACTIVATE_FAILED;
            break;
        case FW_DO_OPEN:
            w->opens++;
            e.kind = w->wifi && random() % 4 ? FW_EV_REGISTERED : FW_EV_LINK_CLOSED;
            break;
        case FW_DO_GO_ONLINE:
            w->onlines++;
            break;
        default:
            break;
        }
        if (e.kind != FW_EVENTS)
            answer(w, m, steps_on(m, e, w->now_ms));
    }
}

static void test_a_day_of_flapping_wifi(void **state)
{
    srandom(3);
    struct world w = {.wifi = true};
    struct fw_machine m;
    int64_t day_ms = 24 * 3600 * 1000, online_ms = 0, could_ms = 0;
    fw_machine_init(&m, 77);
    answer(&w, &m,
           steps_on(&m, (struct fw_event){.kind = FW_EV_BOOT, .use = {.wifi = true, .token = true}}, 0));
    while (w.now_ms < day_ms) {
        int64_t next = m.deadline_ms < w.wifi_flips_ms ? m.deadline_ms : w.wifi_flips_ms;
        next = next > w.now_ms ? next : w.now_ms;
        online_ms += m.state == FW_ONLINE ? next - w.now_ms : 0;
        could_ms += w.wifi ? next - w.now_ms : 0;
        w.now_ms = next;
        if (next == w.wifi_flips_ms) {
            w.wifi = !w.wifi;
            w.wifi_flips_ms = w.now_ms + 1000 + random() % (30 * 60 * 1000);
            if (!w.wifi)
                answer(&w, &m, steps_on(&m, (struct fw_event){.kind = FW_EV_WIFI_LOST}, w.now_ms));
        } else {
            answer(&w, &m, steps_on(&m, (struct fw_event){.kind = FW_EV_TICK}, w.now_ms));
        }
        assert_false(fw_machine_needs_code(&m)); /* never because of the network */
    }
    assert_true(w.onlines > 20);
    assert_true(online_ms > could_ms * 9 / 10);      /* it is back soon after the network is */
    assert_true(w.joins + w.opens < 24 * 3600 / 20); /* and does not hammer while it is away */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_state_without_exit),
        cmocka_unit_test(test_a_day_of_flapping_wifi),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
