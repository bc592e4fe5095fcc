#include "store/sqlite/sqlite_camera_row.h"
#include "store/sqlite/sqlite_collections.h"
#include "store/transfer.h"

static void read_row(struct sqlite_query *q, enum transfer_kind kind, union transfer_record *out)
{
    if (kind == TRANSFER_USERS)
        sqlite_users_read(q, &out->user);
    else if (kind == TRANSFER_SESSIONS)
        sqlite_sessions_read(q, &out->session);
    else if (kind == TRANSFER_STREAM_PASSWORDS)
        sqlite_stream_passwords_read(q, &out->stream_password);
    else
        sqlite_camera_row_read(q, &out->camera);
}

enum err sqlite_transfer_read(struct store *s, enum transfer_kind kind, const struct id *after, size_t max,
                              union transfer_record *records, size_t *count)
{
    static const char *const sql[] = {
        [TRANSFER_USERS] = "SELECT " SQLITE_USER_COLUMNS " FROM users WHERE id > ? ORDER BY id LIMIT ?",
        [TRANSFER_SESSIONS] =
            "SELECT " SQLITE_SESSION_COLUMNS " FROM sessions WHERE id > ? ORDER BY id LIMIT ?",
        [TRANSFER_STREAM_PASSWORDS] = "SELECT " SQLITE_STREAM_PASSWORD_COLUMNS
                                      " FROM stream_passwords WHERE id > ? ORDER BY id LIMIT ?",
        [TRANSFER_CAMERAS] = "SELECT " SQLITE_CAMERA_COLUMNS " FROM cameras WHERE id > ? ORDER BY id LIMIT ?",
    };
    struct sqlite_conn *c;
    struct sqlite_query q;
    size_t n = 0;
    enum err e = sqlite_db_take(s, &c);
    if (e)
        return e;
    sqlite_query_open(&q, c, sql[kind]);
    sqlite_query_bind_text(&q, id_is_none(after) ? "0" : after->s);
    sqlite_query_bind_int(&q, (int64_t)max);
    while (n < max && sqlite_query_next(&q))
        read_row(&q, kind, &records[n++]);
    e = sqlite_query_close(&q);
    sqlite_db_give(s, c);
    if (!e)
        *count = n;
    return e;
}
