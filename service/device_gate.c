#include "device_gate.h"

#include "auth/secret.h"
#include "cameras/known_keys.h"
#include "cameras/progress.h"
#include "core/log.h"
#include "core/mem.h"
#include "provisioning/token.h"

enum { STALE_US = 5000000 };

struct device_key {
    struct id device;
    struct secret_hash hash;
};

static bool read_key(struct span text, struct device_key *out)
{
    char id_text[PROV_ID_LEN + 1];
    if (!prov_device_key_parse(text.p, text.len, id_text) || !id_parse(span_of(id_text), &out->device))
        return false;
    out->hash = secret_hash_of(text);
    return true;
}

uint64_t device_gate_tag(const struct secret_hash *key)
{
    uint64_t tag;
    memcpy(&tag, key->b, sizeof tag);
    return tag;
}

void device_gate_removed(struct device_gate *g, const struct id *device)
{
    known_keys_ended(g->known, device, NULL);
    relay_device_removed(g->relay, device);
}

void device_gate_key_changed(struct device_gate *g, const struct id *device, const struct secret_hash *key,
                             int64_t began_us)
{
    known_keys_ended(g->known, device, key);
    relay_device_key_changed(g->relay, device, device_gate_tag(key), began_us);
}

/* Before the camera hears yes. That may be the end of the key before. */
static enum err connect_first(struct device_gate *g, const struct device_key *key, int64_t began_us)
{
    bool replaced = false;
    int64_t now_ms = clock_wall_ms(g->clock);
    enum err e = g->store->camera_connected(g->store, &key->device, &key->hash, now_ms, &replaced);
    if (e)
        return e;
    if (replaced)
        device_gate_key_changed(g, &key->device, &key->hash, began_us);
    progress_changed(g->progress, &key->device);
    return ERR_OK;
}

/* A key that has connected is remembered; before, another activation may end it and nobody is told. */
static enum err judge(struct device_gate *g, const struct device_key *key, bool connects, int64_t began_us)
{
    struct camera camera;
    uint64_t mark = known_keys_mark(g->known);
    enum err e = g->store->camera_by_key(g->store, &key->device, &key->hash, &camera);
    bool first = !e && (camera.connected_ms == 0 || secret_hash_eq(&camera.next_key, &key->hash));
    if (first && connects)
        e = connect_first(g, key, began_us);
    if (e == ERR_UNAUTHENTICATED)
        known_keys_drop(g->known, &key->device, &key->hash);
    else if (!e && (connects || !first))
        known_keys_put(g->known, &key->device, &key->hash, mark);
    return e;
}

enum err device_gate_judge(struct device_gate *g, struct span text, bool connects, struct relay_grant *out)
{
    struct device_key key;
    int64_t began_us = g->clock->mono_us(g->clock);
    if (!read_key(text, &key))
        return ERR_UNAUTHENTICATED;
    enum err e = judge(g, &key, connects, began_us);
    if (!e)
        *out = (struct relay_grant){.role = RELAY_DEVICE,
                                    .device_id = key.device,
                                    .key = device_gate_tag(&key.hash),
                                    .judged_us = began_us};
    return e;
}

/* ---- on requests ---- */

struct judgement {
    struct device_gate *gate;
    struct device_key key;
    int64_t asked_us;
};

static void run_judgement(void *arg)
{
    struct judgement *j = arg;
    const struct clock *c = j->gate->clock;
    enum err e = ERR_OK;
    if (c->mono_us(c) - j->asked_us <= STALE_US) /* else the store hangs: others wait, the last word counts */
        e = judge(j->gate, &j->key, false, 0);
    if (e && e != ERR_UNAUTHENTICATED)
        log_event(LOG_WARN, "camera.key_not_judged", "device=%s reason=%s", j->key.device.s, err_word(e));
    mem_free(j);
}

/* In the background; when that cannot be, it is asked another time. */
static void judge_again(struct device_gate *g, const struct device_key *key)
{
    struct judgement *j = mem_alloc(sizeof *j);
    if (!j)
        return;
    *j = (struct judgement){g, *key, g->clock->mono_us(g->clock)};
    if (jobs_submit(g->jobs, run_judgement, j))
        mem_free(j);
}

static void tell_who(const struct device_key *key, struct principal *out)
{
    *out = (struct principal){.device_id = key->device, .device_key = key->hash};
}

static enum err on_known(void *arg, struct span text, struct principal *out)
{
    struct device_gate *g = arg;
    struct device_key key;
    if (!read_key(text, &key))
        return ERR_UNAUTHENTICATED;
    enum known_key known = known_keys_find(g->known, &key.device, &key.hash);
    if (known == KNOWN_KEY_NOT)
        return ERR_NOT_FOUND;
    if (known == KNOWN_KEY_ASK)
        judge_again(g, &key);
    tell_who(&key, out);
    return ERR_OK;
}

static enum err on_judge(void *arg, struct span text, bool connects, struct principal *out)
{
    struct device_gate *g = arg;
    struct device_key key;
    if (!read_key(text, &key))
        return ERR_UNAUTHENTICATED;
    enum err e = judge(g, &key, connects, g->clock->mono_us(g->clock));
    if (!e)
        tell_who(&key, out);
    return e;
}

struct http_device_keys device_gate_http(struct device_gate *g)
{
    return (struct http_device_keys){.arg = g, .known = on_known, .judge = on_judge};
}
