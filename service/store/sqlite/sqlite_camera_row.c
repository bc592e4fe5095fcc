#include "store/sqlite/sqlite_camera_row.h"

#define PLACES                                                                                               \
    "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, "  \
    "?23"

void sqlite_camera_row_read(struct sqlite_query *q, struct camera *out)
{
    *out = (struct camera){.role = ROLE_NONE};
    sqlite_query_id(q, &out->id);
    sqlite_query_id(q, &out->owner_id);
    out->state = sqlite_query_int(q) ? CAMERA_ACTIVE : CAMERA_PENDING;
    sqlite_query_text(q, out->device_name, sizeof out->device_name);
    sqlite_query_text(q, out->camera_model, sizeof out->camera_model);
    sqlite_query_text(q, out->asked_model, sizeof out->asked_model);
    sqlite_query_text(q, out->device_uid, sizeof out->device_uid);
    sqlite_query_text(q, out->wifi_ssid, sizeof out->wifi_ssid);
    sqlite_query_text(q, out->local_ip, sizeof out->local_ip);
    sqlite_query_text(q, out->firmware, sizeof out->firmware);
    sqlite_query_hash(q, &out->token);
    sqlite_query_hash(q, &out->claim);
    out->token_expires_ms = sqlite_query_int(q);
    sqlite_query_text(q, out->idempotency_key, sizeof out->idempotency_key);
    sqlite_query_hash(q, &out->idempotency_body);
    sqlite_query_hash(q, &out->key);
    sqlite_query_hash(q, &out->next_key);
    sqlite_query_id(q, &out->kept_id);
    out->created_ms = sqlite_query_int(q);
    out->activated_ms = sqlite_query_int(q);
    out->connected_ms = sqlite_query_int(q);
    out->first_frame_ms = sqlite_query_int(q);
    out->last_seen_ms = sqlite_query_int(q);
}

static void bind_all(struct sqlite_query *q, const struct camera *cam)
{
    sqlite_query_bind_id(q, &cam->id);
    sqlite_query_bind_id(q, &cam->owner_id);
    sqlite_query_bind_int(q, cam->state == CAMERA_ACTIVE);
    sqlite_query_bind_text(q, cam->device_name);
    sqlite_query_bind_text(q, cam->camera_model);
    sqlite_query_bind_text(q, cam->asked_model);
    sqlite_query_bind_text(q, cam->device_uid);
    sqlite_query_bind_text(q, cam->wifi_ssid);
    sqlite_query_bind_text(q, cam->local_ip);
    sqlite_query_bind_text(q, cam->firmware);
    sqlite_query_bind_hash(q, &cam->token);
    sqlite_query_bind_hash(q, &cam->claim);
    sqlite_query_bind_int(q, cam->token_expires_ms);
    sqlite_query_bind_text(q, cam->idempotency_key);
    sqlite_query_bind_hash(q, &cam->idempotency_body);
    sqlite_query_bind_hash(q, &cam->key);
    sqlite_query_bind_hash(q, &cam->next_key);
    sqlite_query_bind_id(q, &cam->kept_id);
    sqlite_query_bind_int(q, cam->created_ms);
    sqlite_query_bind_int(q, cam->activated_ms);
    sqlite_query_bind_int(q, cam->connected_ms);
    sqlite_query_bind_int(q, cam->first_frame_ms);
    sqlite_query_bind_int(q, cam->last_seen_ms);
}

enum err sqlite_camera_row_one(struct sqlite_query *q, struct camera *out)
{
    struct camera cam;
    bool found = sqlite_query_next(q);
    if (found)
        sqlite_camera_row_read(q, &cam);
    enum err e = sqlite_query_close_one(q, found);
    if (!e)
        *out = cam;
    return e;
}

enum err sqlite_camera_row_by_id(struct sqlite_conn *c, const struct id *id, struct camera *out)
{
    static const char sql[] = "SELECT " SQLITE_CAMERA_COLUMNS " FROM cameras WHERE id = ?";
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_id(&q, id);
    return sqlite_camera_row_one(&q, out);
}

enum err sqlite_camera_row_insert(struct sqlite_conn *c, const struct camera *cam)
{
    static const char sql[] = "INSERT INTO cameras (" SQLITE_CAMERA_COLUMNS ") VALUES (" PLACES ")";
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    bind_all(&q, cam);
    return sqlite_query_run(&q, NULL);
}

enum err sqlite_camera_row_save(struct sqlite_conn *c, const struct camera *cam)
{
    static const char sql[] = "UPDATE cameras SET (" SQLITE_CAMERA_COLUMNS ") = (" PLACES ") WHERE id = ?1";
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    bind_all(&q, cam);
    return sqlite_query_run(&q, NULL);
}

enum err sqlite_camera_row_delete(struct sqlite_conn *c, const struct id *id)
{
    static const char sql[] = "DELETE FROM cameras WHERE id = ?";
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_id(&q, id);
    return sqlite_query_run(&q, NULL);
}

enum err sqlite_camera_row_delete_leading(struct sqlite_conn *c, const struct id *kept_id)
{
    static const char sql[] = "DELETE FROM cameras WHERE kept_id = ?";
    struct sqlite_query q;
    sqlite_query_open(&q, c, sql);
    sqlite_query_bind_id(&q, kept_id);
    return sqlite_query_run(&q, NULL);
}
