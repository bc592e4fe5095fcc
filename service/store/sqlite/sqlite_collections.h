/* Each collection fills its rows of the table, and reads its rows for others. */
#ifndef STORE_SQLITE_SQLITE_COLLECTIONS_H
#define STORE_SQLITE_SQLITE_COLLECTIONS_H

#include "store/sqlite/sqlite_query.h"

#define SQLITE_USER_COLUMNS "id, email, username, password_hash, is_admin, is_active, created_ms"
#define SQLITE_SESSION_COLUMNS                                                                               \
    "id, user_id, refresh, spent, spent_until_ms, cookie, created_ms, last_used_ms, expires_ms, "            \
    "user_agent, address"
#define SQLITE_STREAM_PASSWORD_COLUMNS "id, user_id, device_id, name, secret, created_ms"

void sqlite_users_plug(struct store *s);
void sqlite_sessions_plug(struct store *s);
void sqlite_onboarding_plug(struct store *s);
void sqlite_cameras_plug(struct store *s);
void sqlite_stream_passwords_plug(struct store *s);

/* The row a query stands on, whose first columns are those above. */
void sqlite_users_read(struct sqlite_query *q, struct user *out);
void sqlite_sessions_read(struct sqlite_query *q, struct session *out);
void sqlite_stream_passwords_read(struct sqlite_query *q, struct stream_password *out);

#endif
