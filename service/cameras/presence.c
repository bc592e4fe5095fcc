#include "cameras/presence.h"

#include <pthread.h>

#include "core/log.h"
#include "core/map.h"
#include "core/mem.h"

enum {
    FRESH_MS = 60 * 1000, /* just activated: its first connection is on the way */
    NEARLY_MS = 1000,     /* for the relay to take a frame */
};

struct entry {
    uint64_t epoch;
    bool online;
    unsigned viewers;
    int64_t last_seen_ms, left_ms;
    int64_t nearly_until_ms; /* nearly online: a frame is on its way to the relay */
    const char *offline_reason;
    char *telemetry; /* NULL = none */
    size_t telemetry_len;
};

struct presence {
    pthread_mutex_t lock;
    const struct clock *clock;
    struct map entries; /* device id → struct entry, owned */
    size_t online, viewers;
};

static struct span key_of(const struct id *device)
{
    return (struct span){device->s, sizeof device->s - 1};
}

static void entry_free(struct entry *e)
{
    if (e)
        mem_free(e->telemetry);
    mem_free(e);
}

static bool free_value(void *arg, struct span key, void *value)
{
    (void)arg;
    (void)key;
    entry_free(value);
    return true;
}

enum err presence_create(struct presence **out, const struct clock *clock)
{
    struct presence *p = mem_zalloc(sizeof *p);
    if (!p)
        return ERR_NO_MEMORY;
    p->clock = clock;
    map_init(&p->entries);
    pthread_mutex_init(&p->lock, NULL);
    *out = p;
    return ERR_OK;
}

void presence_free(struct presence *p)
{
    if (!p)
        return;
    map_each(&p->entries, free_value, NULL);
    map_fini(&p->entries);
    pthread_mutex_destroy(&p->lock);
    mem_free(p);
}

static struct entry *find(struct presence *p, const struct id *device)
{
    return map_get(&p->entries, key_of(device));
}

static struct entry *find_or_add(struct presence *p, const struct id *device)
{
    struct entry *e = find(p, device);
    if (e)
        return e;
    e = mem_zalloc(sizeof *e);
    if (e && map_put(&p->entries, key_of(device), e, NULL)) {
        mem_free(e);
        e = NULL;
    }
    return e;
}

bool presence_online(struct presence *p, const struct id *device, uint64_t epoch)
{
    int64_t now_ms = clock_wall_ms(p->clock);
    pthread_mutex_lock(&p->lock);
    struct entry *e = find_or_add(p, device);
    bool is_new = e && epoch > e->epoch;
    if (is_new) {
        p->online += !e->online;
        e->online = true;
        e->epoch = epoch;
        e->last_seen_ms = now_ms;
        e->nearly_until_ms = 0;
        e->offline_reason = NULL;
    }
    pthread_mutex_unlock(&p->lock);
    if (!e)
        log_event(LOG_ERROR, "presence.not_kept", "device=%s reason=no_memory", device->s);
    return is_new;
}

void presence_offline(struct presence *p, const struct id *device, uint64_t epoch, const char *reason)
{
    int64_t now_ms = clock_wall_ms(p->clock);
    pthread_mutex_lock(&p->lock);
    struct entry *e = find(p, device);
    if (e && e->online && epoch == e->epoch) {
        p->online--;
        e->online = false;
        e->last_seen_ms = e->left_ms = now_ms;
        e->offline_reason = reason;
    }
    pthread_mutex_unlock(&p->lock);
}

void presence_viewers(struct presence *p, const struct id *device, unsigned viewers)
{
    pthread_mutex_lock(&p->lock);
    struct entry *e = viewers ? find_or_add(p, device) : find(p, device), *over = NULL;
    if (e) {
        p->viewers += viewers - (size_t)e->viewers;
        e->viewers = viewers;
        if (!viewers && !e->epoch && !e->last_seen_ms) /* never heard of, or forgotten while it was watched */
            over = map_del(&p->entries, key_of(device));
    }
    pthread_mutex_unlock(&p->lock);
    entry_free(over);
}

static void keep_telemetry(struct entry *e, struct span json)
{
    if (json.len >= sizeof((struct presence_state *)0)->telemetry)
        return;
    char *text = mem_realloc(e->telemetry, json.len);
    if (!text)
        return;
    if (json.len)
        memcpy(text, json.p, json.len);
    e->telemetry = text;
    e->telemetry_len = json.len;
}

void presence_telemetry(struct presence *p, const struct id *device, struct span json)
{
    pthread_mutex_lock(&p->lock);
    struct entry *e = find(p, device);
    if (e)
        keep_telemetry(e, json);
    pthread_mutex_unlock(&p->lock);
}

void presence_report(struct presence *p, const struct id *device, struct span json)
{
    int64_t now_ms = clock_wall_ms(p->clock);
    pthread_mutex_lock(&p->lock);
    struct entry *e = find_or_add(p, device);
    if (e)
        e->last_seen_ms = now_ms;
    if (e && json.len)
        keep_telemetry(e, json);
    pthread_mutex_unlock(&p->lock);
}

void presence_frame(struct presence *p, const struct id *device)
{
    int64_t now_ms = clock_wall_ms(p->clock);
    pthread_mutex_lock(&p->lock);
    struct entry *e = find_or_add(p, device);
    if (e && !e->online) {
        e->last_seen_ms = now_ms;
        e->nearly_until_ms = now_ms + NEARLY_MS;
    }
    pthread_mutex_unlock(&p->lock);
}

void presence_forget(struct presence *p, const struct id *device)
{
    pthread_mutex_lock(&p->lock);
    struct entry *e = map_del(&p->entries, key_of(device));
    if (e) {
        p->online -= e->online;
        p->viewers -= e->viewers;
    }
    pthread_mutex_unlock(&p->lock);
    entry_free(e);
}

void presence_get(struct presence *p, const struct id *device, struct presence_state *out)
{
    int64_t now_ms = clock_wall_ms(p->clock);
    *out = (struct presence_state){0};
    pthread_mutex_lock(&p->lock);
    const struct entry *e = find(p, device);
    if (e) {
        out->online = e->online || now_ms < e->nearly_until_ms;
        out->viewers = e->viewers;
        out->last_seen_ms =
            out->online ? now_ms : e->last_seen_ms; /* the relay pings: silence would have ended it */
        out->left_ms = e->left_ms;
        out->offline_reason = out->online ? NULL : e->offline_reason;
        if (e->telemetry)
            memcpy(out->telemetry, e->telemetry, e->telemetry_len);
    }
    pthread_mutex_unlock(&p->lock);
}

void presence_totals(struct presence *p, size_t *cameras, size_t *viewers)
{
    pthread_mutex_lock(&p->lock);
    *cameras = p->online;
    *viewers = p->viewers;
    pthread_mutex_unlock(&p->lock);
}

const char *presence_status(const struct camera *c, const struct presence_state *s, int64_t now_ms)
{
    if (c->state == CAMERA_PENDING)
        return "pending";
    bool awaited = s->left_ms < c->activated_ms && now_ms - c->activated_ms < FRESH_MS;
    return s->online || awaited ? "active" : "offline";
}
