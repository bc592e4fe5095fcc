#include "store/rules.h"
#include "store/sqlite/sqlite_camera_row.h"
#include "store/sqlite/sqlite_collections.h"

typedef void make_key(void *arg, const struct id *id, struct secret_hash *hash);

static enum err by_token(struct sqlite_conn *c, const struct secret_hash *token, struct camera *out)
{
    static const char sql[] = "SELECT " SQLITE_CAMERA_COLUMNS " FROM cameras WHERE token = ?1 OR claim = ?1";
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_hash(&q, token);
    return sqlite_camera_row_one(&q, out);
}

static enum err on_by_token(struct store *s, const struct secret_hash *token, const struct id *owner,
                            struct camera *out)
{
    struct sqlite_conn *c;
    enum err e = sqlite_db_take(s, &c);
    if (e)
        return e;
    struct camera cam;
    e = by_token(c, token, &cam);
    sqlite_db_give(s, c);
    if (!e && owner && !id_eq(&cam.owner_id, owner))
        e = ERR_NOT_FOUND;
    if (!e)
        *out = cam;
    return e;
}

static enum err active_by_uid(struct sqlite_conn *c, const struct id *owner, const char *uid,
                              struct camera *out)
{
    static const char sql[] =
        "SELECT " SQLITE_CAMERA_COLUMNS " FROM cameras WHERE owner_id = ? AND device_uid = ? AND state = 1";
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_id(&q, owner);
    sqlite_query_bind_text(&q, uid);
    return sqlite_camera_row_one(&q, out);
}

static enum err refuse_taken(struct sqlite_conn *c, const struct camera *cam)
{
    struct camera other;
    enum err e = active_by_uid(c, &cam->owner_id, cam->device_uid, &other);
    return e == ERR_NOT_FOUND ? ERR_OK : e ? e : ERR_UID_TAKEN;
}

static enum err on_create(struct store *s, const struct camera *cam)
{
    struct sqlite_conn *c;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    if (cam->state == CAMERA_ACTIVE)
        e = refuse_taken(c, cam);
    e = e ? e : sqlite_camera_row_insert(c, cam);
    return sqlite_db_end(s, c, e);
}

static enum err repeat(struct sqlite_conn *c, const struct camera *again, struct camera *before)
{
    static const char sql[] =
        "SELECT " SQLITE_CAMERA_COLUMNS " FROM cameras WHERE owner_id = ? AND idempotency_key = ?";
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_id(&q, &again->owner_id);
    sqlite_query_bind_text(&q, again->idempotency_key);
    enum err e = sqlite_camera_row_one(&q, before);
    if (!e)
        e = rules_repeat(before, again);
    if (e)
        return e;
    struct camera cam = *before;
    cam.token = again->token;
    cam.claim = again->claim;
    cam.token_expires_ms = again->token_expires_ms;
    return sqlite_camera_row_save(c, &cam);
}

static enum err on_repeat(struct store *s, const struct camera *again, struct camera *before)
{
    struct sqlite_conn *c;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    struct camera cam;
    e = repeat(c, again, &cam);
    e = sqlite_db_end(s, c, e);
    if (!e)
        *before = cam;
    return e;
}

static enum err on_by_uid(struct store *s, const struct id *user, struct span uid, struct camera *out)
{
    char text[MODEL_UID_MAX + 1];
    struct sqlite_conn *c;
    if (!span_copy(uid, text, sizeof text) || !text[0])
        return ERR_NOT_FOUND;
    enum err e = sqlite_db_take(s, &c);
    if (e)
        return e;
    struct camera cam;
    e = active_by_uid(c, user, text, &cam);
    sqlite_db_give(s, c);
    if (e)
        return e;
    cam.role = ROLE_OWNER;
    *out = cam;
    return ERR_OK;
}

/* The pending row remembers the device and the key that it led to; the device hears of its new surroundings.
 */
static enum err keep_device(struct sqlite_conn *c, struct camera *pending, struct camera *kept,
                            make_key *make, void *arg)
{
    make(arg, &kept->id, &kept->next_key);
    pending->kept_id = kept->id;
    pending->key = kept->next_key;
    kept->activated_ms = pending->activated_ms;
    kept->connected_ms = 0;
    kept->first_frame_ms = 0;
    memcpy(kept->camera_model, pending->camera_model, sizeof kept->camera_model);
    memcpy(kept->asked_model, pending->asked_model, sizeof kept->asked_model);
    memcpy(kept->wifi_ssid, pending->wifi_ssid, sizeof kept->wifi_ssid);
    if (pending->local_ip[0])
        memcpy(kept->local_ip, pending->local_ip, sizeof kept->local_ip);
    if (pending->firmware[0])
        memcpy(kept->firmware, pending->firmware, sizeof kept->firmware);
    enum err e = sqlite_camera_row_save(c, pending);
    return e ? e : sqlite_camera_row_save(c, kept);
}

static enum err activate(struct sqlite_conn *c, const struct store_activation *a, make_key *make, void *arg,
                         struct camera *out)
{
    struct camera cam;
    enum err e = by_token(c, &a->token, &cam);
    if (!e)
        e = rules_activate(&cam, a);
    if (e)
        return e;
    if (cam.state == CAMERA_PENDING) {
        e = active_by_uid(c, &cam.owner_id, cam.device_uid, out);
        if (!e)
            return keep_device(c, &cam, out, make, arg);
        if (e != ERR_NOT_FOUND)
            return e;
    }
    make(arg, &cam.id, &cam.key);
    cam.state = CAMERA_ACTIVE;
    *out = cam;
    return sqlite_camera_row_save(c, &cam);
}

static enum err on_activate(struct store *s, const struct store_activation *a, make_key *make, void *arg,
                            struct camera *out)
{
    struct sqlite_conn *c;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    struct camera device;
    e = activate(c, a, make, arg, &device);
    e = sqlite_db_end(s, c, e);
    if (!e)
        *out = device;
    return e;
}

static enum err on_cancel(struct store *s, const struct id *owner, const struct secret_hash *token,
                          struct camera *gone)
{
    struct sqlite_conn *c;
    enum err e = sqlite_db_begin(s, &c);
    if (e)
        return e;
    struct camera cam;
    e = by_token(c, token, &cam);
    if (!e)
        e = rules_cancel(&cam, owner);
    if (!e)
        e = sqlite_camera_row_delete(c, &cam.id);
    e = sqlite_db_end(s, c, e);
    if (!e)
        *gone = cam;
    return e;
}

void sqlite_onboarding_plug(struct store *s)
{
    s->camera_create = on_create;
    s->camera_repeat = on_repeat;
    s->camera_by_token = on_by_token;
    s->camera_by_uid = on_by_uid;
    s->camera_activate = on_activate;
    s->camera_cancel = on_cancel;
}
