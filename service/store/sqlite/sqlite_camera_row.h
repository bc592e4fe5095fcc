/* A camera as a row: what both collections of cameras read and write. One thread. */
#ifndef STORE_SQLITE_SQLITE_CAMERA_ROW_H
#define STORE_SQLITE_SQLITE_CAMERA_ROW_H

#include "store/sqlite/sqlite_query.h"

#define SQLITE_CAMERA_COLUMNS                                                                                \
    "id, owner_id, state, device_name, camera_model, asked_model, device_uid, wifi_ssid, local_ip, "         \
    "firmware, token, claim, token_expires_ms, idempotency_key, idempotency_body, key, next_key, kept_id, "  \
    "created_ms, activated_ms, connected_ms, first_frame_ms, last_seen_ms"

/* Reads the row a query stands on, whose first columns are those above; role is ROLE_NONE. */
void sqlite_camera_row_read(struct sqlite_query *q, struct camera *out);
/* Closes a query (those columns, its parameters bound) with the one row it finds. ERR_NOT_FOUND. */
MUST_CHECK enum err sqlite_camera_row_one(struct sqlite_query *q, struct camera *out);
MUST_CHECK enum err sqlite_camera_row_by_id(struct sqlite_conn *c, const struct id *id, struct camera *out);
MUST_CHECK enum err sqlite_camera_row_insert(struct sqlite_conn *c, const struct camera *cam);
/* Writes every column of the row with cam's id. */
MUST_CHECK enum err sqlite_camera_row_save(struct sqlite_conn *c, const struct camera *cam);
MUST_CHECK enum err sqlite_camera_row_delete(struct sqlite_conn *c, const struct id *id);
/* Removes the pending rows that led to the device kept_id. */
MUST_CHECK enum err sqlite_camera_row_delete_leading(struct sqlite_conn *c, const struct id *kept_id);

#endif
