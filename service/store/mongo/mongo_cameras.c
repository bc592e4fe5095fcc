#include "core/log.h"
#include "core/mem.h"
#include "store/mongo/mongo_camera.h"
#include "store/mongo/mongo_collections.h"
#include "store/rules.h"

/* ---- as a device ---- */

static void filter_device(struct mongo_doc *filter, const struct id *id)
{
    mongo_doc_init(filter);
    mongo_doc_key(filter, id);
    mongo_doc_text(filter, "status", "active");
}

static enum err by_key(struct store *s, const struct id *id, const struct secret_hash *key,
                       struct mongo_camera *out)
{
    struct mongo_doc filter;
    filter_device(&filter, id);
    enum err e = mongo_op_find(s, &mongo_doc_cameras, &filter, out);
    bool is_bad = e == ERR_NOT_FOUND || (!e && rules_key(&out->c, key) == RULES_KEY_BAD);
    return is_bad ? ERR_UNAUTHENTICATED : e;
}

static enum err on_by_key(struct store *s, const struct id *id, const struct secret_hash *key,
                          struct camera *out)
{
    struct mongo_camera c;
    enum err e = by_key(s, id, key, &c);
    if (!e)
        *out = c.c;
    return e;
}

/* The onboarding whose key this is hands its token over. */
static enum err hand_over(struct store *s, const struct mongo_camera *device, struct mongo_doc *change)
{
    struct mongo_doc filter;
    struct mongo_camera pending;
    mongo_doc_init(&filter);
    mongo_doc_key(&filter, &device->next_from);
    mongo_doc_text(&filter, "status", "pending");
    enum err e = mongo_op_find(s, &mongo_doc_cameras, &filter, &pending);
    if (e)
        return e == ERR_NOT_FOUND ? ERR_OK : e; /* swept meanwhile: its key stays good */
    mongo_doc_hash(change, "token", &pending.c.token);
    mongo_doc_hash(change, "claim", &pending.c.claim);
    mongo_doc_time(change, "token_expires_at", pending.c.token_expires_ms);
    return ERR_OK;
}

/* ERR_BUSY: another activation came between. */
static enum err replace_key(struct store *s, const struct mongo_camera *device, int64_t now_ms)
{
    static const struct secret_hash none;
    static const struct id nobody;
    struct mongo_doc filter, change;
    mongo_doc_init(&change);
    mongo_doc_hash(&change, "key", &device->c.next_key);
    mongo_doc_hash(&change, "next_key", &none);
    mongo_doc_id(&change, "next_from", &nobody);
    mongo_doc_time(&change, "connected_at", now_ms);
    mongo_doc_time(&change, "last_seen_at", now_ms);
    enum err e = hand_over(s, device, &change);
    if (e) {
        mongo_doc_fini(&change);
        return e;
    }
    filter_device(&filter, &device->c.id);
    mongo_doc_hash(&filter, "next_key", &device->c.next_key);
    e = mongo_op_change(s, &mongo_doc_cameras, &filter, &change);
    if (e)
        return e == ERR_NOT_FOUND ? ERR_BUSY : e;
    /* It has happened; an onboarding that could not be removed shows itself to nobody and is swept. */
    if (mongo_camera_remove_leading(s, &device->c.id))
        log_event(LOG_WARN, "store.onboarding_left", "device=%s", device->c.id.s);
    return ERR_OK;
}

/* With its current key: the first time since the last activation (if there was one), or once more. */
static enum err note_connect(struct store *s, const struct camera *cam, int64_t now_ms)
{
    struct mongo_doc filter, change;
    bool first = !cam->connected_ms && !rules_has(&cam->next_key);
    filter_device(&filter, &cam->id);
    mongo_doc_hash(&filter, "key", &cam->key);
    mongo_doc_init(&change);
    mongo_doc_time(&change, "last_seen_at", now_ms);
    if (first) {
        mongo_doc_absent(&filter, "next_key");
        mongo_doc_absent(&filter, "connected_at");
        mongo_doc_time(&change, "connected_at", now_ms);
    }
    if (!cam->activated_ms)
        mongo_doc_time(&change, "activated_at", now_ms);
    enum err e = mongo_op_change(s, &mongo_doc_cameras, &filter, &change);
    return e == ERR_NOT_FOUND ? ERR_BUSY : e;
}

static enum err on_connected(struct store *s, const struct id *id, const struct secret_hash *key,
                             int64_t now_ms, bool *replaced)
{
    struct mongo_camera device;
    enum err e = ERR_BUSY;
    for (int i = 0; i < MONGO_CAMERA_TRIES && e == ERR_BUSY; i++) {
        e = by_key(s, id, key, &device);
        if (e)
            return e;
        bool by_next = rules_key(&device.c, key) == RULES_KEY_NEXT;
        e = by_next ? replace_key(s, &device, now_ms) : note_connect(s, &device.c, now_ms);
        if (!e)
            *replaced = by_next;
    }
    return e;
}

