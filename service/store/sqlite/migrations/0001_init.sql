-- Empty strings and zero hashes of the records are NULL here, so that UNIQUE means "those that have one".
CREATE TABLE users (
    id            TEXT PRIMARY KEY,
    email         TEXT UNIQUE,
    username      TEXT UNIQUE,
    password_hash TEXT,
    is_admin      INTEGER NOT NULL,
    is_active     INTEGER NOT NULL,
    created_ms    INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    id             TEXT PRIMARY KEY,
    user_id        TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    refresh        BLOB,
    spent          BLOB,
    spent_until_ms INTEGER NOT NULL,
    cookie         BLOB,
    created_ms     INTEGER NOT NULL,
    last_used_ms   INTEGER NOT NULL,
    expires_ms     INTEGER NOT NULL,
    user_agent     TEXT,
    address        TEXT
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_end ON sessions (expires_ms);

-- A camera and its onboarding, one row. state: 0 pending, 1 active.
CREATE TABLE cameras (
    id               TEXT PRIMARY KEY,
    owner_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    state            INTEGER NOT NULL,
    device_name      TEXT,
    camera_model     TEXT,
    asked_model      TEXT,
    device_uid       TEXT,
    wifi_ssid        TEXT,
    local_ip         TEXT,
    firmware         TEXT,
    token            BLOB UNIQUE,
    claim            BLOB UNIQUE,
    token_expires_ms INTEGER NOT NULL,
    idempotency_key  TEXT,
    idempotency_body BLOB,
    key              BLOB,
    next_key         BLOB,
    kept_id          TEXT,
    created_ms       INTEGER NOT NULL,
    activated_ms     INTEGER NOT NULL,
    connected_ms     INTEGER NOT NULL,
    first_frame_ms   INTEGER NOT NULL,
    last_seen_ms     INTEGER NOT NULL
) STRICT;
CREATE INDEX cameras_by_owner ON cameras (owner_id, created_ms, id);
CREATE UNIQUE INDEX cameras_by_uid ON cameras (owner_id, device_uid) WHERE state = 1;
CREATE INDEX cameras_kept ON cameras (kept_id) WHERE kept_id IS NOT NULL;
CREATE INDEX cameras_pending ON cameras (token_expires_ms) WHERE state = 0;
