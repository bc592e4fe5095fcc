#include "core/mem.h"
#include "store/rules.h"
#include "store/sqlite/sqlite_camera_row.h"
#include "store/sqlite/sqlite_collections.h"

/* ---- as a device ---- */

static enum err by_key(struct sqlite_conn *c, const struct id *id, const struct secret_hash *key,
                       struct camera *out)
{
    struct camera cam;
    enum err e = sqlite_camera_row_by_id(c, id, &cam);
    if (e)
        return e == ERR_NOT_FOUND ? ERR_UNAUTHENTICATED : e;
    if (rules_key(&cam, key) == RULES_KEY_BAD)
        return ERR_UNAUTHENTICATED;
    *out = cam;
    return ERR_OK;
}

static enum err on_by_key(struct store *s, const struct id *id, const struct secret_hash *key,
                          struct camera *out)
{
    struct sqlite_conn *c;
    enum err e = sqlite_db_take(s, &c);
    if (e)
        return e;
    e = by_key(c, id, key, out);
    sqlite_db_give(s, c);
    return e;
}

/* The onboarding whose key this device has just connected with hands its token over and goes, and with it all
 * others that led here. */
static enum err finish_onboarding(struct sqlite_conn *c, struct camera *cam)
{
    static const char sql[] = "SELECT " SQLITE_CAMERA_COLUMNS " FROM cameras WHERE kept_id = ? AND key = ?";
    struct camera pending;
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_id(&q, &cam->id);
    sqlite_query_bind_hash(&q, &cam->key);
    enum err e = sqlite_camera_row_one(&q, &pending);
    if (e)
        return e == ERR_NOT_FOUND ? ERR_OK : e; /* swept or deleted meanwhile: its key stays good */
    cam->token = pending.token;
    cam->claim = pending.claim;
    cam->token_expires_ms = pending.token_expires_ms;
    return sqlite_camera_row_delete_leading(c, &cam->id);
}

static enum err on_connected(struct store *s, const struct id *id, const struct secret_hash *key,
                             int64_t now_ms, bool *replaced)
{
    static const struct secret_hash none;
    struct sqlite_conn *c;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    struct camera cam;
    e = by_key(c, id, key, &cam);
    enum rules_key known_as = e ? RULES_KEY_BAD : rules_key(&cam, key);
    if (known_as == RULES_KEY_NEXT) {
        cam.key = cam.next_key;
        cam.next_key = none;
        e = finish_onboarding(c, &cam);
    }
    if (!e) {
        if (known_as != RULES_KEY_OLD && !cam.connected_ms)
            cam.connected_ms = now_ms;
        if (!cam.activated_ms)
            cam.activated_ms = now_ms;
        cam.last_seen_ms = now_ms;
        e = sqlite_camera_row_save(c, &cam);
    }
    e = sqlite_db_end(s, c, e);
    if (!e)
        *replaced = known_as == RULES_KEY_NEXT;
    return e;
}

static enum err on_first_frame(struct store *s, const struct id *id, int64_t now_ms)
{
    /* With a next_key out, the picture is of the activation before. */
    static const char sql[] = "UPDATE cameras SET first_frame_ms = ? "
                              "WHERE id = ? AND state = 1 AND first_frame_ms = 0 AND next_key IS NULL";
    struct sqlite_conn *c;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_int(&q, now_ms);
    sqlite_query_bind_id(&q, id);
    e = sqlite_query_run(&q, NULL);
    return sqlite_db_end(s, c, e);
}

static enum err on_seen(struct store *s, const struct id *id, int64_t now_ms, const char *firmware,
                        const char *local_ip)
{
    static const char sql[] = "UPDATE cameras SET last_seen_ms = ?, firmware = coalesce(?, firmware), "
                              "local_ip = coalesce(?, local_ip) WHERE id = ? AND state = 1";
    struct span version = span_of(firmware), ip = span_of(local_ip);
    if (version.len > MODEL_FIRMWARE_MAX || ip.len > MODEL_ADDRESS_MAX)
        return ERR_INVALID;
    struct sqlite_conn *c;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_int(&q, now_ms);
    sqlite_query_bind_span(&q, version);
    sqlite_query_bind_span(&q, ip);
    sqlite_query_bind_id(&q, id);
    e = sqlite_query_run(&q, NULL);
    return sqlite_db_end(s, c, e);
}