static enum err on_first_frame(struct store *s, const struct id *id, int64_t now_ms)
{
    struct mongo_doc filter, change;
    filter_device(&filter, id);
    mongo_doc_absent(&filter, "first_frame_at");
    mongo_doc_absent(&filter, "next_key"); /* else the picture is of the activation before */
    mongo_doc_init(&change);
    mongo_doc_time(&change, "first_frame_at", now_ms);
    enum err e = mongo_op_change(s, &mongo_doc_cameras, &filter, &change);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

static enum err on_seen(struct store *s, const struct id *id, int64_t now_ms, const char *firmware,
                        const char *local_ip)
{
    struct mongo_doc filter, change;
    struct span version = span_of(firmware), ip = span_of(local_ip);
    if (version.len > MODEL_FIRMWARE_MAX || ip.len > MODEL_ADDRESS_MAX)
        return ERR_INVALID;
    filter_device(&filter, id);
    mongo_doc_init(&change);
    mongo_doc_time(&change, "last_seen_at", now_ms);
    if (version.len)
        mongo_doc_text(&change, "firmware", firmware);
    if (ip.len)
        mongo_doc_text(&change, "local_ip", local_ip);
    enum err e = mongo_op_change(s, &mongo_doc_cameras, &filter, &change);
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

/* ---- for a user ---- */

typedef enum err rule(struct camera *c, const struct id *user, int64_t now_ms);

static enum err get(struct store *s, const struct id *user, const struct id *id, int64_t now_ms, rule *may,
                    struct camera *out)
{
    struct mongo_doc filter;
    struct mongo_camera c;
    mongo_doc_init(&filter);
    mongo_doc_key(&filter, id);
    mongo_doc_id(&filter, "owner_id", user);
    enum err e = mongo_op_find(s, &mongo_doc_cameras, &filter, &c);
    if (!e)
        e = mongo_camera_settle(s, &c);
    if (!e)
        e = may(&c.c, user, now_ms);
    if (!e)
        *out = c.c;
    return e;
}

static enum err on_get(struct store *s, const struct id *user, const struct id *id, int64_t now_ms,
                       struct camera *out)
{
    return get(s, user, id, now_ms, rules_see, out);
}

static enum err on_get_device(struct store *s, const struct id *user, const struct id *id, int64_t now_ms,
                              struct camera *out)
{
    return get(s, user, id, now_ms, rules_own_device, out);
}

/* Both conditions have alternatives, so they stand side by side under $and. */
static void filter_page(struct mongo_doc *filter, const struct id *user, const struct rules_place *after,
                        int64_t now_ms)
{
    struct mongo_doc shown, later, either[2];
    bson_t both;
    mongo_doc_init(&shown);
    mongo_doc_init(&either[0]);
    mongo_doc_text(&either[0], "status", "active");
    mongo_doc_init(&either[1]);
    mongo_doc_when(&either[1], "token_expires_at", "$gt", now_ms);
    mongo_doc_any(&shown, either, 2);

    mongo_doc_init(&later);
    mongo_doc_init(&either[0]);
    mongo_doc_when(&either[0], "created_at", "$gt", after->created_ms);
    mongo_doc_init(&either[1]);
    BSON_APPEND_DATE_TIME(&either[1].set, "created_at", after->created_ms);
    mongo_doc_key_after(&either[1], &after->id);
    mongo_doc_any(&later, either, 2);

    mongo_doc_init(filter);
    mongo_doc_id(filter, "owner_id", user);
    BSON_APPEND_ARRAY_BEGIN(&filter->set, "$and", &both);
    BSON_APPEND_DOCUMENT(&both, "0", &shown.set);
    BSON_APPEND_DOCUMENT(&both, "1", &later.set);
    bson_append_array_end(&filter->set, &both);
    mongo_doc_fini(&shown);
    mongo_doc_fini(&later);
}

/* The page from what was read: one more than fits tells that there is more. */
static enum err fill_page(struct store *s, struct mongo_camera *read, size_t count, size_t limit,
                          struct camera_page *page)
{
    if (count > limit)
        rules_page_end(page, &read[limit - 1].c);
    for (size_t i = 0; i < count && i < limit; i++) {
        enum err e = mongo_camera_settle(s, &read[i]);
        if (e == ERR_NOT_FOUND)
            continue;
        if (e)
            return e;
        read[i].c.role = ROLE_OWNER;
        page->data[page->count++] = read[i].c;
    }
    return ERR_OK;
}

static enum err on_list(struct store *s, const struct id *user, const struct store_camera_filter *f,
                        struct camera_page *out)
{
    struct rules_place after;
    enum err e = rules_page_begin(f, &after);
    if (e)
        return e;
    struct camera_page page = {.data = mem_alloc(f->limit * sizeof *page.data)};
    struct mongo_camera *read = mem_alloc((f->limit + 1) * sizeof *read);
    e = page.data && read ? ERR_OK : ERR_NO_MEMORY;
    if (!e) {
        struct mongo_doc filter;
        size_t count = 0;
        filter_page(&filter, user, &after, f->now_ms);
        e = mongo_op_list(s, &mongo_doc_cameras, &filter, "created_at", f->limit + 1, read, &count);
        if (!e)
            e = fill_page(s, read, count, f->limit, &page);
    }
    mem_free(read);
    if (e)
        mem_free(page.data);
    else
        *out = page;
    return e;
}

static enum err rotate_key(struct store *s, const struct id *user, const struct id *id,
                           const struct secret_hash *key, int64_t now_ms)
{
    static const struct secret_hash none;
    static const struct id nobody;
    struct mongo_doc filter, change;
    struct camera found;
    filter_device(&filter, id);
    mongo_doc_id(&filter, "owner_id", user);
    mongo_doc_init(&change);
    mongo_doc_hash(&change, "key", key);
    mongo_doc_hash(&change, "next_key", &none);
    mongo_doc_id(&change, "next_from", &nobody);
    enum err e = mongo_op_change(s, &mongo_doc_cameras, &filter, &change);
    if (e != ERR_NOT_FOUND)
        return e;
    e = on_get_device(s, user, id, now_ms, &found);
    return e ? e : ERR_BUSY;
}

static enum err on_rotate_key(struct store *s, const struct id *user, const struct id *id,
                              const struct secret_hash *key, int64_t now_ms)
{
    enum err e = ERR_BUSY;
    for (int i = 0; i < MONGO_CAMERA_TRIES && e == ERR_BUSY; i++)
        e = rotate_key(s, user, id, key, now_ms);
    return e;
}

static enum err delete_device(struct store *s, const struct id *user, const struct id *id,
                              struct mongo_camera *gone)
{
    struct mongo_doc filter;
    filter_device(&filter, id);
    mongo_doc_id(&filter, "owner_id", user);
    enum err e = mongo_op_remove(s, &mongo_doc_cameras, &filter, gone);
    if (e)
        return e;
    /* It has happened; onboardings that could not be removed find no device and are swept. */
    if (mongo_camera_remove_leading(s, id))
        log_event(LOG_WARN, "store.onboarding_left", "device=%s", id->s);
    return ERR_OK;
}

/* First out of everybody's sight, then its key dies, then it goes: a crash between is made good by the sweep.
 */
static enum err delete_onboarding(struct store *s, const struct id *user, const struct id *id, int64_t now_ms,
                                  struct mongo_camera *gone)
{
    static const struct secret_hash none;
    static const struct id nobody;
    struct mongo_doc filter, change;
    mongo_doc_init(&filter);
    mongo_doc_key(&filter, id);
    mongo_doc_id(&filter, "owner_id", user);
    mongo_doc_text(&filter, "status", "pending");
    mongo_doc_when(&filter, "token_expires_at", "$gt", now_ms);
    mongo_doc_init(&change);
    mongo_doc_text(&change, "status", "removed");
    mongo_doc_hash(&change, "token", &none);
    mongo_doc_hash(&change, "claim", &none);
    mongo_doc_id(&change, "owner_id", &nobody);
    mongo_doc_text(&change, "idempotency_key", "");
    enum err e = mongo_op_change_get(s, &mongo_doc_cameras, &filter, &change, MONGO_OP_BEFORE, gone);
    return e ? e : mongo_camera_bury(s);
}

static enum err on_delete(struct store *s, const struct id *user, const struct id *id, int64_t now_ms,
                          struct camera *gone)
{
    struct mongo_camera c;
    enum err e = delete_device(s, user, id, &c);
    if (e == ERR_NOT_FOUND)
        e = delete_onboarding(s, user, id, now_ms, &c);
    if (e == ERR_NOT_FOUND) /* it may have become a device between the two */
        e = delete_device(s, user, id, &c);
    if (e)
        return e;
    if (mongo_stream_passwords_remove(s, id)) /* what is left opens nothing */
        log_event(LOG_WARN, "store.stream_passwords_left", "device=%s", id->s);
    *gone = c.c;
    return ERR_OK;
}

void mongo_cameras_plug(struct store *s)
{
    s->camera_by_key = on_by_key;
    s->camera_connected = on_connected;
    s->camera_first_frame = on_first_frame;
    s->camera_seen = on_seen;
    s->camera_get = on_get;
    s->camera_get_device = on_get_device;
    s->camera_list = on_list;
    s->camera_rotate_key = on_rotate_key;
    s->camera_delete = on_delete;
}
