CREATE TABLE stream_passwords (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device_id  TEXT NOT NULL REFERENCES cameras (id) ON DELETE CASCADE,
    name       TEXT,
    secret     BLOB NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX stream_passwords_by_user ON stream_passwords (user_id, device_id);
CREATE INDEX stream_passwords_by_device ON stream_passwords (device_id);