/* ---- for a user ---- */

typedef enum err rule(struct camera *c, const struct id *user, int64_t now_ms);

static enum err get(struct store *s, const struct id *user, const struct id *id, int64_t now_ms, rule *may,
                    struct camera *out)
{
    struct sqlite_conn *c;
    enum err e = sqlite_db_take(s, &c);
    if (e)
        return e;
    struct camera cam;
    e = sqlite_camera_row_by_id(c, id, &cam);
    sqlite_db_give(s, c);
    if (!e)
        e = may(&cam, user, now_ms);
    if (!e)
        *out = cam;
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

static enum err read_page(struct sqlite_query *q, size_t limit, struct camera_page *page)
{
    while (page->count < limit && sqlite_query_next(q)) {
        struct camera *cam = &page->data[page->count++];
        sqlite_camera_row_read(q, cam);
        cam->role = ROLE_OWNER;
    }
    if (page->count == limit && sqlite_query_next(q))
        rules_page_end(page, &page->data[limit - 1]);
    return sqlite_query_close(q);
}

static enum err on_list(struct store *s, const struct id *user, const struct store_camera_filter *f,
                        struct camera_page *out)
{
    static const char sql[] =
        "SELECT " SQLITE_CAMERA_COLUMNS " FROM cameras WHERE owner_id = ? AND (created_ms, id) > (?, ?) "
        "AND (state = 1 OR token_expires_ms > ?) ORDER BY created_ms, id LIMIT ?";
    struct rules_place after;
    enum err e = rules_page_begin(f, &after);
    if (e)
        return e;
    struct camera_page page = {.data = mem_alloc(f->limit * sizeof *page.data)};
    if (!page.data)
        return ERR_NO_MEMORY;
    struct sqlite_conn *c;
    e = sqlite_db_take(s, &c);
    if (!e) {
        struct sqlite_query q;
        sqlite_query_open(&q, c, sql);
        sqlite_query_bind_id(&q, user);
        sqlite_query_bind_int(&q, after.created_ms);
        sqlite_query_bind_id(&q, &after.id);
        sqlite_query_bind_int(&q, f->now_ms);
        sqlite_query_bind_int(&q, (int64_t)f->limit + 1);
        e = read_page(&q, f->limit, &page);
        sqlite_db_give(s, c);
    }
    if (e)
        mem_free(page.data);
    else
        *out = page;
    return e;
}

static enum err on_rotate_key(struct store *s, const struct id *user, const struct id *id,
                              const struct secret_hash *key, int64_t now_ms)
{
    static const struct secret_hash none;
    struct sqlite_conn *c;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    struct camera cam;
    e = sqlite_camera_row_by_id(c, id, &cam);
    if (!e)
        e = rules_own_device(&cam, user, now_ms);
    if (!e) {
        cam.key = *key;
        cam.next_key = none;
        e = sqlite_camera_row_save(c, &cam);
    }
    return sqlite_db_end(s, c, e);
}

/* A key issued through a deleted onboarding dies with it. */
static enum err withdraw_key(struct sqlite_conn *c, const struct camera *pending)
{
    static const char sql[] = "UPDATE cameras SET next_key = NULL WHERE id = ? AND next_key = ?";
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_id(&q, &pending->kept_id);
    sqlite_query_bind_hash(&q, &pending->key);
    return sqlite_query_run(&q, NULL);
}

static enum err on_delete(struct store *s, const struct id *user, const struct id *id, int64_t now_ms,
                          struct camera *gone)
{
    struct sqlite_conn *c;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    struct camera cam;
    e = sqlite_camera_row_by_id(c, id, &cam);
    if (!e)
        e = rules_own(&cam, user, now_ms);
    if (!e)
        e = withdraw_key(c, &cam);
    if (!e)
        e = sqlite_camera_row_delete_leading(c, id);
    if (!e)
        e = sqlite_camera_row_delete(c, id);
    e = sqlite_db_end(s, c, e);
    if (!e)
        *gone = cam;
    return e;
}

void sqlite_cameras_plug(struct store *s)
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
